//! What somebody types to find a prompt → a query that SQLite's full-text search takes. Nothing of the text gets there but its letters and digits, each
//! word in quotes: no text is an operator, and none is a mistake of syntax.

/// Words that are looked for; further ones are not.
pub const WORDS_MAX: usize = 12;
/// The longest beginning of a word that the index knows, in characters (migration 11).
const BEGINNING_CHARS_MAX: usize = 6;
/// The longest search in characters.
pub const SEARCH_CHARS_MAX: usize = 200;
/// A query that finds nothing.
pub const NOTHING: &str = "\"\"";

/// The query for a text: all of its words have to be there, in any order, and a word may go on where the text ends it (`fox` finds `foxes`). What stands in
/// quotes has to be there word for word, and so have words that are joined by anything but white space (`sci-fi`). Accents and case are the index's. Of the longer
/// words only the last may go on, which may not have been typed to its end: the index does not know such long beginnings, and looks for them among everybody's words.
#[must_use]
pub fn query(text: &str) -> String {
    let (mut phrases, mut left) = (Vec::new(), WORDS_MAX);
    // Every second part stands in quotes; a quote that is never closed counts to the end.
    for (n, part) in text.split('"').enumerate() {
        if n % 2 == 1 {
            phrases.extend(phrase(part, &mut left).map(|words| (words, false)));
        } else {
            phrases.extend(part.split_whitespace().filter_map(|chunk| phrase(chunk, &mut left)).map(|words| (words, true)));
        }
    }
    let last = phrases.len().saturating_sub(1);
    let quoted = |(n, (words, may_go_on)): (usize, (Vec<&str>, bool))| {
        let is_known = words.last().is_some_and(|word| word.chars().count() <= BEGINNING_CHARS_MAX);
        format!("\"{}\"{}", words.join(" "), if may_go_on && (is_known || n == last) { "*" } else { "" })
    };
    if phrases.is_empty() { NOTHING.to_owned() } else { phrases.into_iter().enumerate().map(quoted).collect::<Vec<_>>().join(" AND ") }
}

/// The words of a text, as far as there are any `left` to be looked for; none if it has no words.
fn phrase<'a>(text: &'a str, left: &mut usize) -> Option<Vec<&'a str>> {
    let words: Vec<_> = text.split(|char: char| !is_of_word(char)).filter(|word| word.contains(char::is_alphanumeric)).take(*left).collect();
    *left -= words.len();
    (!words.is_empty()).then_some(words)
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
            ("elephants in a photograph of mountai", r#""elephants" AND "in"* AND "a"* AND "photograph" AND "of"* AND "mountai"*"#),
            (
                "a b c d e f g h i j k l m n",
                r#""a"* AND "b"* AND "c"* AND "d"* AND "e"* AND "f"* AND "g"* AND "h"* AND "i"* AND "j"* AND "k"* AND "l"*"#,
            ),
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
