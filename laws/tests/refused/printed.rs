use atelier::lanes::Prompt;

fn main() {
    println!("{}", Prompt::new("a red fox"));
}
