use atelier::{lanes::*, outbound_body};

outbound_body! { Stripe => struct Body { email: In<Stripe, Email> } }

fn main() {
    let body = Body { email: In::new(Email::new("ada@example.com")) };
    let _ = Outbound::<Replicate>::post("/predictions".to_owned(), &body);
}
