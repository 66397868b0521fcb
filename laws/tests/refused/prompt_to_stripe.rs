use atelier::lanes::*;

fn main() {
    let _ = In::<Stripe, Prompt>::new(Prompt::new("a red fox"));
}
