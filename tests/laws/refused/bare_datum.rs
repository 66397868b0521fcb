use atelier::{lanes::*, outbound_body};

outbound_body! { Models => struct Body { prompt: Prompt } }

fn main() {}
