//! `GET /predictions`: pages of a hundred, newest first, with addresses of the next and the previous page that can be
//! followed verbatim.

use std::ops::Bound::{Excluded, Unbounded};

use serde_json::{Value, json};

use super::{Replicate, prediction::Prediction};
use crate::{
    exchange::{Response, encode, query},
    time,
};

/// Fixed by the vendor.
const PAGE_LENGTH: usize = 100;

/// Where a page begins: older than, or newer than, a prediction.
enum Cursor {
    Newest,
    OlderThan(u64),
    NewerThan(u64),
}

/// `created_after` counts from its moment on, `created_before` up to just before it.
struct Window {
    after_ms: Option<i64>,
    before_ms: Option<i64>,
}

impl Replicate {
    pub(super) fn list(&self, query_text: &str) -> Response {
        let values = query(query_text);
        let value = |name: &str| values.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str());
        let mut bounds_ms = [None, None];
        for (bound_ms, name) in bounds_ms.iter_mut().zip(["created_after", "created_before"]) {
            let Some(text) = value(name) else {
                continue;
            };
            *bound_ms = time::parse(text);
            if bound_ms.is_none() {
                return Response::problem(422, "Input validation failed", &format!("- {name}: Must be an ISO 8601 date-time\n"));
            }
        }
        let Some(cursor) = cursor(value("cursor")) else {
            return Response::detail(404, "Invalid cursor");
        };
        let window = Window { after_ms: bounds_ms[0], before_ms: bounds_ms[1] };
        let page = self.page(&cursor, &window);
        let filter = values.iter().filter(|(name, _)| name.starts_with("created_"));
        let filter = filter.fold(String::new(), |text, (name, value)| text + &format!("&{name}={}", encode(value)));
        let link = |direction: &str, order: u64| format!("{}/predictions?cursor={direction}{order}{filter}", self.config.api_url);
        let (first, last) = (page.first().map(|first| first.order), page.last().map(|last| last.order));
        let next = last.filter(|last| !self.among(&Cursor::OlderThan(*last), &window, 1).is_empty()).map(|last| link("o", last));
        let previous = first.filter(|first| !self.among(&Cursor::NewerThan(*first), &window, 1).is_empty()).map(|first| link("n", first));
        let results: Vec<Value> = page.iter().map(|prediction| prediction.json(&self.config.api_url)).collect();
        Response::json(200, &json!({"next": next, "previous": previous, "results": results}))
    }

    fn page(&self, cursor: &Cursor, window: &Window) -> Vec<&Prediction> {
        let mut page = self.among(cursor, window, PAGE_LENGTH);
        if matches!(cursor, Cursor::NewerThan(_)) {
            page.reverse();
        }
        page
    }

    /// Up to `count` predictions beside the cursor, nearest to it first.
    fn among(&self, cursor: &Cursor, window: &Window, count: usize) -> Vec<&Prediction> {
        let of = |id: &String| self.predictions.get(id).filter(|prediction| window.shows(prediction));
        match cursor {
            Cursor::Newest => self.order.values().rev().filter_map(of).take(count).collect(),
            Cursor::OlderThan(order) => self.order.range(..order).rev().filter_map(|(_, id)| of(id)).take(count).collect(),
            Cursor::NewerThan(order) => self.order.range((Excluded(order), Unbounded)).filter_map(|(_, id)| of(id)).take(count).collect(),
        }
    }
}

impl Window {
    fn shows(&self, prediction: &Prediction) -> bool {
        self.after_ms.is_none_or(|after_ms| prediction.created_ms >= after_ms)
            && self.before_ms.is_none_or(|before_ms| prediction.created_ms < before_ms)
    }
}

fn cursor(text: Option<&str>) -> Option<Cursor> {
    let Some(text) = text else {
        return Some(Cursor::Newest);
    };
    let older = text.strip_prefix('o').and_then(|order| order.parse().ok()).map(Cursor::OlderThan);
    older.or_else(|| text.strip_prefix('n').and_then(|order| order.parse().ok()).map(Cursor::NewerThan))
}
