use atelier::{lanes::*, outbound_body};

outbound_body! { Models => struct Body { smuggled: String } }

fn main() {}
