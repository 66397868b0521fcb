use atelier::{lanes::*, outbound_body};

outbound_body! { Replicate => struct Body { customer: In<Replicate, StripeCustomer> } }

fn main() {}
