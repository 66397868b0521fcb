//! The catalogue beside the schemas that a host publishes.

use crate::vendor::Vendor;

#[test]
fn every_entry_is_what_its_host_publishes() {
    let vendor = Vendor::start();
    let output = vendor.models("r8_x");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("the same      flux-schnell") && said.contains("not compared  seedream-4.5"), "{said}");
}

#[test]
fn without_an_answer_nothing_is_the_same() {
    let vendor = Vendor::start();
    let output = vendor.models("r8_revoked");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("status 401"), "{}", String::from_utf8_lossy(&output.stderr));
}
