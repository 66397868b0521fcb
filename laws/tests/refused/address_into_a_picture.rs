use atelier::lanes::*;

fn main() {
    let _ = In::<Storage, Email>::new(Email::new("ada@example.com"));
}
