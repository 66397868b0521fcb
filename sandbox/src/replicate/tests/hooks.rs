//! Webhooks: which, when, how often, in what order.

use super::*;
use crate::{replicate::Outage, signing, time};

fn offsets_of(bench: &Bench, status: &str) -> Vec<i64> {
    let has = |delivery: &Delivery| text(&serde_json::from_slice(&delivery.body).expect("JSON"), "status") == status;
    bench.sent.iter().filter(|(_, delivery)| has(delivery)).map(|(at_ms, _)| at_ms - START_MS).collect()
}

#[test]
fn all_four_kinds_in_order() {
    let mut bench = Bench::new();
    bench.run("x");
    let statuses = bench.statuses();
    assert_eq!(statuses.first().map(String::as_str), Some("processing"));
    assert_eq!(statuses.iter().filter(|status| *status == "succeeded").count(), 1);
    assert!(statuses.len() >= 4, "{statuses:?}");
}

#[test]
fn without_a_filter_output_and_completed() {
    let mut bench = Bench::new();
    let body = json!({"input": {"prompt": "slow", "num_outputs": 2}, "webhook": HOOK});
    bench.post("/models/black-forest-labs/flux-schnell/predictions", &body);
    bench.pass(60_000);
    assert_eq!(bench.statuses(), ["processing", "processing", "succeeded"]);
    let first: Value = serde_json::from_slice(&bench.sent[0].1.body).expect("JSON");
    assert_eq!(first["output"].as_array().map(Vec::len), Some(1));
}

#[test]
fn output_at_most_every_half_second() {
    let mut bench = Bench::new();
    let body = json!({"input": {"prompt": "x", "num_outputs": 4}, "webhook": HOOK, "webhook_events_filter": ["output"]});
    bench.post("/models/black-forest-labs/flux-schnell/predictions", &body);
    bench.pass(60_000);
    let times: Vec<i64> = bench.sent.iter().map(|(at_ms, _)| *at_ms).collect();
    assert!(times.len() >= 2 && times.windows(2).all(|pair| pair[1] - pair[0] >= 500), "{times:?}");
    let last: Value = serde_json::from_slice(&bench.sent.last().expect("one at least").1.body).expect("JSON");
    assert_eq!(last["output"].as_array().map(Vec::len), Some(4));
}

#[test]
fn signed_for_the_moment_of_each_attempt_and_tried_again_under_the_same_id() {
    let mut bench = Bench::new();
    let body = json!({"input": {"prompt": "x"}, "webhook": HOOK, "webhook_events_filter": ["completed"]});
    bench.post("/models/black-forest-labs/flux-schnell/predictions", &body);
    let key = signing::key_of("fxSqD+VWlRfTuuV6Sy3L7RWmNfg4L2Qz").expect("base64");
    let (mut times, mut ids) = (Vec::new(), Vec::new());
    while let Some(due_ms) = bench.replicate.next_due().filter(|due_ms| *due_ms < START_MS + time::MINUTE_MS) {
        for delivery in bench.replicate.advance(due_ms) {
            assert!(delivery.headers.ends_with(&signing::webhook_headers(&key, &delivery.id, due_ms / 1_000, &delivery.body)));
            times.push(due_ms);
            ids.push(delivery.id.clone());
            bench.replicate.delivered(&delivery.id, if times.len() == 1 { None } else { Some(500) }, due_ms);
        }
    }
    assert_eq!(times.windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<_>>(), [1_000, 3_000, 9_000, 27_000]);
    ids.dedup();
    assert_eq!(ids.len(), 1);
}

#[test]
fn lost_twice_late_and_reordered() {
    let mut bench = Bench::new();
    bench.run("lost webhook");
    assert_eq!(bench.sent.len(), 0);

    let mut bench = Bench::new();
    bench.run("twice");
    let done = offsets_of(&bench, "succeeded");
    assert!(done.len() == 2 && done[0] == done[1]);
    let last = &bench.sent[bench.sent.len() - 2..];
    assert!(last[0].1.id != last[1].1.id && last[0].1.body == last[1].1.body);

    let mut bench = Bench::new();
    bench.run("late webhook");
    assert_eq!(offsets_of(&bench, "succeeded"), Vec::<i64>::new());
    bench.pass(2 * time::MINUTE_MS);
    assert!(offsets_of(&bench, "succeeded")[0] > 120_000);

    let mut bench = Bench::new();
    bench.run("reorder");
    let statuses = bench.statuses();
    assert_eq!(statuses.first().map(String::as_str), Some("succeeded"));
    assert!(statuses.len() > 2 && statuses[1..].iter().all(|status| status == "processing"));
}

#[test]
fn muted_webhooks_are_lost() {
    let mut bench = Bench::new();
    bench.replicate.outage(Outage::MuteWebhooks);
    bench.run("x");
    bench.replicate.outage(Outage::DeliverWebhooks);
    assert_eq!(bench.sent.len(), 0);
    bench.run("x");
    assert!(bench.statuses().contains(&"succeeded".to_owned()));
}
