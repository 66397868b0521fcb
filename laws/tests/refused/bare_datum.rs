use atelier::{lanes::*, outbound_body};

outbound_body! { Replicate => struct Body { prompt: Prompt } }

fn main() {}
