use atelier::lanes::{Prompt, Stripe};

impl atelier::lanes::law::Crosses<Stripe> for Prompt {}

fn main() {}
