use atelier::{lanes::*, outbound_body};

outbound_body! { Replicate => struct Body { smuggled: String } }

fn main() {}
