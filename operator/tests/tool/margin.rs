//! `margin` against a real database server.

use atelier::domain::time::DAY_MS;
use atelier_operator::clock;
use serde_json::Value;

use crate::support::{Server, operator, said};

#[test]
fn models_are_shown_with_what_they_earn() {
    let server = Server::migrated();
    let today = clock::now().ms() / DAY_MS;
    server.run(&format!(
        "INSERT INTO model_day (model, day, generations, outputs, credits, cost) VALUES ('flux-dev', {today}, 2, 3, 12, 75000), \
         ('flux-dev', {}, 1, 1, 4, 25000), ('flux-schnell', {today}, 1, 4, 4, 120000), ('flux-schnell', {}, 9, 9, 9, 9);",
        today - 29,
        today - 30,
    ));
    let run = |more: &[&str]| operator().args(["margin", "--url", &server.url()]).args(more).output().expect("the tool runs");
    let output = run(&[]);
    assert!(output.status.success());
    let text = said(&output);
    assert!(text.contains("The last 30 days") && text.contains("flux-schnell was sold below cost: it brought 0.0325 and cost 0.1200"), "{text}");
    assert!(!text.contains("is sold below cost"), "{text}");
    let margin: Value = serde_json::from_str(&said(&run(&["--json", "--days", "1"]))).expect("JSON");
    assert_eq!(margin.pointer("/total/credits"), Some(&16.into()));
    assert_eq!(margin.pointer("/byDay/1/belowCost"), Some(&true.into()));

    let cheap = r#"{"currency":"usd","graceHours":0,"plans":[{"id":"f","name":{"en":"F","fr":"F"},"credits":0,"rollover":0,"perMinute":1,"concurrent":1,"prices":[]}],
        "packs":[{"id":"p","credits":10000,"amount":100,"months":1}]}"#;
    let output = operator().args(["margin", "--url", &server.url()]).env("PLANS", cheap).output().expect("the tool runs");
    assert!(
        output.status.success() && said(&output).contains("flux-dev is sold below cost: an output brings 0.0004 (4 credits)"),
        "{}",
        said(&output)
    );
    assert_eq!(run(&["--days", "none"]).status.code(), Some(2));
}
