use atelier::{lanes::*, outbound_body};

outbound_body! { Replicate => struct Body { mark: Mark } }

fn shown(mark: &Mark) -> String {
    mark.to_string()
}

fn main() {}
