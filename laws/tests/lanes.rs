//! The law of lanes: what must not compile does not, and what must does.

#[path = "allowed/prompt_into_its_picture.rs"]
mod prompt_into_its_picture;
#[path = "allowed/prompt_to_a_model_host.rs"]
mod prompt_to_a_model_host;

#[test]
fn what_is_allowed_compiles_and_runs() {
    prompt_into_its_picture::main();
    prompt_to_a_model_host::main();
}

#[test]
fn what_is_not_allowed_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/refused/*.rs");
}
