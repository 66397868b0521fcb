//! `stripe replay`: from the sandbox's Stripe to a studio that notes what it gets.

use std::thread::sleep;
use std::time::Duration;

use atelier::domain::secret::{Key, Keys};
use atelier::vendors::stripe;
use atelier_operator::clock;
use serde_json::Value;

use crate::support::said;
use crate::vendor::{SECRET, Studio, Vendor};

#[test]
fn events_go_to_the_studio_oldest_first_and_signed() {
    let (vendor, studio) = (Vendor::start(), Studio::start("none"));
    let first = vendor.event("invoice.paid");
    sleep(Duration::from_millis(1_100)); // the vendor counts in seconds
    let second = vendor.event("charge.refunded");
    vendor.event("product.created"); // nothing of ours
    let output = vendor.run(&studio.url, &["stripe", "replay", "--since", "1h"]);
    assert_eq!(said(&output), format!("{first} invoice.paid applied\n{second} charge.refunded applied\n2 events played, 0 not taken\n"));
    assert!(output.status.success());
    let posted = studio.posted.lock().expect("it is whole").clone();
    let keys = Keys::new(Key::new(SECRET), Vec::new());
    for (path, signature, body) in &posted {
        assert_eq!(path, "/webhooks/stripe");
        assert_eq!(stripe::verify(&keys, signature, body, clock::now()), Ok(()));
    }
    let event: Value = serde_json::from_slice(&posted[0].2).expect("JSON");
    assert_eq!(event["id"], first.as_str());
}

#[test]
fn what_the_studio_does_not_take_is_a_failure() {
    let (vendor, studio) = (Vendor::start(), Studio::start("charge.refunded"));
    let taken = vendor.event("invoice.paid");
    let refused = vendor.event("charge.refunded");
    let output = vendor.run(&studio.url, &["stripe", "replay", "--undelivered"]);
    assert_eq!(output.status.code(), Some(1));
    let text = said(&output);
    assert!(
        text.contains(&format!("{taken} invoice.paid applied\n"))
            && text.contains(&format!("{refused} charge.refunded refused: 503 database_unavailable\n")),
        "{text}"
    );
    // One by its id, twice named and once played.
    let output = vendor.run(&studio.url, &["stripe", "replay", "--event", &taken, "--event", &taken, "--since", "3d"]);
    assert!(
        said(&output).contains(&format!("{taken} invoice.paid applied\n")) && said(&output).ends_with("2 events played, 1 not taken\n"),
        "{}",
        said(&output)
    );
}

#[test]
fn a_wrong_command_line_is_said_plainly() {
    let vendor = Vendor::start();
    for (arguments, words) in [
        (&[][..], "which events?"),
        (&["--since", "yesterday"], "--since is a number of days"),
        (&["--event", "in_1"], "--event is the id of an event"),
        (&["--all"], "there is no flag `--all`"),
    ] {
        let output = vendor.run("http://127.0.0.1:1", &[&["stripe", "replay"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains(words), "{}", said(&output));
    }
    let event = vendor.event("invoice.paid");
    let output = vendor.run("http://127.0.0.1:1", &["stripe", "replay", "--event", &event]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("the studio does not answer at http://127.0.0.1:1"), "{}", said(&output));
    let output = vendor.run("http://127.0.0.1:1", &["stripe", "replay", "--event", "evt_none"]);
    assert!(said(&output).contains("Stripe refused GET /events/evt_none (404): No such event"), "{}", said(&output));
}
