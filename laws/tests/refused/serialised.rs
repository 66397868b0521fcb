use atelier::lanes::Email;

fn main() {
    let _ = serde_json::to_string(&Email::new("ada@example.com"));
}
