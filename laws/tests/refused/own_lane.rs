use atelier::lanes::Lane;

enum Mine {}

impl Lane for Mine {
    const NAME: &'static str = "mine";
    const PROCESSOR: &'static str = "me";
}

fn main() {}
