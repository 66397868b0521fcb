//! What `GET /api/generations` may be asked for: from a query to a filter. Nothing unknown is passed over, so that no misspelt filter shows everything.

use super::{Request, generations::invalid, problem::Refusal};
use crate::domain::{
    catalogue::Kind,
    generation::Status,
    library::{self, Filter, FolderId, Place, Ratio},
    search::{self, SEARCH_CHARS_MAX},
    time::Timestamp,
};

/// Values of one parameter, separated by commas.
const VALUES_MAX: usize = 20;
/// The longest id of a model that was ever in the catalogue, and more.
const MODEL_CHARS_MAX: usize = 64;
/// The last moment that an id can name (48 bits of milliseconds); text dates end long before.
const YEARS: core::ops::RangeInclusive<i64> = 0..=253_402_300_799_999;

/// Reads the filter of a request. `limit` and `cursor` are the page's.
pub(super) fn filter(request: &Request) -> Result<Filter, Refusal> {
    let mut filter = Filter::default();
    let mut kinds: Option<Vec<Kind>> = None;
    let mut seen: Vec<String> = Vec::new();
    for (name, value) in form_urlencoded::parse(request.query.as_bytes()) {
        if seen.contains(&name.to_string()) {
            return Err(invalid(&name, "once"));
        }
        match &*name {
            "limit" | "cursor" => {}
            "kind" => kinds = Some(several(&name, &value, Kind::from_name, "kinds of GET /api/models")?),
            "model" => filter.models = Some(several(&name, &value, model, "ids of models")?),
            "status" => filter.statuses = Some(several(&name, &value, Status::from_name, "states of generations")?),
            "ratio" => filter.ratio = Some(Ratio::parse(&value).ok_or_else(|| invalid(&name, "two whole numbers from 1 to 99, as 16:9"))?),
            "favourite" => {
                filter.favourite = Some(match &*value {
                    "true" => true,
                    "false" => false,
                    _ => return Err(invalid(&name, "true or false")),
                });
            }
            "folder" => {
                let place = if value == "none" { Some(Place::NoFolder) } else { FolderId::parse(&value).map(Place::Folder) };
                filter.place = Some(place.ok_or_else(|| invalid(&name, "the id of a folder, or none"))?);
            }
            "from" => filter.from = Some(moment(&name, &value)?),
            "to" => filter.to = Some(moment(&name, &value)?),
            "q" => {
                if value.chars().count() > SEARCH_CHARS_MAX {
                    return Err(invalid(&name, &format!("at most {SEARCH_CHARS_MAX} characters")));
                }
                filter.words = (!value.trim().is_empty()).then(|| search::query(&value));
            }
            _ => return Err(invalid(&name, "limit, cursor, kind, model, ratio, status, favourite, folder, from, to or q")),
        }
        seen.push(name.into_owned());
    }
    if let Some(kinds) = kinds {
        // A model that has left the catalogue is of no kind any more; it is found by everything else.
        let of_kind = kinds.into_iter().flat_map(library::models_of);
        filter.models = Some(match &filter.models {
            None => of_kind.map(str::to_owned).collect(),
            Some(models) => of_kind.filter(|model| models.iter().any(|wanted| wanted == model)).map(str::to_owned).collect(),
        });
    }
    Ok(filter)
}

fn several<T>(name: &str, value: &str, read: impl Fn(&str) -> Option<T>, what: &str) -> Result<Vec<T>, Refusal> {
    let refused = || invalid(name, &format!("1 to {VALUES_MAX} {what}, separated by commas"));
    let values = value.split(',').take(VALUES_MAX + 1).map(|one| read(one).ok_or_else(refused)).collect::<Result<Vec<_>, _>>()?;
    if values.len() > VALUES_MAX { Err(refused()) } else { Ok(values) }
}

/// Models that have left the catalogue are found too, so that anything that can be an id is one.
fn model(id: &str) -> Option<String> {
    let good = (1..=MODEL_CHARS_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
    good.then(|| id.to_owned())
}

fn moment(name: &str, value: &str) -> Result<Timestamp, Refusal> {
    let moment = Timestamp::parse(value).filter(|moment| YEARS.contains(&moment.ms()));
    moment.ok_or_else(|| invalid(name, "a day (2026-01-31) or a moment (2026-01-31T12:00:00Z) in UTC"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        error::Error,
        http::{Body, Method},
    };

    fn read(query: &str) -> Result<Filter, String> {
        let request = Request {
            method: Method::Get,
            path: String::new(),
            query: query.to_owned(),
            headers: std::collections::BTreeMap::new(),
            body: Body::Bytes(Vec::new()),
        };
        filter(&request).map_err(|refusal| match refusal {
            Refusal::Deed(Error::Invalid { field, .. }) => field,
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn good_ones() {
        assert_eq!(read("limit=2&cursor=x"), Ok(Filter::default()));
        assert_eq!(read("q=%20"), Ok(Filter::default()));
        let all = read(
            "model=a,b-1.0&status=failed,succeeded&ratio=16:9&favourite=true&folder=none&from=2026-01-01&to=2026-01-02T00:00:00.001Z&q=red+f%C3%B6x",
        );
        let expected = Filter {
            models: Some(vec!["a".to_owned(), "b-1.0".to_owned()]),
            statuses: Some(vec![Status::Failed, Status::Succeeded]),
            ratio: Some(Ratio { width: 16, height: 9 }),
            favourite: Some(true),
            place: Some(Place::NoFolder),
            from: Some(Timestamp::from_ms(1_767_225_600_000)),
            to: Some(Timestamp::from_ms(1_767_312_000_001)),
            words: Some("\"red\"* AND \"föx\"*".to_owned()),
        };
        assert_eq!(all, Ok(expected));
    }

    #[test]
    fn kinds_are_their_models() {
        let models = read("kind=text-to-image,upscale").unwrap().models.unwrap();
        assert!(models.contains(&"flux-schnell".to_owned()) && !models.contains(&"kling-2.1".to_owned()));
        assert_eq!(read("kind=text-to-image&model=kling-2.1").unwrap().models, Some(vec![]));
        assert_eq!(read("model=flux-dev,kling-2.1&kind=text-to-image").unwrap().models, Some(vec!["flux-dev".to_owned()]));
    }

    #[test]
    fn bad_ones_are_named() {
        let long = format!("q={}", "x".repeat(SEARCH_CHARS_MAX + 1));
        let many = format!("model={}", vec!["a"; VALUES_MAX + 1].join(","));
        for (query, field) in [
            ("kind=painting", "kind"),
            ("kind=", "kind"),
            ("kind=edit,", "kind"),
            ("model=a%20b", "model"),
            ("model=%27%20OR%201=1", "model"),
            (&many, "model"),
            ("status=done", "status"),
            ("ratio=wide", "ratio"),
            ("ratio=16:0", "ratio"),
            ("favourite=1", "favourite"),
            ("favorite=true", "favorite"),
            ("folder=x", "folder"),
            ("folder=", "folder"),
            ("from=yesterday", "from"),
            ("to=1969-12-31", "to"),
            ("to=2026-02-30", "to"),
            (&long, "q"),
            ("q=a&q=b", "q"),
            ("userId=x", "userId"),
            ("%5B%5D=1", "[]"),
        ] {
            assert_eq!(read(query), Err(field.to_owned()), "{query}");
        }
    }
}
