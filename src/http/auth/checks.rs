//! The checks that come before a deed: origin, redirect targets, sign-in's CSRF check (contract: better-auth, section 8); and addresses to
//! redirect to.

use super::{AuthError, Context, Stop, body};
use crate::{
    domain::settings::Settings,
    http::Response,
    platform::Platform,
    vendors::better_auth::{self, OriginError},
};
use serde_json::Value;

/// Section 8: origin of a request with any cookie, then the targets of every redirecting field. For every method but GET.
pub(super) fn request<P: Platform>(context: &Context<'_, P>, body: Option<&Value>) -> Result<(), Stop> {
    let request = context.request;
    if request.header("cookie").is_some() {
        origin(context)?;
    }
    let fields = [
        ("callbackURL", "callbackURL", "INVALID_CALLBACK_URL"),
        ("redirectTo", "redirectURL", "INVALID_REDIRECT_URL"),
        ("errorCallbackURL", "errorCallbackURL", "INVALID_ERROR_CALLBACK_URL"),
        ("newUserCallbackURL", "newUserCallbackURL", "INVALID_NEW_USER_CALLBACK_URL"),
    ];
    for (field, shown, code) in fields {
        let falsy = |value: &Value| matches!(value, Value::Null | Value::Bool(false)) || *value == "" || value.as_f64() == Some(0.0);
        let in_body = body.and_then(|body| body.get(field)).filter(|value| !falsy(value)).cloned();
        let in_query = || body::query(request).get(field).filter(|_| field == "callbackURL").cloned();
        match in_body.or_else(in_query) {
            None => {}
            Some(Value::String(target)) if target.is_empty() || better_auth::is_trusted_target(context.p.settings(), &target) => {}
            Some(Value::String(_)) => return Err(AuthError::new(403, code, format!("Invalid {shown}")).into()),
            Some(_) => return Err(AuthError::plain(400, format!("Invalid {shown}: expected a string")).into()),
        }
    }
    Ok(())
}

/// Section 8, sign-in CSRF check: a request without a cookie that a browser made, or that names its origin.
pub(super) fn sign_in<P: Platform>(context: &Context<'_, P>) -> Result<(), Stop> {
    let request = context.request;
    if request.header("cookie").is_some() {
        return Ok(());
    }
    let fetch = |name| request.header(name).filter(|value| !value.is_empty());
    let (site, mode) = (fetch("sec-fetch-site"), fetch("sec-fetch-mode"));
    if site == Some("cross-site") && mode == Some("navigate") {
        let words = "Cross-site navigation login blocked. This request appears to be a CSRF attack.";
        return Err(AuthError::new(403, "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED", words).into());
    }
    let named = ["origin", "referer"].into_iter().any(|name| request.header(name).is_some());
    let by_browser = site.is_some() || mode.is_some() || fetch("sec-fetch-dest").is_some();
    if by_browser || named { origin(context) } else { Ok(()) }
}

fn origin<P: Platform>(context: &Context<'_, P>) -> Result<(), Stop> {
    let request = context.request;
    let own = request.header("origin") == Some("null") && request.header("sec-fetch-site") == Some("same-origin");
    if own {
        // The browser hides the origin and vouches that it is ours.
        return Ok(());
    }
    better_auth::check_origin(context.p.settings(), request.header("origin"), request.header("referer")).map_err(|error| {
        Stop::Refused(match error {
            OriginError::Missing => AuthError::new(403, "MISSING_OR_NULL_ORIGIN", "Missing or null Origin"),
            OriginError::Untrusted => AuthError::new(403, "INVALID_ORIGIN", "Invalid origin"),
        })
    })
}

/// A redirect target in the query of a GET.
pub(super) fn target(settings: &Settings, target: Option<&str>) -> Result<(), Stop> {
    match target.filter(|target| !target.is_empty()) {
        Some(target) if !better_auth::is_trusted_target(settings, target) => {
            Err(AuthError::new(403, "INVALID_CALLBACK_URL", "Invalid callbackURL").into())
        }
        Some(_) | None => Ok(()),
    }
}

/// A redirect.
pub(super) fn redirect<M>(to: impl AsRef<str>) -> Response<M> {
    Response::empty(302).with("location", plain(to.as_ref()))
}

/// An address with more parameters: what it says already is kept, and its fragment stays at the end.
pub(super) fn with_query(url: &str, more: &[(&str, &str)]) -> String {
    let (before, fragment) = url.split_once('#').map_or((url, None), |(before, fragment)| (before, Some(fragment)));
    let more = form_urlencoded::Serializer::new(String::new()).extend_pairs(more).finish();
    let joint = match before.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{}{joint}{more}{}", plain(before), fragment.map(|fragment| format!("#{}", plain(fragment))).unwrap_or_default())
}

/// An address made absolute, with parameters set: those of the same name are replaced (JavaScript's `searchParams.set`).
pub(super) fn absolute(settings: &Settings, url: &str, set: &[(&str, &str)]) -> String {
    let url = if url.starts_with('/') { format!("{}{url}", settings.public_origin) } else { url.to_owned() };
    let (before, fragment) = url.split_once('#').map_or((url.as_str(), None), |(before, fragment)| (before, Some(fragment)));
    let (path, query) = before.split_once('?').map_or((before, None), |(path, query)| (path, Some(query)));
    let path = if path.split_once("://").is_some_and(|(_, rest)| !rest.contains('/')) { format!("{path}/") } else { path.to_owned() };
    let query = if set.is_empty() {
        query.map(plain)
    } else {
        let kept = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        let mut pairs: Vec<(String, String)> = kept.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        for (name, value) in set {
            let mut first = true;
            pairs.retain_mut(|(known, held)| {
                known != name
                    || core::mem::take(&mut first) && {
                        (*value).clone_into(held);
                        true
                    }
            });
            if first {
                pairs.push(((*name).to_owned(), (*value).to_owned()));
            }
        }
        Some(form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
    };
    let part = |mark, part: Option<String>| part.map(|part| format!("{mark}{part}")).unwrap_or_default();
    format!("{}{}{}", plain(&path), part('?', query), part('#', fragment.map(plain)))
}

/// What may stand in a header: everything that is not visible ASCII is percent-encoded.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() {
            plain.push(char::from(byte));
        } else {
            use core::fmt::Write as _;
            let _ = write!(plain, "%{byte:02X}");
        }
    }
    plain
}

/// Section 6.13: to the root, with the code if it is one.
pub(super) fn error_page<P: Platform>(context: &Context<'_, P>) -> Response<P::Media> {
    let code = context.request.parameter("error").unwrap_or_default();
    let is_code = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"'_-".contains(&byte));
    let mut pairs = vec![("error", if is_code { code.as_str() } else { "UNKNOWN" })];
    let description = context.request.parameter("error_description").filter(|text| !text.is_empty());
    pairs.extend(description.as_deref().map(|text| ("error_description", text)));
    redirect(with_query("/", &pairs))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::settings::tests::example;

    #[test]
    fn addresses() {
        assert_eq!(with_query("/a?x=1#f", &[("error", "A B")]), "/a?x=1&error=A+B#f");
        assert_eq!(with_query("/", &[("error", "X")]), "/?error=X");
        let settings = Settings::read(example).unwrap();
        assert_eq!(absolute(&settings, "/a?token=old&b=2&token=x#f", &[("token", "new")]), "http://studio.test/a?token=new&b=2#f");
        assert_eq!(absolute(&settings, "http://studio.test", &[]), "http://studio.test/");
        assert_eq!(absolute(&settings, "/é b", &[]), "http://studio.test/%C3%A9%20b");
    }
}
