use atelier::{
    domain::{
        picture::xmp::{Facts, Origin},
        time::Timestamp,
    },
    lanes::*,
};

pub fn main() {
    let inputs = serde_json::Map::new();
    let facts = Facts {
        origin: Origin::Made,
        created_at: Timestamp::from_ms(0),
        model: ("quick", "Quick"),
        host: "replicate",
        host_version: None,
        inputs: &inputs,
        sources: &[],
    };
    let mark = Mark::new(&facts, Some(&In::new(Prompt::new("a red fox"))));
    assert!(format!("{mark:?}").starts_with("Mark("));
    assert!(!format!("{mark:?}").contains("fox"));
}
