//! Words in a prompt that ask for trouble, the same for every model host. A prompt is all that passes untouched from a person
//! through Atelier to a model host, so it is where a person or a test can say what should go wrong.

use std::collections::BTreeSet;

/// One kind of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    /// The model fails.
    Fail,
    /// The model refuses its own output.
    Nsfw,
    /// The run takes 15 seconds.
    Slow,
    /// The run never ends by itself.
    Forever,
    /// It waits 30 seconds for a worker.
    LongQueue,
    /// It is aborted before it starts.
    Aborted,
    /// It shows an unknown status for a while.
    OddStatus,
    /// It succeeds, but says that its pictures are not safe (fal.ai).
    Flagged,
    /// No webhook is ever sent.
    LostWebhook,
    /// The completed event comes twice at once.
    Twice,
    /// The completed event comes two minutes late.
    LateWebhook,
    /// The completed event comes before all others, or before the answer to the creation (fal.ai).
    Reorder,
    /// The webhook comes without the output (fal.ai).
    NoPayload,
    /// Creation is refused with 422, or 400 (`OpenAI`).
    Refused,
    /// Creation is refused with 429.
    Throttled,
    /// Creation is refused for want of money: 402, 403 (fal.ai) or 400 (`OpenAI`).
    Payment,
    /// Creation answers 500 and does nothing.
    BrokenHost,
    /// Creation works, but its answer never arrives.
    LostAnswer,
    /// It succeeds without any output.
    NoOutput,
    /// The output is a `data:` URL.
    DataOutput,
    /// The file is HTML.
    HtmlOutput,
    /// The file is SVG with a script.
    SvgOutput,
    /// The file ends in the middle.
    TruncatedOutput,
    /// The file is larger than 100 MB.
    HugeOutput,
    /// The file has no bytes.
    EmptyOutput,
    /// The file's address redirects to a private address.
    RedirectOutput,
    /// The file is not there.
    GoneOutput,
    /// The file is said to be on a host that is not the vendor's.
    ForeignOutput,
    /// The file comes without its length.
    NoLength,
}

/// Every word: the phrase that a prompt says, and what it asks for.
pub const WORDS: [(Word, &str, &str); 29] = [
    (Word::Fail, "fail", "the run fails with an error of the model"),
    (Word::Nsfw, "nsfw", "the run fails with the safety checker's error"),
    (Word::Slow, "slow", "the run takes 15 seconds"),
    (Word::Forever, "forever", "the run ends only when cancelled, or at the limit of 30 minutes"),
    (Word::LongQueue, "long queue", "30 seconds pass before it starts (with a short Cancel-After: aborted)"),
    (Word::Aborted, "aborted", "it ends as aborted, before it started"),
    (Word::OddStatus, "odd status", "the status is \"paused\" for 2 seconds, then it succeeds"),
    (Word::Flagged, "flagged", "it succeeds with has_nsfw_concepts, where a model has that (fal.ai)"),
    (Word::LostWebhook, "lost webhook", "no webhook is ever sent"),
    (Word::Twice, "twice", "the completed event is delivered twice at once, as two messages"),
    (Word::LateWebhook, "late webhook", "the completed event comes 2 minutes late"),
    (Word::Reorder, "reorder", "the completed event comes before all the others, on fal.ai before the answer to the submit"),
    (Word::NoPayload, "no payload", "the webhook says that its payload cannot be written; the result is there (fal.ai)"),
    (Word::Refused, "refused", "creation: 422 (400 on OpenAI), the input is not accepted"),
    (Word::Throttled, "throttled", "creation: 429 with Retry-After"),
    (Word::Payment, "payment", "creation: 402, no credit; 403 on fal.ai, 400 on OpenAI"),
    (Word::BrokenHost, "broken host", "creation: 500 with an HTML page; nothing starts"),
    (Word::LostAnswer, "lost answer", "creation works, then the connection drops without an answer"),
    (Word::NoOutput, "no output", "it succeeds with null or an empty list as output"),
    (Word::DataOutput, "data output", "the output is a data: URL, as with Prefer: wait on some models"),
    (Word::HtmlOutput, "html output", "the file is an HTML page that claims to be a picture"),
    (Word::SvgOutput, "svg output", "the file is an SVG with a script in it"),
    (Word::TruncatedOutput, "truncated output", "the file ends in the middle of what Content-Length promised"),
    (Word::HugeOutput, "huge output", "the file declares and streams 120 MB"),
    (Word::EmptyOutput, "empty output", "the file has no bytes"),
    (Word::RedirectOutput, "redirect output", "the file's address redirects to http://169.254.169.254/"),
    (Word::GoneOutput, "gone output", "the file answers 404"),
    (Word::ForeignOutput, "foreign output", "the file's address is on a host that only looks like the vendor's"),
    (Word::NoLength, "no length", "the file comes in chunks, without Content-Length"),
];

/// The words in a prompt, whatever their case. `failure` and `sails` ask for nothing: a phrase counts only where neither
/// side continues as a word, and a hyphen or an apostrophe continues one. Brackets around a phrase do no harm.
#[must_use]
pub fn read(prompt: &str) -> BTreeSet<Word> {
    let spaced = prompt.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    WORDS.iter().filter(|(_, phrase, _)| says(&spaced, phrase)).map(|(word, ..)| *word).collect()
}

fn says(text: &str, phrase: &str) -> bool {
    let continues = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '\'' | '’');
    text.match_indices(phrase).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + phrase.len()..].chars().next();
        !before.is_some_and(continues) && !after.is_some_and(continues)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_heard_plain_and_bracketed() {
        for (word, phrase, _) in WORDS {
            for prompt in [phrase.to_owned(), format!("A lake [{}], please", phrase.to_uppercase()), format!("a lake, {phrase}.")] {
                assert!(read(&prompt).contains(&word), "{prompt}");
            }
        }
    }

    #[test]
    fn parts_of_words_are_not_heard() {
        for prompt in ["failure", "a fail-safe", "sails", "slowly", "unslow", "notwice", "repayment", "forevermore", "lost my webhooks", ""] {
            assert_eq!(read(prompt), BTreeSet::new(), "{prompt}");
        }
    }

    #[test]
    fn several_words_add_up() {
        assert_eq!(read("a slow  lake, lost\nwebhook"), BTreeSet::from([Word::Slow, Word::LostWebhook]));
    }
}
