//! `openapi.json` is what the code says. `UPDATE=1 cargo test --test openapi` writes it anew.

#[test]
fn the_committed_document_is_current() {
    let mut current = serde_json::to_string_pretty(&atelier::http::openapi::document()).unwrap();
    current.push('\n');
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &current).unwrap();
    }
    assert!(std::fs::read_to_string(path).unwrap() == current, "openapi.json is not current: UPDATE=1 cargo test --test openapi");
}
