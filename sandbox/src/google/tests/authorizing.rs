//! The authorization endpoint and its page.

use super::*;

#[test]
fn what_is_wrong_is_shown_and_nobody_is_sent_away() {
    let mut bench = Bench::new();
    let slash = format!("{CALLBACK}/");
    for (fields, status, error) in [
        (without(asked(), "client_id"), 400, "invalid_request"),
        (with(asked(), "client_id", "other"), 401, "invalid_client"),
        (without(asked(), "redirect_uri"), 400, "invalid_request"),
        (with(asked(), "redirect_uri", &slash), 400, "redirect_uri_mismatch"),
        (with(asked(), "redirect_uri", "https://evil.test/<script>"), 400, "redirect_uri_mismatch"),
        (with(asked(), "response_type", "token"), 400, "unsupported_response_type"),
        (without(asked(), "scope"), 400, "invalid_request"),
        (with(asked(), "scope", "email"), 400, "invalid_scope"),
        (with(asked(), "scope", "openid root"), 400, "invalid_scope"),
        (without(asked(), "code_challenge"), 400, "invalid_request"),
        (without(asked(), "code_challenge_method"), 400, "invalid_request"),
        (with(asked(), "code_challenge_method", "plain"), 400, "invalid_request"),
        (with(asked(), "code_challenge", "short"), 400, "invalid_request"),
        (with(asked(), "access_type", "both"), 400, "invalid_request"),
        (with(asked(), "prompt", "login"), 400, "invalid_request"),
        (with(asked(), "prompt", "none consent"), 400, "invalid_request"),
        ([asked(), vec![("state", "twice")]].concat(), 400, "invalid_request"),
    ] {
        for answer in [bench.authorize(&fields), bench.choose(&fields, &[("account", "ada@gmail.com")])] {
            assert_eq!(answer.status, status, "{fields:?}");
            assert_eq!(answer.header("location"), None);
            let page = page(&answer);
            assert!(page.contains(&format!("Error {status}: {error}")), "{fields:?}: {page}");
            assert!(!page.contains("<script>"));
        }
    }
}

#[test]
fn the_page_offers_people() {
    let mut bench = Bench::new();
    let answer = bench.authorize(&asked());
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let page = page(&answer);
    for shown in ["ada@gmail.com", "not verified", "Workspace", "no name", "Use another account", "Cancel", "http://127.0.0.1:8787</b>"] {
        assert!(page.contains(shown), "{shown}");
    }
    // The form keeps what was asked for.
    assert!(page.contains("state=st%26te%3D&amp;nonce=n-1"), "{page}");
}

#[test]
fn a_hint_comes_first() {
    let mut bench = Bench::new();
    let known = page(&bench.authorize(&with(asked(), "login_hint", "MARY@studio.example")));
    assert!(known.find("mary@studio.example").expect("mary") < known.find("ada@gmail.com").expect("ada"));
    let fresh = page(&bench.authorize(&with(asked(), "login_hint", "\"><script>@x.test")));
    assert!(fresh.contains("<details open>") && fresh.contains("value=\"&quot;&gt;&lt;script&gt;@x.test\""));
}

#[test]
fn a_choice_leads_back() {
    let mut bench = Bench::new();
    let answer = bench.choose(&asked(), &[("account", "ada@gmail.com")]);
    assert!(answer.header("location").expect("a location").starts_with(&format!("{CALLBACK}?state=")));
    assert_eq!(back(&answer, "state").as_deref(), Some("st&te="));
    assert!(back(&answer, "code").expect("a code").starts_with("4/0A"));
    let scope = "email profile openid https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/userinfo.profile";
    assert_eq!(back(&answer, "scope").as_deref(), Some(scope));
    assert_eq!(back(&answer, "authuser").as_deref(), Some("0"));
    assert_eq!(back(&answer, "prompt").as_deref(), Some("consent"));
    assert_eq!(back(&answer, "hd"), None);
    let workspace = bench.choose(&asked(), &[("account", "mary@studio.example")]);
    assert_eq!(back(&workspace, "hd").as_deref(), Some("studio.example"));
    // An address with a query of its own keeps it.
    let other = bench.choose(&with(asked(), "redirect_uri", "http://localhost:8787/other?a=b"), &[("account", "ada@gmail.com")]);
    assert!(other.header("location").expect("a location").starts_with("http://localhost:8787/other?a=b&state="));
}

#[test]
fn cancelling_leads_back_too() {
    let mut bench = Bench::new();
    let answer = bench.choose(&asked(), &[("cancel", "1")]);
    assert_eq!(back(&answer, "error").as_deref(), Some("access_denied"));
    assert_eq!(back(&answer, "state").as_deref(), Some("st&te="));
    assert_eq!(back(&answer, "code"), None);
}

#[test]
fn nobody_is_asked_with_prompt_none() {
    let mut bench = Bench::new();
    let none = with(asked(), "prompt", "none");
    assert_eq!(back(&bench.authorize(&none), "error").as_deref(), Some("login_required"));
    assert_eq!(back(&bench.authorize(&with(none.clone(), "login_hint", "nobody")), "error").as_deref(), Some("login_required"));
    assert!(back(&bench.authorize(&with(none, "login_hint", "new.person@x.test")), "code").is_some());
}

#[test]
fn another_person_is_who_they_say() {
    let mut bench = Bench::new();
    let answer = bench.choose(&asked(), &[("email", "Zoë@x.test"), ("name", " Zoë A. Quinn "), ("verified", "no")]);
    let code = back(&answer, "code").expect("a code");
    let claims = bench.verified_exchange(&code);
    assert_eq!(claims["email"], "Zoë@x.test");
    assert_eq!(claims["email_verified"], false);
    assert_eq!(
        (text(&claims, "name"), text(&claims, "given_name"), text(&claims, "family_name")),
        ("Zoë A. Quinn".into(), "Zoë A.".into(), "Quinn".into())
    );
    // They are remembered, and offered.
    assert_eq!(bench.sign_in("zoë@x.test")["email_verified"], false);
    assert!(page(&bench.authorize(&asked())).contains("Zoë@x.test"));
    for email in ["", "nobody", "a b@x.test", "<b>@x.test", "@x.test", "x@"] {
        let again = bench.choose(&asked(), &[("email", email), ("name", "x")]);
        assert_eq!(again.status, 400, "{email}");
        assert!(page(&again).contains("That is not an e-mail address."));
    }
}

impl Bench {
    fn verified_exchange(&mut self, code: &str) -> Value {
        let token = text(&read(&self.exchange(code)), "id_token");
        self.verified(&token).expect("a valid signature")
    }
}
