//! What somebody types to find a prompt → a query that SQLite's full-text search takes. Nothing of the text gets there but its letters and digits, each
//! word in quotes: no text is an operator, and none is a mistake of syntax.

/// The longest search in characters.
pub const SEARCH_CHARS_MAX: usize = 200;
/// A query that finds nothing.
pub const NOTHING: &str = "\"\"";

/// The query for a text: all of its words have to be there, in any order, and a word may go on where the text ends it (`fox` finds `foxes`). What stands in
/// quotes has to be there word for word, and so have words that are joined by anything but white space (`sci-fi`). Accents and case are the index's.
#[must_use]
pub fn query(text: &str) -> String {
    let mut phrases = Vec::new();
    // Every second part stands in quotes; a quote that is never closed counts to the end.
    for (n, part) in text.split('"').enumerate() {
        if n % 2 == 1 {
            phrases.extend(phrase(part, false));
        } else {
            phrases.extend(part.split_whitespace().filter_map(|chunk| phrase(chunk, true)));
        }
    }
    if phrases.is_empty() { NOTHING.to_owned() } else { phrases.join(" AND ") }
}

/// The words of a text in quotes; none if it has no words.
fn phrase(text: &str, goes_on: bool) -> Option<String> {
    let words: Vec<_> = text.split(|char: char| !is_of_word(char)).filter(|word| word.contains(char::is_alphanumeric)).collect();
    (!words.is_empty()).then(|| format!("\"{}\"{}", words.join(" "), if goes_on { "*" } else { "" }))
}

/// Letters, digits, and the marks that may stand on their own behind a letter (a text need not be composed).
fn is_of_word(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '\u{300}'..='\u{36f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_and_phrases() {
        for (text, expected) in [
            ("fox", r#""fox"*"#),
            ("  red   fox ", r#""red"* AND "fox"*"#),
            ("\"red fox\" snow", r#""red fox" AND "snow"*"#),
            ("\"red fox", r#""red fox""#),
            ("sci-fi", r#""sci fi"*"#),
            ("crème brûlée", r#""crème"* AND "brûlée"*"#),
            ("cre\u{300}me", "\"cre\u{300}me\"*"),
            ("l'été", r#""l été"*"#),
            ("fox OR NOT cat* NEAR(a b) prompt:x ^y", r#""fox"* AND "OR"* AND "NOT"* AND "cat"* AND "NEAR a"* AND "b"* AND "prompt x"* AND "y"*"#),
            ("狐 лиса", r#""狐"* AND "лиса"*"#),
            ("\u{0}fox\u{0}", r#""fox"*"#),
            ("", NOTHING),
            ("!!! \"?\" 🦊", NOTHING),
        ] {
            assert_eq!(query(text), expected, "{text}");
        }
    }

    proptest! {
        /// Between the quotes stand letters, digits, marks and spaces only, and around them nothing but ` AND ` and `*`.
        #[test]
        fn nothing_else_gets_through(text in "\\PC{0,60}|[\"*():^+{}a-z -]{0,40}|(AND|OR|NOT|NEAR|\"| |\\x00){0,20}") {
            let made = query(&text);
            for (n, part) in made.split('"').enumerate() {
                if n % 2 == 1 {
                    prop_assert!(part.chars().all(|char| is_of_word(char) || char == ' '), "{}", made);
                } else {
                    prop_assert!(["", "*", " AND ", "* AND "].contains(&part), "{}", made);
                }
            }
            prop_assert_eq!(made.matches('"').count() % 2, 0);
        }
    }
}
