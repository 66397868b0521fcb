//! Text of strangers on pages for people.

/// Safe as text and in quoted attributes.
#[must_use]
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// Escaped text in which addresses of the web can be followed. No other scheme becomes a link.
#[must_use]
pub fn linked(text: &str) -> String {
    let (mut html, mut rest) = (String::new(), text);
    while let Some(at) = ["https://", "http://"].iter().filter_map(|scheme| rest.find(scheme)).min() {
        let (before, from) = rest.split_at(at);
        let end = from.find(|letter: char| letter.is_whitespace() || letter.is_control() || "<>\"'`".contains(letter)).unwrap_or(from.len());
        // A full stop after an address ends the sentence, not the address.
        let url = from[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '}', '…', '»']);
        let shown = escape(url);
        html.push_str(&escape(before));
        if url.ends_with("//") {
            html.push_str(&shown);
        } else {
            html.extend(["<a href=\"", &shown, "\" target=\"_blank\" rel=\"noreferrer\">", &shown, "</a>"]);
        }
        rest = &from[url.len()..];
    }
    html + &escape(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_links() {
        let link = |url: &str| format!("<a href=\"{url}\" target=\"_blank\" rel=\"noreferrer\">{url}</a>");
        assert_eq!(linked("see http://a.test/b?c=d&e=f."), format!("see {}.", link("http://a.test/b?c=d&amp;e=f")));
        assert_eq!(linked("(https://a.test)\nhttp://b.test"), format!("({})\n{}", link("https://a.test"), link("http://b.test")));
        assert_eq!(linked("no address: http:// or https://"), "no address: http:// or https://");
    }

    #[test]
    fn nothing_breaks_out() {
        assert_eq!(linked("javascript:alert(1) data:text/html,x"), "javascript:alert(1) data:text/html,x");
        let page = linked("http://a.test/\"onclick=\"x <script>http://b.test/'><img src=x></script>");
        assert!(!page.contains("<script") && !page.contains("<img") && !page.contains("\"onclick"), "{page}");
    }
}
