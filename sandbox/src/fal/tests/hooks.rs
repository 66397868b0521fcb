//! The one webhook of a request: when, how often, and signed how.

use super::*;

#[test]
fn attempts_that_find_no_runner_change_the_gateway_id_unless_told_not_to_retry() {
    let mut fal = fal();
    let retried = paint(&mut fal, "aborted");
    let once = submit(&mut fal, NOW, "fal-ai/flux/dev", &json!({"prompt": "aborted"}), &[("X-Fal-No-Retry", "yes")]);
    let hooks = settle(&mut fal, NOW + HOUR_MS);
    assert_eq!(hooks[0].1["request_id"], once["request_id"]);
    assert_eq!(hooks[0].1["gateway_request_id"], once["request_id"]);
    assert_eq!(hooks[1].1["request_id"], retried["request_id"]);
    assert_ne!(hooks[1].1["gateway_request_id"], retried["request_id"]);
    assert!(hooks[1].0 > hooks[0].0 + 5_000);
}

#[test]
fn webhooks_by_word() {
    for (prompt, count) in [("lost webhook", 0), ("twice", 2), ("late webhook", 1), ("a lake", 1)] {
        let mut fal = fal();
        paint(&mut fal, prompt);
        let hooks = settle(&mut fal, NOW + HOUR_MS);
        assert_eq!(hooks.len(), count, "{prompt}");
        assert_eq!(hooks.first().is_some_and(|(at_ms, _)| *at_ms > NOW + 100_000), prompt == "late webhook");
    }
    let mut fal = fal();
    let early = send(&mut fal, NOW, "POST", &format!("/queue/fal-ai/flux/dev?fal_webhook={HOOK}"), &[], br#"{"prompt":"reorder"}"#);
    let hooks = settle(&mut fal, NOW + 100);
    assert!(early.delay_ms > 1_000 && hooks.len() == 1);
    let bare = paint(&mut fal, "no payload");
    let hooks = settle(&mut fal, NOW + HOUR_MS);
    assert_eq!((&hooks[0].1["payload"], hooks[0].1["payload_error"].is_string()), (&Value::Null, true));
    assert!(json_of(&get(&mut fal, NOW + HOUR_MS, &bare["response_url"]))["images"].is_array());
    fal.outage(Outage::MuteWebhooks);
    paint(&mut fal, "a lake");
    assert!(settle(&mut fal, NOW + 2 * HOUR_MS).is_empty());
    fal.outage(Outage::DeliverWebhooks);
    assert!(settle(&mut fal, NOW + 3 * HOUR_MS).is_empty());
}

#[test]
fn a_webhook_that_is_refused_comes_eleven_times_within_two_hours_each_signed_afresh() {
    let mut fal = fal();
    let queued = paint(&mut fal, "a lake");
    let mut attempts: Vec<(i64, Delivery)> = Vec::new();
    while let Some(at_ms) = fal.next_due().filter(|at_ms| *at_ms < NOW + DAY_MS) {
        for delivery in fal.advance(at_ms) {
            fal.delivered(&delivery.id, if attempts.len().is_multiple_of(2) { Some(307) } else { None }, at_ms);
            attempts.push((at_ms, delivery));
        }
    }
    let first_ms = attempts[0].0;
    assert_eq!(attempts.len(), 11);
    assert!((110 * 60_000..120 * 60_000).contains(&(attempts[10].0 - first_ms)));
    for (at_ms, delivery) in &attempts {
        let header = |name: &str| delivery.headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str());
        assert_eq!(header("x-fal-webhook-request-id"), queued["request_id"].as_str());
        assert_eq!(header("x-fal-webhook-user-id"), Some("github|1"));
        assert_eq!(header("x-fal-webhook-timestamp"), Some((at_ms / 1_000).to_string().as_str()));
        assert_eq!(header("x-fal-webhook-signature").map(str::len), Some(128));
        assert_eq!(delivery.body, attempts[0].1.body);
    }
}
