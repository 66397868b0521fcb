//! The parameters of a request, whether they came as JSON or as a form.

use serde_json::{Map, Value};

use super::faults::Fault;
use crate::{exchange::Request, multipart};

/// A file of a form.
#[derive(Debug, Clone)]
pub(super) struct Upload {
    /// What a parameter is called in an error: `image`, or `image[0]` in a list.
    pub param: String,
    pub media_type: Option<String>,
    pub bytes: Vec<u8>,
}

/// What was given.
#[derive(Debug, Default)]
pub(super) struct Fields {
    values: Map<String, Value>,
    /// In a form, numbers are texts.
    is_form: bool,
    pub images: Vec<Upload>,
    pub mask: Option<Upload>,
}

impl Fields {
    /// From a JSON object. Fields that are null are not given.
    pub fn json(request: &Request) -> Result<Self, Fault> {
        match serde_json::from_slice(&request.body) {
            Ok(Value::Object(values)) => Ok(Self { values: values.into_iter().filter(|(_, value)| !value.is_null()).collect(), ..Self::default() }),
            Ok(_) | Err(_) => Err(Fault::invalid(
                None,
                None,
                "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The \
                 OpenAI API expects a JSON payload, but what was sent was not valid JSON.)"
                    .to_owned(),
            )),
        }
    }

    /// From `multipart/form-data`.
    pub fn form(request: &Request) -> Result<Self, Fault> {
        let kind = request.header("content-type").unwrap_or_default();
        let Some(parts) = multipart::boundary(kind).and_then(|boundary| multipart::parts(&request.body, &boundary)) else {
            return Err(Fault::invalid(None, None, format!("Invalid body: failed to parse multipart/form-data. The content type is '{kind}'.")));
        };
        let mut fields = Self { is_form: true, ..Self::default() };
        for part in parts {
            let (name, index) = part.name.split_once('[').map_or((part.name.as_str(), None), |(name, index)| (name, Some(index)));
            // `image`, `image[]` and `image[0]` are all in use.
            let param = if index.is_some() { format!("{name}[{}]", fields.images.len()) } else { name.to_owned() };
            match (name, part.filename) {
                ("image" | "mask", None) => {
                    return Err(Fault::of(&param, "invalid_type", format!("Invalid type for '{param}': expected a file, but got a string instead.")));
                }
                ("image", Some(_)) => fields.images.push(Upload { param, media_type: part.content_type, bytes: part.content }),
                ("mask", Some(_)) if fields.mask.is_some() => {
                    return Err(Fault::of("mask", "invalid_type", "Invalid type for 'mask': expected a file, but got an array instead.".to_owned()));
                }
                ("mask", Some(_)) => fields.mask = Some(Upload { param: "mask".to_owned(), media_type: part.content_type, bytes: part.content }),
                _ => drop(fields.values.insert(name.to_owned(), Value::from(String::from_utf8_lossy(&part.content).into_owned()))),
            }
        }
        Ok(fields)
    }

    /// A parameter that is neither known nor the endpoint's own.
    pub fn unknown(&self, known: &[&str], own: &str) -> Option<Fault> {
        let name = self.values.keys().find(|name| !known.contains(&name.as_str()) && *name != own)?;
        Some(Fault::of(name, "unknown_parameter", format!("Unknown parameter: '{name}'.")))
    }

    /// A text, if it is given.
    pub fn text(&self, name: &str) -> Result<Option<&str>, Fault> {
        match self.values.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(wrong_type(name, "a string", other)),
        }
    }

    /// One of some texts, if it is given.
    pub fn choice(&self, name: &str, choices: &'static [&'static str]) -> Result<Option<&'static str>, Fault> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        choices.iter().find(|choice| **choice == text).map(|choice| Some(*choice)).ok_or_else(|| Fault::unsupported(name, text, choices))
    }

    /// A whole number within bounds, if it is given.
    pub fn integer(&self, name: &str, low: i64, high: i64) -> Result<Option<i64>, Fault> {
        let number = match self.values.get(name) {
            None => return Ok(None),
            Some(Value::String(text)) if self.is_form => text.trim().parse().ok(),
            Some(value) => value.as_i64(),
        };
        let Some(number) = number else {
            return Err(wrong_type(name, "an integer", self.values.get(name).unwrap_or(&Value::Null)));
        };
        if number < low {
            let message = format!("Invalid '{name}': integer below minimum value. Expected a value >= {low}, but got {number} instead.");
            return Err(Fault::of(name, "integer_below_min_value", message));
        }
        if number > high {
            let message = format!("Invalid '{name}': integer above maximum value. Expected a value <= {high}, but got {number} instead.");
            return Err(Fault::of(name, "integer_above_max_value", message));
        }
        Ok(Some(number))
    }

    /// True or false, if it is given.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Fault> {
        match self.values.get(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(Value::String(text)) if self.is_form && (text == "true" || text == "false") => Ok(Some(text == "true")),
            Some(other) => Err(wrong_type(name, "a boolean", other)),
        }
    }
}

fn wrong_type(name: &str, expected: &str, value: &Value) -> Fault {
    let given = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a decimal number",
        Value::Number(_) => "an integer",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    Fault::of(name, "invalid_type", format!("Invalid type for '{name}': expected {expected}, but got {given} instead."))
}
