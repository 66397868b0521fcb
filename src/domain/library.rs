//! How people keep their works: folders, favourites, what was made from what, links for others, and what the library is asked for.

use super::{
    catalogue::{Kind, MODELS},
    generation::{GenerationId, Status},
    ids::{self, sortable_id},
    time::{DAY_MS, Timestamp},
};
use serde::Serialize;

/// Folders of one account: more are lost track of.
pub const FOLDERS_MAX: i64 = 500;
/// The longest name of a folder, in characters.
pub const FOLDER_CHARS_MAX: usize = 80;
/// Works that one request may be about.
pub const BULK_MAX: usize = 100;
/// Links of one account that have not ended.
pub const SHARES_MAX: i64 = 200;
/// The longest life of a link in days.
pub const SHARE_DAYS_MAX: i64 = 365;
/// The life of a link in days if nothing is said.
pub const SHARE_DAYS: i64 = 30;
/// The largest archive in bytes: what every program opens, and what a Worker can sum up within its time.
pub const ARCHIVE_BYTES_MAX: i64 = 2 * 1024 * 1024 * 1024;
/// How far a picture's shape may be from the ratio that it was found by, in percent: models round sides to multiples of 64.
pub const RATIO_PERCENT: i64 = 3;

sortable_id! {
    /// The id of a folder, chosen by us.
    FolderId
}
sortable_id! {
    /// The id of a link, chosen by us. The link itself is more than it: see [`crate::vendors::share_link`].
    ShareId
}

impl ShareId {
    /// When a link that is made at `now` for so many days ends.
    #[must_use]
    pub fn ends(now: Timestamp, days: i64) -> Timestamp {
        now.plus_ms(days * DAY_MS)
    }
}

/// What a generation is to the one that it was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub enum Relation {
    /// The same words and inputs with another seed.
    Variation,
    /// Other words or inputs.
    Remix,
    /// The same again, since the first came to nothing.
    Retry,
}

impl Relation {
    /// The name in rows and replies.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Variation => "variation",
            Self::Remix => "remix",
            Self::Retry => "retry",
        }
    }
    /// From its name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Variation, Self::Remix, Self::Retry].into_iter().find(|relation| relation.name() == name)
    }
}

/// True for characters that change the direction of what stands around them (Unicode Standard Annex 9, section 2): a name with one could be read as another.
const fn turns(char: char) -> bool {
    matches!(char, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// True for characters that show nothing: white space, and those that Unicode calls default-ignorable (`DerivedCoreProperties.txt`), with the blank of Braille.
fn is_blank(char: char) -> bool {
    char.is_whitespace()
        || matches!(
            char,
            '\u{00ad}' | '\u{034f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200d}'
                | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
                | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
        )
}

/// The name of a folder as it is kept: without white space around it; none if it is empty, too long, shows nothing, or holds what is no text or turns its direction.
#[must_use]
pub fn folder_name(given: &str) -> Option<&str> {
    let name = given.trim();
    let good = !name.is_empty()
        && name.chars().count() <= FOLDER_CHARS_MAX
        && !name.contains(char::is_control)
        && !name.contains(turns)
        && !name.chars().all(is_blank);
    good.then_some(name)
}

/// Why the library does not do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// There is a folder of that name.
    FolderExists,
    /// There are as many folders as there may be.
    TooManyFolders,
    /// There are as many links as there may be.
    TooManyShares,
    /// The generation has nothing that could be shown.
    NothingToShare,
    /// The files are more bytes than [`ARCHIVE_BYTES_MAX`]: so many.
    ArchiveTooLarge(i64),
}

/// In which folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In none.
    NoFolder,
    /// In this one.
    Folder(FolderId),
}

/// Width to height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ratio {
    /// Width.
    pub width: i64,
    /// Height.
    pub height: i64,
}

impl Ratio {
    /// Reads `16:9`: two whole numbers from 1 to 99.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let side = |text: &str| text.parse().ok().filter(|side: &i64| (1..=99).contains(side) && side.to_string() == text);
        let (width, height) = text.split_once(':')?;
        Some(Self { width: side(width)?, height: side(height)? })
    }
}

/// Which works the library is asked for. What is none is not asked about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Catalogue ids of models, also of models that are gone.
    pub models: Option<Vec<String>>,
    /// Where they stand.
    pub statuses: Option<Vec<Status>>,
    /// What shape.
    pub ratio: Option<Ratio>,
    /// Favourites, or everything else.
    pub favourite: Option<bool>,
    /// In which folder.
    pub place: Option<Place>,
    /// Ordered then or later.
    pub from: Option<Timestamp>,
    /// Ordered before.
    pub to: Option<Timestamp>,
    /// Words, as [`super::search::query`] writes them.
    pub words: Option<String>,
}

impl Filter {
    /// The first id that is in question: ids begin with their time.
    #[must_use]
    pub fn first_id(&self) -> String {
        self.from.map_or_else(String::new, first_of)
    }
    /// The first id that is not in question any more, for a page that goes on before `cursor`. `~` sorts after every id.
    #[must_use]
    pub fn end_id(&self, cursor: Option<&GenerationId>) -> String {
        let cursor = cursor.map_or("~", GenerationId::as_str);
        self.to.map(first_of).filter(|to| to.as_str() < cursor).unwrap_or_else(|| cursor.to_owned())
    }
}

/// The first id that a time can have.
fn first_of(time: Timestamp) -> String {
    ids::sortable(time, |bytes| bytes.fill(0))
}

/// The catalogue's models of a kind.
pub fn models_of(kind: Kind) -> impl Iterator<Item = &'static str> {
    MODELS.iter().filter(move |model| model.kind == kind).map(|model| model.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_folders() {
        assert_eq!(folder_name("  Été 2026 "), Some("Été 2026"));
        // A family is held together by what alone shows nothing; some scripts need it inside of words.
        for good in ["👨\u{200d}👩\u{200d}👧 ❤\u{fe0f}", "می\u{200c}خواهم", "עברית", "a\u{3164}"] {
            assert_eq!(folder_name(good), Some(good));
        }
        for shows_nothing in ["\u{200b}", "\u{3164}", "\u{2060} \u{feff}", "\u{ffa0}\u{fe0f}", "\u{2800}"] {
            assert_eq!(folder_name(shows_nothing), None, "{shows_nothing:?}");
        }
        for turned in ["gnp.\u{202e}exe", "\u{2066}a\u{2069}", "a\u{200f}", "\u{061c}b"] {
            assert_eq!(folder_name(turned), None, "{turned:?}");
        }
        let long = "x".repeat(FOLDER_CHARS_MAX);
        assert_eq!(folder_name(&long), Some(long.as_str()));
        for bad in ["", " \t", "a\nb", "a\u{0}b", &format!("{long}x")] {
            assert_eq!(folder_name(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn ratios() {
        assert_eq!(Ratio::parse("16:9"), Some(Ratio { width: 16, height: 9 }));
        for bad in ["", "16", "16:", ":9", "0:1", "1:0", "-1:1", "+1:1", "01:1", "100:1", "1:1:1", "1.5:1", "1 : 1"] {
            assert_eq!(Ratio::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn times_are_ids() {
        let at = |ms: i64| Timestamp::from_ms(1_767_225_600_000 + ms);
        let made = |ms, fill: u8| GenerationId::new(at(ms), |bytes| bytes.fill(fill));
        let filter = Filter { from: Some(at(0)), to: Some(at(2)), ..Filter::default() };
        let within = |id: &GenerationId| (filter.first_id().as_str()..filter.end_id(None).as_str()).contains(&id.as_str());
        assert!(!within(&made(-1, 255)) && within(&made(0, 0)) && within(&made(1, 255)) && !within(&made(2, 0)));
        let cursor = made(1, 7);
        assert_eq!(filter.end_id(Some(&cursor)), cursor.as_str());
        assert_eq!(filter.end_id(Some(&made(3, 0))), filter.end_id(None));
        assert_eq!(Filter::default().end_id(None), "~");
        assert_eq!(Filter::default().first_id(), "");
    }

    #[test]
    fn relations_round_trip() {
        for name in ["variation", "remix", "retry"] {
            let relation = Relation::from_name(name).unwrap();
            assert_eq!((relation.name(), serde_json::json!(relation)), (name, serde_json::json!(name)));
        }
        assert_eq!(Relation::from_name("source"), None);
    }
}
