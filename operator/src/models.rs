//! The catalogue beside what hosts publish: an entry that asks for what a model does not take any more fails for everybody. Replicate publishes each model's
//! schema (contract: Replicate, sections 2 and 7); the other hosts' contracts have none.

use std::time::Duration;

use atelier::domain::catalogue::{Accepts, Address, Fixed, Input, MODELS, Model, Parameter, Target, Wanted, Written};
use serde_json::{Value, json};
use ureq::Agent;

use crate::error::Error;

/// Replicate itself.
const API: &str = "https://api.replicate.com/v1";
const HOST: &str = "replicate";
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// What was found of an entry.
#[derive(Debug, PartialEq, Eq)]
pub struct Checked {
    /// The entry.
    pub model: &'static str,
    /// The host, and its name of the model.
    pub at: String,
    /// What differs; none if the host publishes nothing to compare with.
    pub differences: Option<Vec<String>>,
}

/// An account at Replicate.
pub struct Replicate {
    agent: Agent,
    api: String,
    token: String,
}

impl Replicate {
    /// At Replicate itself or at something that speaks like it.
    #[must_use]
    pub fn new(api: Option<&str>, token: &str) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0) // a redirect would carry the token elsewhere
            .timeout_global(Some(ANSWER_WITHIN))
            .build()
            .into();
        Self { agent, api: api.unwrap_or(API).trim_end_matches('/').to_owned(), token: token.trim().to_owned() }
    }

    /// A model's schema; none if there is no such model.
    fn schema(&self, target: &Target) -> Result<Option<Value>, Error> {
        let (path, place) = match target.address {
            Address::Version(version) => (format!("/models/{}/versions/{version}", target.model), "/openapi_schema"),
            Address::Name | Address::Deployment => (format!("/models/{}", target.model), "/latest_version/openapi_schema"),
        };
        let url = format!("{}{path}", self.api);
        let silent = |reason: String| Error::Silent { who: "Replicate", url: url.clone(), reason };
        let mut answer =
            self.agent.get(&url).header("authorization", format!("Bearer {}", self.token)).call().map_err(|error| silent(error.to_string()))?;
        let status = answer.status().as_u16();
        let body = answer.body_mut().read_to_string().map_err(|error| silent(error.to_string()))?;
        match status {
            200 => serde_json::from_str::<Value>(&body)
                .ok()
                .and_then(|body| body.pointer(place).cloned())
                .map(Some)
                .ok_or_else(|| silent("no schema".to_owned())),
            404 => Ok(None),
            _ => Err(silent(format!("status {status}"))),
        }
    }
}

/// Compares every entry with what its hosts publish.
///
/// # Errors
/// [`Error::Silent`] if a host could not be asked.
pub fn check(replicate: &Replicate) -> Result<Vec<Checked>, Error> {
    let mut all = Vec::new();
    for model in MODELS {
        for target in model.targets {
            let differences = if target.host == HOST {
                Some(match replicate.schema(target)? {
                    Some(schema) => compare(model, target, &schema),
                    None => vec!["the host has no such model".to_owned()],
                })
            } else {
                None
            };
            all.push(Checked { model: model.id, at: format!("{} {}", target.host, target.model), differences });
        }
    }
    Ok(all)
}

/// What an entry asks for that a schema does not have.
#[must_use]
pub fn compare(model: &Model, target: &Target, schema: &Value) -> Vec<String> {
    let schema = Schema(schema);
    let mut differences = Vec::new();
    for wanted in target.inputs {
        match (model.inputs.iter().find(|input| input.name == wanted.ours), schema.property(wanted.theirs)) {
            (_, None) => differences.push(format!("{}: the host has no such input", wanted.theirs)),
            (Some(input), Some(property)) => differences.extend(misfit(input, wanted, &property).map(|why| format!("{}: {why}", wanted.theirs))),
            (None, Some(_)) => differences.push(format!("{}: the entry has no input {}", wanted.theirs, wanted.ours)),
        }
    }
    for (name, value) in target.fixed {
        match schema.property(name) {
            None => differences.push(format!("{name}: the host has no such input")),
            Some(property) => differences.extend(refused(*value, &property).map(|why| format!("{name}: {why}"))),
        }
    }
    for required in schema.required() {
        let prompt = required == "prompt" && model.prompt.required;
        let told = target.inputs.iter().any(|wanted| wanted.theirs == required) || target.fixed.iter().any(|(name, _)| *name == required);
        if !prompt && !told {
            differences.push(format!("{required}: the host requires it"));
        }
    }
    differences
}

/// A schema as Replicate publishes it.
struct Schema<'a>(&'a Value);

impl Schema<'_> {
    /// An input's property, with what it refers to.
    fn property(&self, name: &str) -> Option<Value> {
        let property = self.0.pointer("/components/schemas/Input/properties")?.get(name)?;
        let referred = property.pointer("/allOf/0/$ref").or_else(|| property.get("$ref")).and_then(Value::as_str);
        let Some(referred) = referred else { return Some(property.clone()) };
        self.0.pointer(referred.trim_start_matches('#')).cloned()
    }

    fn required(&self) -> Vec<String> {
        let names = self.0.pointer("/components/schemas/Input/required").and_then(Value::as_array);
        names.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }
}

/// Why a property does not take everything that an input of ours can be.
fn misfit(input: &Input, wanted: &Wanted, property: &Value) -> Option<String> {
    let written = |parameter| wanted.written.write(parameter);
    let each = |parameters: &mut dyn Iterator<Item = Parameter>| parameters.filter_map(written).find_map(|value| refused(value, property));
    match input.accepts {
        Accepts::Choice { options, .. } => each(&mut options.iter().map(|option| Parameter::Choice(option))),
        Accepts::Integer { minimum, maximum, step, .. } if property.get("enum").is_some() => {
            let steps = (0..).map(|n| minimum + n * step).take_while(|number| *number <= maximum);
            each(&mut steps.map(Parameter::Integer))
        }
        Accepts::Integer { minimum, maximum, .. } => each(&mut [minimum, maximum].into_iter().map(Parameter::Integer)),
        Accepts::Decimal { minimum, maximum, .. } => each(&mut [minimum, maximum].into_iter().map(Parameter::Hundredths)),
        Accepts::Switch { .. } => each(&mut [Parameter::Switch(true)].into_iter()),
        Accepts::Images { .. } => {
            let list = property.get("type").and_then(Value::as_str) == Some("array");
            (list != (wanted.written == Written::List))
                .then(|| if list { "the host takes a list".to_owned() } else { "the host takes one".to_owned() })
        }
    }
}

/// Why a property does not take a value.
fn refused(value: Fixed, property: &Value) -> Option<String> {
    // Left out.
    if value == Fixed::Text("") {
        return None;
    }
    let value = json!(value);
    if let Some(options) = property.get("enum").and_then(Value::as_array) {
        return (!options.contains(&value)).then(|| format!("{value} is none of its words"));
    }
    let fits = match property.get("type").and_then(Value::as_str) {
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        _ => true,
    };
    if !fits {
        return Some(format!("{value} is not of its type"));
    }
    let beyond = |name: &str, is: fn(f64, f64) -> bool| {
        property.get(name).and_then(Value::as_f64).zip(value.as_f64()).is_some_and(|(bound, value)| is(value, bound))
    };
    (beyond("minimum", |value, bound| value < bound) || beyond("maximum", |value, bound| value > bound))
        .then(|| format!("{value} is out of its range"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use atelier::domain::catalogue;

    fn entry(id: &str) -> (&'static Model, &'static Target) {
        let model = catalogue::model(id).expect("it is on sale");
        (model, model.targets.iter().find(|target| target.host == HOST).expect("Replicate has it"))
    }

    fn flux() -> Value {
        json!({"components": {"schemas": {
            "Input": {"required": ["prompt"], "properties": {
                "prompt": {"type": "string"},
                "aspect_ratio": {"allOf": [{"$ref": "#/components/schemas/aspect_ratio"}]},
                "num_outputs": {"type": "integer", "minimum": 1, "maximum": 4},
                "seed": {"type": "integer"},
                "output_format": {"allOf": [{"$ref": "#/components/schemas/output_format"}]},
            }},
            "aspect_ratio": {"type": "string", "enum": ["1:1", "16:9", "21:9", "3:2", "2:3", "4:5", "5:4", "3:4", "4:3", "9:16", "9:21"]},
            "output_format": {"type": "string", "enum": ["webp", "jpg", "png"]},
        }}})
    }

    #[test]
    fn an_entry_that_fits_has_no_differences() {
        let (model, target) = entry("flux-schnell");
        assert_eq!(compare(model, target, &flux()), Vec::<String>::new());
    }

    #[test]
    fn every_kind_of_difference_is_named() {
        let (model, target) = entry("flux-schnell");
        let changed = |pointer: &str, to: Value| {
            let mut schema = flux();
            *schema.pointer_mut(pointer).expect("it is there") = to;
            compare(model, target, &schema).join("; ")
        };
        let properties = "/components/schemas/Input/properties";
        assert_eq!(changed("/components/schemas/aspect_ratio/enum", json!(["1:1"])), "aspect_ratio: \"16:9\" is none of its words");
        assert_eq!(changed(&format!("{properties}/num_outputs/maximum"), json!(2)), "num_outputs: 4 is out of its range");
        assert_eq!(changed(&format!("{properties}/seed/type"), json!("string")), "seed: 0 is not of its type");
        assert_eq!(changed("/components/schemas/Input/required", json!(["prompt", "token"])), "token: the host requires it");
        let mut without = flux();
        without.pointer_mut(properties).and_then(Value::as_object_mut).expect("an object").remove("seed");
        assert_eq!(compare(model, target, &without), ["seed: the host has no such input"]);
        let (blend, at) = entry("nano-banana-blend");
        let one = json!({"components": {"schemas": {"Input": {"required": ["prompt", "image_input"], "properties": {
            "prompt": {"type": "string"}, "image_input": {"type": "string"}, "aspect_ratio": {"type": "string"}, "output_format": {"type": "string"},
        }}}}});
        assert_eq!(compare(blend, at, &one), ["image_input: the host takes one"]);
    }
}
