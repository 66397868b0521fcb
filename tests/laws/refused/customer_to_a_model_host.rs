use atelier::{lanes::*, outbound_body};

outbound_body! { Models => struct Body { customer: In<Models, StripeCustomer> } }

fn main() {}
