//! What a picture says of how it came to be: an XMP packet with IPTC's digital source type and the recipe.
//!
//! Sources: XMP specification (ISO 16684-1), parts 1 and 3; IPTC Photo Metadata Standard 2025.1 with its `NewsCodes` for digital source types; XML 1.0,
//! section 2.2 for what may stand in it.
//!
//! Our own namespace, [`NAMESPACE`]: `model` (the catalogue's id), `host` and `hostVersion` (who ran it, and the version it named), `seed`, `inputs` (the
//! other inputs as JSON, by the API's names), `sources` (the inputs that pictures were given for).

use crate::domain::{catalogue::Kind, time::Timestamp};
use core::fmt::Write as _;
use serde_json::{Map, Value};

/// The namespace of what no standard has a name for.
pub const NAMESPACE: &str = "urn:atelier:recipe:1:";
/// The largest packet in bytes: what one segment of a JPEG holds (XMP specification, part 3, section 1.1.3).
pub const PACKET_BYTES_MAX: usize = 65_502;
/// What is left of a longer prompt, in bytes as they are written; it stands there twice.
const PROMPT_BYTES_MAX: usize = 24_000;
/// What is left of longer inputs, in bytes as they are written.
const INPUTS_BYTES_MAX: usize = 8_000;
/// What is left of a longer name.
const NAME_BYTES_MAX: usize = 1_000;

/// How a picture came to be, by IPTC's terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// By a model alone.
    Made,
    /// By a model, from a picture that somebody brought.
    MadeFromBrought,
    /// A picture that somebody brought, of which a model chose what stays: nothing in it was drawn.
    CutFromBrought,
}

impl Origin {
    /// Of what a model of this kind made; `brought` if any of its sources goes back to a picture that somebody brought.
    #[must_use]
    pub const fn of(kind: Kind, brought: bool) -> Self {
        match (kind, brought) {
            (Kind::RemoveBackground, true) => Self::CutFromBrought,
            (_, true) => Self::MadeFromBrought,
            (_, false) => Self::Made,
        }
    }

    /// The term of IPTC's vocabulary of digital source types.
    #[must_use]
    pub const fn source_type(self) -> &'static str {
        match self {
            Self::Made => "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
            Self::MadeFromBrought => "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia",
            Self::CutFromBrought => "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicallyEnhanced",
        }
    }

    /// What a packet says, ours or another's.
    #[must_use]
    pub fn told_by(packet: &[u8]) -> Option<Self> {
        // The longer name first: the shorter one ends it.
        [Self::MadeFromBrought, Self::CutFromBrought, Self::Made].into_iter().find(|origin| {
            let name = origin.source_type().as_bytes();
            packet.windows(name.len()).any(|window| window == name)
        })
    }
}

/// What there is to be said of a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts<'a> {
    /// How it came to be.
    pub origin: Origin,
    /// When it was ordered.
    pub created_at: Timestamp,
    /// The catalogue's id of the model, and the name it shows.
    pub model: (&'a str, &'a str),
    /// Who ran it.
    pub host: &'a str,
    /// The version that the host named.
    pub host_version: Option<&'a str>,
    /// The inputs by the API's names, without pictures.
    pub inputs: &'a Map<String, Value>,
    /// The inputs that pictures were given for.
    pub sources: &'a [String],
}

/// The packet: at most [`PACKET_BYTES_MAX`] bytes, however long what is said.
#[must_use]
pub fn packet(facts: &Facts<'_>, prompt: Option<&str>) -> String {
    let mut packet = begin(facts.origin);
    let (id, name) = facts.model;
    element(&mut packet, "xmp:CreateDate", &facts.created_at.iso(), NAME_BYTES_MAX);
    if let Some(prompt) = prompt.filter(|prompt| !prompt.trim().is_empty()) {
        let words = text(prompt, PROMPT_BYTES_MAX);
        let _ = write!(packet, "<dc:description><rdf:Alt><rdf:li xml:lang=\"x-default\">{words}</rdf:li></rdf:Alt></dc:description>");
        let _ = write!(packet, "<Iptc4xmpExt:AIPromptInformation>{words}</Iptc4xmpExt:AIPromptInformation>");
    }
    element(&mut packet, "Iptc4xmpExt:AISystemUsed", name, NAME_BYTES_MAX);
    element(&mut packet, "atelier:model", id, NAME_BYTES_MAX);
    element(&mut packet, "atelier:host", facts.host, NAME_BYTES_MAX);
    if let Some(version) = facts.host_version {
        element(&mut packet, "Iptc4xmpExt:AISystemVersionUsed", version, NAME_BYTES_MAX);
        element(&mut packet, "atelier:hostVersion", version, NAME_BYTES_MAX);
    }
    let mut inputs = facts.inputs.clone();
    if let Some(seed) = inputs.remove("seed") {
        element(&mut packet, "atelier:seed", &seed.to_string(), NAME_BYTES_MAX);
    }
    element(&mut packet, "atelier:inputs", &Value::Object(inputs).to_string(), INPUTS_BYTES_MAX);
    if !facts.sources.is_empty() {
        element(&mut packet, "atelier:sources", &facts.sources.join(", "), NAME_BYTES_MAX);
    }
    end(packet)
}

/// A packet that says how a picture came to be, and nothing more: for small copies.
#[must_use]
pub fn brief(origin: Origin) -> String {
    end(begin(origin))
}

fn begin(origin: Origin) -> String {
    let source_type = origin.source_type();
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description rdf:about=\"\" \
         xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\" xmlns:atelier=\"{NAMESPACE}\">\
         <Iptc4xmpExt:DigitalSourceType>{source_type}</Iptc4xmpExt:DigitalSourceType><xmp:CreatorTool>Atelier</xmp:CreatorTool>"
    )
}

fn end(packet: String) -> String {
    packet + "</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"r\"?>"
}

fn element(packet: &mut String, name: &str, content: &str, bytes_max: usize) {
    let _ = write!(packet, "<{name}>{}</{name}>", text(content, bytes_max));
}

/// Text as XML has it, cut off with an ellipsis where it grows too long. What XML cannot hold becomes a space.
fn text(raw: &str, bytes_max: usize) -> String {
    let mut written = String::with_capacity(raw.len().min(bytes_max));
    for char in raw.chars() {
        let mut buffer = [0; 4];
        let piece: &str = match char {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '"' => "&quot;",
            '\r' => "&#13;",
            '\n' | '\t' => char.encode_utf8(&mut buffer),
            '\u{fffe}' | '\u{ffff}' => " ",
            control if control.is_control() => " ",
            other => other.encode_utf8(&mut buffer),
        };
        if written.len() + piece.len() > bytes_max {
            written.push('…');
            break;
        }
        written.push_str(piece);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts<'a>(inputs: &'a Map<String, Value>, sources: &'a [String]) -> Facts<'a> {
        Facts {
            origin: Origin::Made,
            created_at: Timestamp::from_ms(1_767_225_600_000),
            model: ("flux-schnell", "FLUX.1 schnell"),
            host: "replicate",
            host_version: Some("c846a69991da"),
            inputs,
            sources,
        }
    }
    fn inputs() -> Map<String, Value> {
        serde_json::json!({"seed": 7, "aspectRatio": "16:9"}).as_object().unwrap().clone()
    }

    #[test]
    fn the_recipe_is_all_there() {
        let (inputs, sources) = (inputs(), ["image".to_owned()]);
        let packet = packet(&facts(&inputs, &sources), Some("a <red> fox & \"friends\"\u{1}\r\nin snow"));
        for said in [
            "<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia</Iptc4xmpExt:DigitalSourceType>",
            "<xmp:CreatorTool>Atelier</xmp:CreatorTool>",
            "<xmp:CreateDate>2026-01-01T00:00:00.000Z</xmp:CreateDate>",
            "<rdf:li xml:lang=\"x-default\">a &lt;red&gt; fox &amp; &quot;friends&quot; &#13;\nin snow</rdf:li>",
            "<Iptc4xmpExt:AISystemUsed>FLUX.1 schnell</Iptc4xmpExt:AISystemUsed>",
            "<atelier:seed>7</atelier:seed><atelier:inputs>{&quot;aspectRatio&quot;:&quot;16:9&quot;}</atelier:inputs>",
            "<atelier:sources>image</atelier:sources>",
        ] {
            assert!(packet.contains(said), "{said}\n{packet}");
        }
        assert_eq!(Origin::told_by(packet.as_bytes()), Some(Origin::Made));
    }

    #[test]
    fn without_words_nothing_is_described() {
        let inputs = inputs();
        for none in [None, Some(" ")] {
            assert!(!packet(&facts(&inputs, &[]), none).contains("description"));
        }
    }

    #[test]
    fn where_it_comes_from_depends_on_the_kind() {
        assert_eq!(Origin::of(Kind::TextToImage, false), Origin::Made);
        assert_eq!(Origin::of(Kind::Edit, false), Origin::Made);
        assert_eq!(Origin::of(Kind::Edit, true), Origin::MadeFromBrought);
        assert_eq!(Origin::of(Kind::Upscale, true), Origin::MadeFromBrought);
        assert_eq!(Origin::of(Kind::RemoveBackground, true), Origin::CutFromBrought);
        for origin in [Origin::Made, Origin::MadeFromBrought, Origin::CutFromBrought] {
            assert_eq!(Origin::told_by(brief(origin).as_bytes()), Some(origin));
        }
        assert_eq!(Origin::told_by(b"digitalsourcetype/digitalCapture"), None);
    }

    proptest::proptest! {
        #[test]
        fn it_never_grows_too_long_and_holds_nothing_that_xml_cannot(prompt in "\\PC{0,40}|[\\x00-\\x1f&<>\"]{0,40}", times in 0_usize..4000, long in 0_usize..20_000) {
            let prompt = prompt.repeat(times);
            let inputs = serde_json::json!({"seed": 1, "x": "&".repeat(long)}).as_object().unwrap().clone();
            let name = "<".repeat(long);
            let sources = vec![name.clone()];
            let facts = Facts { model: (&name, &name), host: &name, host_version: Some(&name), ..facts(&inputs, &sources) };
            let packet = packet(&facts, Some(&prompt));
            proptest::prop_assert!(packet.len() <= PACKET_BYTES_MAX, "{}", packet.len());
            proptest::prop_assert!(!packet.chars().any(|char| char.is_control() && !matches!(char, '\n' | '\t')));
            proptest::prop_assert!(packet.ends_with("<?xpacket end=\"r\"?>"));
        }
    }
}
