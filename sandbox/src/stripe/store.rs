//! Every object of the account by its id, and by kind in the order of their making.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    fault::{Answer, Fault},
    form::Params,
    value::{at, int, shown, text},
};

/// The vendor's bounds of a page.
const PAGE_MAX: i64 = 100;
const PAGE: i64 = 10;

/// The objects.
#[derive(Debug, Default)]
pub(super) struct Store {
    objects: BTreeMap<String, Value>,
    order: BTreeMap<String, Vec<String>>,
}

impl Store {
    /// Keeps a new object, or one that changed. Its kind is its `object`.
    pub fn put(&mut self, object: Value) {
        let (id, kind) = (text(&object, "/id").to_owned(), text(&object, "/object").to_owned());
        if self.objects.insert(id.clone(), object).is_none() {
            self.order.entry(kind).or_default().push(id);
        }
    }

    /// Of whatever kind.
    pub fn any(&self, id: &str) -> Option<&Value> {
        self.objects.get(id)
    }

    pub fn any_mut(&mut self, id: &str) -> Option<&mut Value> {
        self.objects.get_mut(id)
    }

    /// Of that kind.
    pub fn get(&self, kind: &str, id: &str) -> Option<&Value> {
        self.objects.get(id).filter(|object| text(object, "/object") == kind)
    }

    /// Of that kind, oldest first.
    pub fn all(&self, kind: &str) -> impl DoubleEndedIterator<Item = &Value> {
        self.order.get(kind).into_iter().flatten().filter_map(|id| self.objects.get(id))
    }

    /// The object that a path names.
    pub fn read(&self, kind: &str, id: &str) -> Answer {
        self.get(kind, id).map(shown).ok_or_else(|| Fault::missing(name_of(kind), id))
    }

    /// A page of those that fit, newest first.
    pub fn page(&self, kind: &str, url: &str, params: &Params, fits: impl Fn(&Value) -> bool) -> Answer {
        let limit = params.int("limit")?.unwrap_or(PAGE);
        let Some(length) = usize::try_from(limit).ok().filter(|_| (1..=PAGE_MAX).contains(&limit)) else {
            let message = format!("This value must be between 1 and {PAGE_MAX}.");
            return Err(Fault::invalid(message).code("parameter_invalid_integer").param("limit"));
        };
        let created = Created::read(params)?;
        let ids = self.order.get(kind).map_or(&[][..], Vec::as_slice);
        let place = |name: &str| {
            let known = |id: &str| ids.iter().position(|known| known == id).ok_or_else(|| Fault::unknown(name_of(kind), id, name));
            params.text(name).map(known).transpose()
        };
        let found = |id: &String| self.objects.get(id).filter(|object| !is_gone(object) && created.holds(object) && fits(object)).map(shown);
        // One more than a page tells whether there are more.
        let mut data: Vec<Value> = match (place("starting_after")?, place("ending_before")?) {
            (Some(_), Some(_)) => return Err(Fault::invalid("You cannot use both starting_after and ending_before.")),
            (None, Some(before)) => ids.get(before + 1..).unwrap_or_default().iter().filter_map(found).take(length + 1).collect(),
            (after, None) => ids.get(..after.unwrap_or(ids.len())).unwrap_or_default().iter().rev().filter_map(found).take(length + 1).collect(),
        };
        let more = data.len() > length;
        data.truncate(length);
        if params.text("ending_before").is_some() {
            data.reverse();
        }
        Ok(json!({"object": "list", "data": data, "has_more": more, "url": url}))
    }
}

/// Whether an object was deleted; those that were stay, for the ids that others hold.
pub(super) fn is_gone(object: &Value) -> bool {
    at(object, "/_deleted") == &Value::Bool(true)
}

/// The vendor's word for a kind in its refusals.
fn name_of(kind: &str) -> &str {
    match kind {
        "checkout.session" => "checkout session",
        "payment_intent" => "payment_intent",
        "webhook_endpoint" => "webhook endpoint",
        other => other,
    }
}

/// Whether each filter that was given is met by the field of its name.
pub(super) fn filtered(object: &Value, params: &Params, filters: &[(&str, &str)]) -> bool {
    filters.iter().all(|(name, path)| params.text(name).is_none_or(|wanted| text(object, path) == wanted))
}

/// `created` and `created[gte]` and so on.
struct Created {
    exactly: Option<i64>,
    bounds: [Option<i64>; 4],
}

impl Created {
    fn read(params: &Params) -> Result<Self, Fault> {
        let bound = |name: &str| params.int(&format!("created.{name}"));
        Ok(Self { exactly: params.int("created")?, bounds: [bound("gt")?, bound("gte")?, bound("lt")?, bound("lte")?] })
    }

    fn holds(&self, object: &Value) -> bool {
        let created = int(object, "/created");
        let [gt, gte, lt, lte] = self.bounds;
        self.exactly.is_none_or(|exactly| created == exactly)
            && gt.is_none_or(|bound| created > bound)
            && gte.is_none_or(|bound| created >= bound)
            && lt.is_none_or(|bound| created < bound)
            && lte.is_none_or(|bound| created <= bound)
    }
}

/// The parameters that every list knows.
pub(super) const PAGED: [&str; 5] = ["limit", "starting_after", "ending_before", "created", "created.*"];

/// Those, and an endpoint's own.
pub(super) fn paged(own: &[&'static str]) -> Vec<&'static str> {
    PAGED.into_iter().chain(own.iter().copied()).collect()
}
