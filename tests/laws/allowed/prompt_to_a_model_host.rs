use atelier::{lanes::*, outbound_body};

outbound_body! { Models => struct Body { prompt: In<Models, Prompt>, outputs: i64 } }

fn main() {
    let body = Body { prompt: In::new(Prompt::new("a red fox")), outputs: 1 };
    let request = Outbound::<Models>::post("/predictions".to_owned(), &body);
    assert_eq!(request.body.unwrap(), br#"{"prompt":"a red fox","outputs":1}"#);
}
