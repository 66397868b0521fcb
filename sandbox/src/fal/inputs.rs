//! The rules that an input must pass, and the errors that the model answers otherwise. Fields that a model does not know are
//! let through. Types are strict: a number in quotes is no number, and `5` is not `"5"`.

use serde_json::{Map, Value, json};

use super::{
    faults::detail,
    models::{Kind, Model},
    sizes::{LARGE_SIZES, SIZES, Sides},
};

/// Sides of a custom size, in pixels.
const SIDE: std::ops::RangeInclusive<u64> = 64..=4_096;
/// Sides of a custom size of the large model, and all its pixels when a side is not within.
const LARGE_SIDE: std::ops::RangeInclusive<u64> = 1_920..=4_096;
const LARGE_PIXELS: std::ops::RangeInclusive<u64> = 2_560 * 1_440..=4_096 * 4_096;

/// Everything that is wrong with an input, in the order of the model's inputs.
pub(super) fn faults(model: &Model, given: &Map<String, Value>) -> Vec<Value> {
    let mut faults = Vec::new();
    for input in model.inputs {
        match given.get(input.name) {
            None if input.required => faults.push(detail(&[input.name], "missing", "Field required", &json!(given))),
            // `null` is what a field is that was not given.
            None => {}
            Some(Value::Null) if !input.required => {}
            Some(value) => faults.extend(fault(input.name, input.kind, value)),
        }
    }
    faults
}

fn fault(name: &str, kind: Kind, value: &Value) -> Option<Value> {
    let wrong = |kind: &str, message: &str| Some(detail(&[name], kind, message, value));
    match kind {
        Kind::Text if value.is_string() => None,
        Kind::Text => wrong("string_type", "Input should be a valid string"),
        Kind::Texts | Kind::Pictures(_) => list_fault(name, kind, value),
        Kind::Picture(_) => address_fault(&[name], value),
        Kind::Choice(options, _) if value.as_str().is_some_and(|text| options.contains(&text)) => None,
        Kind::Choice(options, _) => wrong("literal_error", &format!("Input should be {}", quoted(options))),
        Kind::Integer(low, high, _) => match value.as_i64() {
            None => wrong("int_type", "Input should be a valid integer"),
            Some(number) if number < low => wrong("greater_than_equal", &format!("Input should be greater than or equal to {low}")),
            Some(number) if number > high => wrong("less_than_equal", &format!("Input should be less than or equal to {high}")),
            Some(_) => None,
        },
        Kind::Number if value.is_number() => None,
        Kind::Number => wrong("float_type", "Input should be a valid number"),
        Kind::Flag if value.is_boolean() => None,
        Kind::Flag => wrong("bool_type", "Input should be a valid boolean"),
        Kind::Size(_, sides) => size_fault(name, sides, value),
        Kind::Anything if value.is_object() || value.is_array() => None,
        Kind::Anything => wrong("dict_type", "Input should be a valid dictionary"),
    }
}

fn list_fault(name: &str, kind: Kind, value: &Value) -> Option<Value> {
    let Some(list) = value.as_array() else {
        return Some(detail(&[name], "list_type", "Input should be a valid list", value));
    };
    if list.is_empty() && matches!(kind, Kind::Pictures(_)) {
        return Some(detail(&[name], "too_short", "List should have at least 1 item after validation, not 0", value));
    }
    list.iter().enumerate().find_map(|(index, entry)| {
        let place = [name, &index.to_string()];
        match kind {
            Kind::Pictures(_) => address_fault(&place, entry),
            _ if entry.is_string() => None,
            _ => Some(detail(&place, "string_type", "Input should be a valid string", entry)),
        }
    })
}

fn address_fault(place: &[&str], value: &Value) -> Option<Value> {
    let Some(text) = value.as_str() else {
        return Some(detail(place, "string_type", "Input should be a valid string", value));
    };
    let known = ["http://", "https://", "data:"].iter().any(|scheme| text.starts_with(scheme));
    (!known).then(|| detail(place, "url_parsing", "Input should be a valid URL", value))
}

fn size_fault(name: &str, sides: Sides, value: &Value) -> Option<Value> {
    if let Some(text) = value.as_str() {
        let known = SIZES.iter().any(|(known, ..)| *known == text) || (sides == Sides::Large && LARGE_SIZES.iter().any(|(known, _)| *known == text));
        let names: Vec<&str> = SIZES.iter().map(|(name, ..)| *name).collect();
        return (!known).then(|| detail(&[name], "literal_error", &format!("Input should be {}", quoted(&names)), value));
    }
    let Some(size) = value.as_object() else {
        return Some(detail(&[name], "model_type", "Input should be a valid dictionary or a name", value));
    };
    let pixels = |name: &str| size.get(name).map_or(Some(512), Value::as_u64);
    let (Some(width), Some(height)) = (pixels("width"), pixels("height")) else {
        return Some(detail(&[name, "width"], "int_type", "Input should be a valid integer", value));
    };
    let fits = match sides {
        Sides::Usual => SIDE.contains(&width) && SIDE.contains(&height),
        Sides::Large => (LARGE_SIDE.contains(&width) && LARGE_SIDE.contains(&height)) || LARGE_PIXELS.contains(&width.saturating_mul(height)),
    };
    (!fits).then(|| detail(&[name], "value_error", "Value error, the size is not one that this model can make", value))
}

fn quoted(options: &[&str]) -> String {
    let quoted: Vec<String> = options.iter().map(|option| format!("'{option}'")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::models::find, *};

    fn faults_of(id: &str, input: &Value) -> Vec<Value> {
        faults(find(id).expect("a model"), input.as_object().expect("an object"))
    }

    #[test]
    fn good_input_passes() {
        for (id, input) in [
            ("fal-ai/flux/dev", json!({"prompt": "x", "seed": 3, "guidance_scale": 3, "image_size": {"width": 640, "height": 480}, "unknown": {}})),
            ("fal-ai/flux-pro/v1.1", json!({"prompt": "x", "safety_tolerance": "6", "seed": null})),
            ("fal-ai/nano-banana/edit", json!({"prompt": "x", "image_urls": ["https://a.example/x.png"], "aspect_ratio": "auto"})),
            ("fal-ai/bytedance/seedream/v4.5/text-to-image", json!({"prompt": "x", "image_size": {"width": 4096, "height": 1024}})),
            ("fal-ai/bytedance/seedance/v1/pro/text-to-video", json!({"prompt": "x", "duration": "12", "seed": -1})),
            ("fal-ai/kling-video/v2.5-turbo/pro/image-to-video", json!({"prompt": "x", "image_url": "data:image/png;base64,AA==", "duration": "10"})),
            ("fal-ai/ideogram/v3", json!({"prompt": "x", "style_codes": ["0a1b2c3d"], "color_palette": {"name": "EMBER"}})),
            ("fal-ai/esrgan", json!({"image_url": "https://a.example/x.png", "scale": 1.5})),
        ] {
            assert_eq!(faults_of(id, &input), Vec::<Value>::new(), "{id}");
        }
    }

    #[test]
    fn each_fault_names_its_place_and_its_type() {
        for (id, name, value, place, kind) in [
            ("fal-ai/flux/dev", "prompt", json!(7), json!(["body", "prompt"]), "string_type"),
            ("fal-ai/flux/dev", "seed", json!("3"), json!(["body", "seed"]), "int_type"),
            ("fal-ai/flux/dev", "num_images", json!(5), json!(["body", "num_images"]), "less_than_equal"),
            ("fal-ai/flux/dev", "num_images", json!(0), json!(["body", "num_images"]), "greater_than_equal"),
            ("fal-ai/flux/dev", "output_format", json!("jpg"), json!(["body", "output_format"]), "literal_error"),
            ("fal-ai/flux/dev", "image_size", json!("16:9"), json!(["body", "image_size"]), "literal_error"),
            ("fal-ai/flux/dev", "image_size", json!({"width": 1, "height": 9}), json!(["body", "image_size"]), "value_error"),
            ("fal-ai/flux/dev", "sync_mode", json!("yes"), json!(["body", "sync_mode"]), "bool_type"),
            ("fal-ai/flux/dev", "guidance_scale", json!("3.5"), json!(["body", "guidance_scale"]), "float_type"),
            ("fal-ai/flux-pro/v1.1", "safety_tolerance", json!(2), json!(["body", "safety_tolerance"]), "literal_error"),
            ("fal-ai/bytedance/seedance/v1/pro/text-to-video", "duration", json!(5), json!(["body", "duration"]), "literal_error"),
            ("fal-ai/bytedance/seedream/v4.5/text-to-image", "image_size", json!({"width": 1024}), json!(["body", "image_size"]), "value_error"),
            ("fal-ai/ideogram/v3", "image_urls", json!(["file:///etc/passwd"]), json!(["body", "image_urls", 0]), "url_parsing"),
            ("fal-ai/ideogram/v3", "image_urls", json!([]), json!(["body", "image_urls"]), "too_short"),
            ("fal-ai/ideogram/v3", "color_palette", json!("EMBER"), json!(["body", "color_palette"]), "dict_type"),
        ] {
            let mut input = json!({"prompt": "x"});
            input[name] = value;
            let faults = faults_of(id, &input);
            assert_eq!((&faults[0]["loc"], faults[0]["type"].as_str(), faults.len()), (&place, Some(kind), 1), "{id} {name}");
        }
    }

    #[test]
    fn what_is_missing_is_said_at_once() {
        let faults = faults_of("fal-ai/flux-pro/kontext", &json!({}));
        let places: Vec<_> = faults.iter().map(|fault| fault["loc"][1].as_str()).collect();
        assert_eq!((places, &faults[0]["type"]), (vec![Some("prompt"), Some("image_url")], &json!("missing")));
    }
}
