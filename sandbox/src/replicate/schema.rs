//! A model's input schema: as `OpenAPI` for those who ask, and as the rules that an input must pass.

use serde_json::{Map, Value, json};

use super::models::{Input, Kind, Model};

/// A megabyte in base64: the more generous of the two limits in the vendor's pages.
const DATA_URL_MAX: usize = 1_400_000;

/// `latest_version.openapi_schema`, laid out as the vendor's model server writes it.
#[must_use]
pub fn openapi(model: &Model) -> Value {
    let mut schemas = Map::new();
    let mut properties = Map::new();
    for (order, input) in model.inputs.iter().enumerate() {
        let mut property = property(input);
        let choices = match input.kind {
            Kind::Choice(options) => Some((json!(options), "string")),
            Kind::Numbers(options) => Some((json!(options), "integer")),
            _ => None,
        };
        if let Some((options, kind)) = choices {
            let choices = json!({"enum": options, "type": kind, "title": input.name, "description": "An enumeration."});
            schemas.insert(input.name.to_owned(), choices);
        }
        property.insert("x-order".to_owned(), json!(order));
        if let Some(default) = input.default.json() {
            property.insert("default".to_owned(), default);
        }
        properties.insert(input.name.to_owned(), Value::Object(property));
    }
    let output = if model.many {
        json!({"type": "array", "items": {"type": "string", "format": "uri"}, "title": "Output"})
    } else {
        json!({"type": "string", "format": "uri", "title": "Output"})
    };
    schemas.insert("Output".to_owned(), output);
    let required: Vec<&str> = model.inputs.iter().filter(|input| input.kind.is_required()).map(|input| input.name).collect();
    schemas.insert("Input".to_owned(), json!({"type": "object", "title": "Input", "required": required, "properties": properties}));
    json!({
        "openapi": "3.0.2",
        "info": {"title": "Cog", "version": "0.1.0"},
        "paths": {},
        "components": {"schemas": schemas},
    })
}

fn property(input: &Input) -> Map<String, Value> {
    let property = match input.kind {
        Kind::Prompt | Kind::Text => json!({"type": "string", "title": title(input.name)}),
        Kind::Uri | Kind::Picture => json!({"type": "string", "format": "uri", "title": title(input.name)}),
        Kind::Uris(_) => json!({"type": "array", "items": {"type": "string", "format": "uri"}, "title": title(input.name)}),
        Kind::Choice(_) | Kind::Numbers(_) => json!({"allOf": [{"$ref": format!("#/components/schemas/{}", input.name)}]}),
        Kind::Flag => json!({"type": "boolean", "title": title(input.name)}),
        Kind::Number(low, high) => json!({"type": "number", "title": title(input.name), "minimum": low, "maximum": high}),
        Kind::Integer(low, high) => {
            let bounds = [("minimum", low), ("maximum", high)].into_iter().filter_map(|(name, bound)| Some((name.to_owned(), json!(bound?))));
            json!({"type": "integer", "title": title(input.name)}).as_object().cloned().into_iter().flatten().chain(bounds).collect()
        }
    };
    property.as_object().cloned().unwrap_or_default()
}

fn title(name: &str) -> String {
    let words = name.split('_').map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_uppercase() + rest
    });
    words.collect::<Vec<_>>().join(" ")
}

/// What is wrong with an input, one line per field as the vendor's `detail` has them, or nothing.
/// Fields that the schema doesn't know are let through, as the vendor does.
#[must_use]
pub fn faults(model: &Model, given: &Map<String, Value>) -> Option<String> {
    let mut lines = String::new();
    for input in model.inputs {
        let fault = match given.get(input.name) {
            None if input.kind.is_required() => Some(format!("{} is required", input.name)),
            None => None,
            Some(value) => fault(input.kind, value),
        };
        if let Some(fault) = fault {
            lines.extend(["- input.", input.name, ": ", &fault, "\n"]);
        }
    }
    (!lines.is_empty()).then_some(lines)
}

fn fault(kind: Kind, value: &Value) -> Option<String> {
    let wrong_type = |expected: &str| Some(format!("Invalid type. Expected: {expected}, given: {}", type_of(value)));
    match kind {
        Kind::Prompt | Kind::Text => (!value.is_string()).then(|| wrong_type("string")).flatten(),
        Kind::Uri | Kind::Picture => uri_fault(value),
        Kind::Uris(most) => match value.as_array() {
            None => wrong_type("array"),
            Some(list) if most.is_some_and(|most| list.len() > most) => Some(format!("Must have at most {} items", most.unwrap_or(0))),
            Some(list) => list.iter().find_map(uri_fault),
        },
        Kind::Numbers(options) => match value.as_i64() {
            None => wrong_type("integer"),
            Some(number) if options.contains(&number) => None,
            Some(_) => Some(format!("Must be one of the following: {}", options.iter().map(i64::to_string).collect::<Vec<_>>().join(", "))),
        },
        Kind::Choice(options) => match value.as_str() {
            Some(text) if options.contains(&text) => None,
            _ => Some(format!("Must be one of the following: {}", quoted(options))),
        },
        Kind::Flag => (!value.is_boolean()).then(|| wrong_type("boolean")).flatten(),
        Kind::Integer(low, high) => {
            let Some(number) = value.as_i64() else {
                return wrong_type("integer");
            };
            match (low, high) {
                (Some(low), _) if number < low => Some(format!("Must be greater than or equal to {low}")),
                (_, Some(high)) if number > high => Some(format!("Must be less than or equal to {high}")),
                _ => None,
            }
        }
        Kind::Number(low, high) => match value.as_f64() {
            None => wrong_type("number"),
            Some(number) if number < low => Some(format!("Must be greater than or equal to {low}")),
            Some(number) if number > high => Some(format!("Must be less than or equal to {high}")),
            Some(_) => None,
        },
    }
}

fn uri_fault(value: &Value) -> Option<String> {
    let Some(text) = value.as_str() else {
        return Some(format!("Invalid type. Expected: string, given: {}", type_of(value)));
    };
    if text.starts_with("data:") && text.len() > DATA_URL_MAX {
        return Some("Data URLs must be less than 1MB in size, upload the file and pass its URL instead".to_owned());
    }
    let known = ["http://", "https://", "data:"].iter().any(|scheme| text.starts_with(scheme));
    (!known).then(|| "Does not match format 'uri'".to_owned())
}

const fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn quoted(options: &[&str]) -> String {
    options.iter().map(|option| format!("\"{option}\"")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::{super::models::MODELS, *};

    fn faults_of(input: &Value) -> String {
        faults(&MODELS[1], input.as_object().expect("an object")).unwrap_or_default()
    }

    #[test]
    fn good_input_passes() {
        let input = json!({"prompt": "x", "seed": 3, "guidance": 3, "image": "https://a.example/x.png", "unknown": {}});
        assert_eq!(faults_of(&input), "");
    }

    #[test]
    fn each_fault_names_its_field() {
        assert_eq!(faults_of(&json!({})), "- input.prompt: prompt is required\n");
        for (name, value, says) in [
            ("prompt", json!(7), "Expected: string, given: number"),
            ("seed", json!(null), "Expected: integer, given: null"),
            ("num_outputs", json!(5), "less than or equal to 4"),
            ("num_outputs", json!(0), "greater than or equal to 1"),
            ("num_outputs", json!("2"), "Expected: integer"),
            ("guidance", json!(10.5), "less than or equal to 10"),
            ("go_fast", json!("yes"), "Expected: boolean"),
            ("aspect_ratio", json!("1:7"), "one of the following: \"1:1\""),
            ("image", json!("file:///etc/passwd"), "format 'uri'"),
        ] {
            let mut input = json!({"prompt": "x"});
            input[name] = value;
            let faults = faults_of(&input);
            assert!(faults.starts_with(&format!("- input.{name}: ")) && faults.contains(says), "{faults}");
        }
    }

    #[test]
    fn the_schema_tells_the_same_rules() {
        let schema = openapi(&MODELS[0]);
        let properties = &schema["components"]["schemas"]["Input"]["properties"];
        assert_eq!(properties["num_outputs"]["maximum"], 4);
        assert_eq!(properties["aspect_ratio"]["default"], "1:1");
        assert_eq!(schema["components"]["schemas"]["output_format"]["enum"], json!(["webp", "jpg", "png"]));
        assert_eq!(schema["components"]["schemas"]["Output"]["type"], "array");
        assert_eq!(openapi(&MODELS[2])["components"]["schemas"]["Output"]["type"], "string");
    }
}
