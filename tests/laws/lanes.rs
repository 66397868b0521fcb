//! The law of lanes: what must not compile does not, and what must does.

#[test]
fn data_stay_on_their_lanes() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/laws/allowed/*.rs");
    cases.compile_fail("tests/laws/refused/*.rs");
}
