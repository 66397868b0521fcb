//! Reading and changing objects, which are kept as the JSON that the vendor shows. Paths are JSON pointers. Fields that
//! begin with an underscore are the machine's own and are never shown.

use serde_json::{Map, Value, json};

static NOTHING: Value = Value::Null;

/// What stands at a path; null when nothing does.
pub(super) fn at<'a>(object: &'a Value, path: &str) -> &'a Value {
    object.pointer(path).unwrap_or(&NOTHING)
}

/// A text; empty when there is none.
pub(super) fn text<'a>(object: &'a Value, path: &str) -> &'a str {
    at(object, path).as_str().unwrap_or_default()
}

/// A text that somebody else may keep.
pub(super) fn owned(object: &Value, path: &str) -> String {
    text(object, path).to_owned()
}

/// A whole number; 0 when there is none.
pub(super) fn int(object: &Value, path: &str) -> i64 {
    at(object, path).as_i64().unwrap_or(0)
}

/// Whether true stands there.
pub(super) fn yes(object: &Value, path: &str) -> bool {
    at(object, path).as_bool().unwrap_or(false)
}

/// The entries of a list.
pub(super) fn entries<'a>(object: &'a Value, path: &str) -> &'a [Value] {
    at(object, path).as_array().map_or(&[], Vec::as_slice)
}

/// Sets one field; what it stands in must be there.
pub(super) fn set(object: &mut Value, path: &str, new: impl Into<Value>) {
    let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
    match object.pointer_mut(parent) {
        Some(Value::Object(fields)) => drop(fields.insert(name.to_owned(), new.into())),
        Some(Value::Array(list)) => {
            if let Some(entry) = name.parse::<usize>().ok().and_then(|index| list.get_mut(index)) {
                *entry = new.into();
            }
        }
        _ => {}
    }
}

/// Lays the fields of another object over one.
pub(super) fn lay(object: &mut Value, over: Value) {
    if let (Value::Object(fields), Value::Object(over)) = (object, over) {
        fields.extend(over);
    }
}

/// As callers see it.
pub(super) fn shown(object: &Value) -> Value {
    match object {
        Value::Object(fields) => {
            fields.iter().filter(|(name, _)| !name.starts_with('_')).map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

/// `previous_attributes`: what the fields that differ were before.
pub(super) fn previous(before: &Value, after: &Value) -> Value {
    let (Value::Object(before), Value::Object(after)) = (before, after) else {
        return json!({});
    };
    let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    let differing = names.filter(|name| !name.starts_with('_') && before.get(*name) != after.get(*name));
    let old = |name: &String| match (name.as_str(), before.get(name), after.get(name)) {
        ("metadata", Some(old), Some(new)) => previous(old, new),
        ("items", Some(old), _) => json!({"data": at(old, "/data")}),
        (_, old, _) => old.cloned().unwrap_or_default(),
    };
    differing.map(|name| (name.clone(), old(name))).collect::<Map<_, _>>().into()
}

/// `{object: "list", …}` of everything that there is.
pub(super) fn list(data: &[Value], url: &str) -> Value {
    json!({"object": "list", "data": data, "has_more": false, "url": url})
}

/// An amount as people write it.
pub(super) fn money(amount: i64, currency: &str) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    let unit = match currency {
        "eur" => "€".to_owned(),
        "usd" => "$".to_owned(),
        "gbp" => "£".to_owned(),
        other => format!("{} ", other.to_uppercase()),
    };
    let amount = amount.unsigned_abs();
    format!("{sign}{unit}{}.{:02}", amount / 100, amount % 100)
}

/// `part` of `whole` of an amount, rounded half away from zero.
pub(super) fn share(amount: i64, part: i64, whole: i64) -> i64 {
    let (numerator, whole) = (i128::from(amount) * i128::from(part), i128::from(whole.max(1)));
    let half = if numerator < 0 { -whole / 2 } else { whole / 2 };
    i64::try_from((numerator + half) / whole).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_before() {
        let before = json!({"a": 1, "b": {"x": 1}, "metadata": {"k": "1", "same": "2"}, "items": {"data": [1], "url": "u"}, "_own": 1});
        let after = json!({"a": 1, "b": {"x": 2}, "metadata": {"k": "3", "same": "2", "new": "4"}, "items": {"data": [2], "url": "u"}, "_own": 2});
        let old = json!({"b": {"x": 1}, "metadata": {"k": "1", "new": null}, "items": {"data": [1]}});
        assert_eq!(previous(&before, &after), old);
        assert!(shown(&after).get("_own").is_none());
    }

    #[test]
    fn parts_are_rounded_as_the_fixtures_are() {
        assert_eq!((share(900, 21, 121), share(1_900, 21, 121), share(-950, 21, 121), share(2_450, 21, 121)), (156, 330, -165, 425));
        assert_eq!((money(1_900, "eur").as_str(), money(-5, "usd").as_str(), money(100, "chf").as_str()), ("€19.00", "-$0.05", "CHF 1.00"));
    }

    #[test]
    fn fields_are_set_where_they_stand() {
        let mut object = json!({"a": {"b": 1}, "l": [{"c": 1}]});
        set(&mut object, "/a/b", 2);
        set(&mut object, "/a/new", "x");
        set(&mut object, "/l/0", 3);
        set(&mut object, "/nowhere/b", 1);
        assert_eq!(object, json!({"a": {"b": 2, "new": "x"}, "l": [3]}));
    }
}
