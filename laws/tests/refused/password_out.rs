use atelier::lanes::{Database, In, Password};

fn main() {
    let _ = In::<Database, _>::new(Password::new("hunter2hunter2"));
}
