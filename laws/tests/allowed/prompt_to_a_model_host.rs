use atelier::{lanes::*, outbound_body};

outbound_body! { Replicate => struct Body { prompt: In<Replicate, Prompt>, outputs: i64 } }

pub fn main() {
    let body = Body { prompt: In::new(Prompt::new("a red fox")), outputs: 1 };
    let request = Outbound::<Replicate>::post("/predictions".to_owned(), &body);
    assert_eq!(request.body.as_deref().expect("a body"), br#"{"prompt":"a red fox","outputs":1}"#);
}
