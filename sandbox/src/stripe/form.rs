//! Parameters as forms carry them: nested names in brackets, lists with an index or with `[]`, an empty value that unsets.

use serde_json::{Map, Value};

use super::fault::Fault;
use crate::exchange::query;

/// The vendor's limits for metadata.
const METADATA_KEYS_MAX: usize = 50;
const METADATA_KEY_MAX: usize = 40;
const METADATA_VALUE_MAX: usize = 500;

/// The parameters of a request, or of a part of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Params {
    /// How the part is named from outside: `line_items[0]`.
    outer: String,
    pairs: Vec<(Vec<String>, String)>,
}

impl Params {
    /// Of a query or of a form's body.
    pub fn read(text: &str) -> Self {
        let mut pushed: Vec<(Vec<String>, usize)> = Vec::new();
        let pairs = query(text).into_iter().map(|(name, value)| (path_of(&name, &mut pushed), value)).collect();
        Self { outer: String::new(), pairs }
    }

    /// The same for the same parameters, in whatever order they came.
    pub fn fingerprint(&self) -> Vec<(Vec<String>, String)> {
        let mut pairs = self.pairs.clone();
        pairs.sort();
        pairs
    }

    /// How a parameter is named in a refusal; its path has dots here.
    pub fn name(&self, path: &str) -> String {
        let mut parts = path.split('.');
        let first = parts.next().unwrap_or_default();
        let first = if self.outer.is_empty() { first.to_owned() } else { format!("{}[{first}]", self.outer) };
        parts.fold(first, |name, part| format!("{name}[{part}]"))
    }

    /// A value, be it empty.
    pub fn given(&self, path: &str) -> Option<&str> {
        // The last one wins.
        self.pairs.iter().rev().find(|(parts, _)| same(parts, path)).map(|(_, value)| value.as_str())
    }

    /// A value that is not empty.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.given(path).filter(|value| !value.is_empty())
    }

    /// A value that has to be there.
    pub fn required(&self, path: &str) -> Result<&str, Fault> {
        match self.given(path) {
            None => Err(Fault::required(&self.name(path))),
            Some("") => Err(self.empty(path)),
            Some(value) => Ok(value),
        }
    }

    fn empty(&self, path: &str) -> Fault {
        let name = self.name(path);
        let message = format!(
            "You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; however '{name}' cannot be unset. \
             You should remove '{name}' from your request or supply a non-empty value."
        );
        Fault::invalid(message).code("parameter_invalid_empty").param(name)
    }

    pub fn int(&self, path: &str) -> Result<Option<i64>, Fault> {
        let bad = |value: &str| Fault::invalid(format!("Invalid integer: {value}")).code("parameter_invalid_integer").param(self.name(path));
        self.text(path).map(|value| value.parse().map_err(|_| bad(value))).transpose()
    }

    pub fn flag(&self, path: &str) -> Result<Option<bool>, Fault> {
        match self.text(path) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(other) => Err(Fault::invalid(format!("Invalid boolean: {other}")).code("parameter_invalid_boolean").param(self.name(path))),
        }
    }

    pub fn choice(&self, path: &str, choices: &[&str]) -> Result<Option<&str>, Fault> {
        match self.text(path) {
            Some(value) if !choices.contains(&value) => {
                let name = self.name(path);
                Err(Fault::invalid(format!("Invalid {name}: must be one of {}", choices.join(", "))).param(name))
            }
            value => Ok(value),
        }
    }

    /// An address of the web, and nothing else.
    pub fn url(&self, path: &str) -> Result<Option<&str>, Fault> {
        let web = |value: &str| {
            let rest = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://"));
            // What goes into a header has to be plain.
            rest.is_some_and(|rest| !rest.starts_with('/') && !rest.is_empty()) && value.bytes().all(|byte| byte.is_ascii_graphic())
        };
        match self.text(path) {
            Some(value) if !web(value) => Err(Fault::invalid("Not a valid URL").code("url_invalid").param(self.name(path))),
            value => Ok(value),
        }
    }

    pub fn any(&self, path: &str) -> bool {
        let parts = path.split('.').count();
        self.pairs.iter().any(|(given, _)| given.len() >= parts && given.iter().zip(path.split('.')).all(|(given, wanted)| given == wanted))
    }

    /// The parameters inside one.
    pub fn within(&self, path: &str) -> Self {
        let depth = path.split('.').count();
        let inside = |(parts, value): &(Vec<String>, String)| {
            let (front, rest) = parts.split_at_checked(depth)?;
            (!rest.is_empty() && front.iter().zip(path.split('.')).all(|(given, wanted)| given == wanted)).then(|| (rest.to_vec(), value.clone()))
        };
        Self { outer: self.name(path), pairs: self.pairs.iter().filter_map(inside).collect() }
    }

    /// The entries of a list, by their index.
    pub fn entries(&self, path: &str) -> Vec<Self> {
        let inside = self.within(path);
        let mut indices: Vec<u64> = inside.pairs.iter().filter_map(|(parts, _)| parts.first()?.parse().ok()).collect();
        indices.sort_unstable();
        indices.dedup();
        indices.iter().map(|index| inside.within(&index.to_string())).collect()
    }

    /// The values of a list of texts.
    pub fn texts(&self, path: &str) -> Vec<&str> {
        let mut found: Vec<(u64, &str)> = self
            .pairs
            .iter()
            .filter_map(|(parts, value)| {
                let (index, front) = parts.split_last()?;
                same(front, path).then(|| Some((index.parse().ok()?, value.as_str())))?
            })
            .collect();
        found.sort_by_key(|(index, _)| *index);
        found.into_iter().map(|(_, value)| value).collect()
    }

    /// Refuses what the endpoint does not know. `#` stands for an index, `*` at the end for whatever is inside.
    pub fn only(&self, known: &[&str]) -> Result<(), Fault> {
        for (parts, _) in &self.pairs {
            if !known.iter().chain(&["expand.#"]).any(|pattern| fits(parts, pattern)) {
                let name = self.name(&parts.join("."));
                return Err(Fault::invalid(format!("Received unknown parameter: {name}")).code("parameter_unknown").param(name));
            }
        }
        Ok(())
    }

    /// Lays texts over an object: those that are there, with null for an empty one.
    pub fn fields(&self, object: &mut Value, names: &[&str]) {
        let Value::Object(fields) = object else {
            return;
        };
        for name in names {
            if let Some(value) = self.given(name) {
                fields.insert((*name).to_owned(), if value.is_empty() { Value::Null } else { value.into() });
            }
        }
    }

    /// Metadata after these parameters: an empty value takes a key away, `metadata=` takes all of them.
    pub fn metadata(&self, path: &str, before: &Value) -> Result<Value, Fault> {
        let mut metadata = before.as_object().cloned().unwrap_or_default();
        if self.given(path) == Some("") {
            metadata.clear();
        }
        let inside = self.within(path);
        for (parts, value) in &inside.pairs {
            let [key] = parts.as_slice() else {
                return Err(Fault::invalid("Metadata values must be strings, but for key it is a hash.").param(inside.name(&parts.join("."))));
            };
            if value.is_empty() {
                metadata.remove(key);
                continue;
            }
            if key.chars().count() > METADATA_KEY_MAX || value.chars().count() > METADATA_VALUE_MAX {
                let message = format!("Metadata keys have up to {METADATA_KEY_MAX} characters, values up to {METADATA_VALUE_MAX}.");
                return Err(Fault::invalid(message).code("parameter_invalid_string_blank").param(inside.name(key)));
            }
            metadata.insert(key.clone(), value.as_str().into());
        }
        if metadata.len() > METADATA_KEYS_MAX {
            return Err(Fault::invalid(format!("Metadata has up to {METADATA_KEYS_MAX} keys.")).param(self.name(path)));
        }
        Ok(metadata.into())
    }

    /// An address of a person.
    pub fn address(&self, path: &str) -> Option<Value> {
        if self.given(path) == Some("") {
            return Some(Value::Null);
        }
        let inside = self.within(path);
        let field = |name: &&str| ((*name).to_owned(), inside.text(name).map_or(Value::Null, Value::from));
        self.any(path).then(|| ["city", "country", "line1", "line2", "postal_code", "state"].iter().map(field).collect::<Map<_, _>>().into())
    }
}

/// The parts of `a[b][0]`. Each `[]` is the next index of its list.
fn path_of(name: &str, pushed: &mut Vec<(Vec<String>, usize)>) -> Vec<String> {
    let (first, rest) = name.split_at(name.find('[').unwrap_or(name.len()));
    let mut parts = vec![first.to_owned()];
    for part in rest.split('[').skip(1).map(|part| part.trim_end_matches(']')) {
        let part = if part.is_empty() { next_index(&parts, pushed).to_string() } else { part.to_owned() };
        parts.push(part);
    }
    parts
}

fn next_index(list: &[String], pushed: &mut Vec<(Vec<String>, usize)>) -> usize {
    if let Some((_, count)) = pushed.iter_mut().find(|(known, _)| known == list) {
        *count += 1;
        return *count - 1;
    }
    pushed.push((list.to_vec(), 1));
    0
}

fn same(parts: &[String], path: &str) -> bool {
    parts.iter().map(String::as_str).eq(path.split('.'))
}

fn fits(parts: &[String], pattern: &str) -> bool {
    let mut wanted = pattern.split('.');
    for part in parts {
        match wanted.next() {
            Some("*") => return true,
            Some("#") if part.bytes().all(|byte| byte.is_ascii_digit()) => {}
            Some(name) if name == part => {}
            _ => return false,
        }
    }
    // `metadata=` and the like unset all that is inside.
    wanted.next().is_none_or(|rest| rest == "*")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nested_names_and_lists() {
        let params = Params::read("line_items[1][price]=b&line_items%5B0%5D%5Bprice%5D=a&expand[]=x&expand[]=y&metadata[k]=v+w&a=&n=12&t=true");
        assert_eq!(params.entries("line_items").iter().map(|entry| entry.text("price")).collect::<Vec<_>>(), [Some("a"), Some("b")]);
        assert_eq!(params.texts("expand"), ["x", "y"]);
        assert_eq!(params.within("metadata").text("k"), Some("v w"));
        assert_eq!((params.given("a"), params.text("a")), (Some(""), None));
        assert_eq!((params.int("n").expect("a number"), params.flag("t").expect("a flag")), (Some(12), Some(true)));
        assert_eq!(params.int("t").expect_err("no number").param.as_deref(), Some("t"));
        assert!(params.only(&["line_items.#.price", "metadata.*", "a", "n", "t"]).is_ok());
        let fault = params.only(&["line_items.#.quantity", "metadata.*", "a", "n", "t"]).expect_err("an unknown one");
        assert_eq!(fault.message, "Received unknown parameter: line_items[1][price]");
    }

    #[test]
    fn metadata_is_merged() {
        let before = json!({"a": "1", "b": "2"});
        let after = |text: &str| Params::read(text).metadata("metadata", &before);
        assert_eq!(after("metadata[a]=&metadata[c]=3").expect("metadata"), json!({"b": "2", "c": "3"}));
        assert_eq!(after("metadata=").expect("metadata"), json!({}));
        assert_eq!(after("x=1").expect("metadata"), before);
        assert!(after(&format!("metadata[{}]=1", "k".repeat(41))).is_err());
    }

    #[test]
    fn addresses_of_the_web_alone() {
        for bad in ["javascript:alert(1)", "ftp://a.test", "//a.test", "https://", "https:///a", "https://a.test/ b", "https://a.test/é"] {
            assert!(Params::read(&format!("u={}", crate::exchange::encode(bad))).url("u").is_err(), "{bad}");
        }
        assert!(Params::read("u=http%3A%2F%2F127.0.0.1%3A8787%2Fbilling").url("u").is_ok());
    }
}
