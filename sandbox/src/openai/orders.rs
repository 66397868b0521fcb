//! From parameters to an order, or to what the vendor says is wrong with them.

use std::sync::Arc;

use super::{
    faults::Fault,
    fields::{Fields, Upload},
    models::{self, Model, STANDARD, Sizes},
};
use crate::picture::{Format, Source};

/// Characters of a prompt.
const PROMPT_MAX: usize = 32_000;
/// Pictures in one answer.
const COUNT_MAX: i64 = 10;
/// Pictures to edit.
const IMAGES_MAX: usize = 16;
const IMAGE_BYTES_MAX: usize = 50 * 1_024 * 1_024;
const MASK_BYTES_MAX: usize = 4 * 1_024 * 1_024;

const MEDIA_TYPES: [&str; 3] = ["image/jpeg", "image/png", "image/webp"];
const FORMATS: &[&str] = &["png", "webp", "jpeg"];
const BACKGROUNDS: &[&str] = &["transparent", "opaque", "auto"];
const WAYS: &[&str] = &["url", "b64_json"];

/// What both endpoints take.
const KNOWN: [&str; 18] = [
    "prompt",
    "background",
    "complexity",
    "frame_count",
    "frame_duration_ms",
    "model",
    "n",
    "output_compression",
    "output_format",
    "partial_images",
    "quality",
    "response_format",
    "safety_identifier",
    "size",
    "stream",
    "style",
    "svg",
    "user",
];

/// What is to be made.
#[derive(Debug)]
pub(super) struct Order {
    pub model: &'static Model,
    pub prompt: String,
    pub count: u32,
    pub size: (u32, u32),
    /// `auto` is decided.
    pub quality: &'static str,
    pub format: Format,
    /// For JPEG, 0 to 100.
    pub compression: u8,
    pub transparent: bool,
    /// With addresses in place of base64.
    pub by_url: bool,
    /// What is edited first, then what is looked at.
    pub sources: Vec<Arc<[u8]>>,
    pub mask: Option<Arc<[u8]>>,
}

/// Reads an order.
pub(super) fn read(fields: &Fields, edit: bool) -> Result<Order, Fault> {
    if let Some(unknown) = fields.unknown(&KNOWN, if edit { "input_fidelity" } else { "moderation" }) {
        return Err(unknown);
    }
    let missing = |name: &str| Fault::of(name, "missing_required_parameter", format!("Missing required parameter: '{name}'."));
    let name = fields.text("model")?.ok_or_else(|| missing("model"))?;
    let model = models::find(name).ok_or_else(|| Fault::no_such_model(name))?;
    let prompt = fields.text("prompt")?.filter(|prompt| !prompt.is_empty()).ok_or_else(|| missing("prompt"))?;
    let length = prompt.chars().count();
    if length > PROMPT_MAX {
        let message = format!(
            "Invalid 'prompt': string too long. Expected a string with maximum length {PROMPT_MAX}, but got a string with length {length} instead."
        );
        return Err(Fault::of("prompt", "string_above_max_length", message));
    }
    if !model.by_url {
        for name in ["response_format", "style"] {
            if fields.text(name)?.is_some() {
                return Err(Fault::of(name, "unknown_parameter", format!("Unknown parameter: '{name}'.")));
            }
        }
    }
    unsupported_here(fields)?;
    fields.choice("moderation", &["low", "auto"])?;
    fidelity(fields, model)?;
    let sources = sources(&fields.images)?;
    if edit && sources.is_empty() {
        return Err(missing("image"));
    }
    let first = sources.first().map(|(_, size)| *size);
    let mask = fields.mask.as_ref().map(|mask| mask_of(mask, first.unwrap_or_default())).transpose()?;
    let format = match fields.choice("output_format", FORMATS)? {
        Some("webp") => Format::Webp,
        Some("jpeg") => Format::Jpg,
        _ => Format::Png,
    };
    let transparent = fields.choice("background", BACKGROUNDS)? == Some("transparent");
    if transparent && format == Format::Jpg {
        let message = "Transparent background is not supported for JPEG output format.".to_owned();
        return Err(Fault::of("background", "invalid_value", message));
    }
    let compression = fields.integer("output_compression", 0, 100)?.and_then(|compression| u8::try_from(compression).ok()).unwrap_or(100);
    if compression < 100 && format == Format::Png {
        let message = "Compression less than 100 is not supported for PNG output format.".to_owned();
        return Err(Fault::of("output_compression", "invalid_value", message));
    }
    Ok(Order {
        model,
        prompt: prompt.to_owned(),
        count: fields.integer("n", 1, COUNT_MAX)?.and_then(|count| u32::try_from(count).ok()).unwrap_or(1),
        size: size(fields, model, first)?,
        quality: match fields.choice("quality", model.qualities)? {
            // What the vendor decides is not documented.
            None | Some("auto" | "standard") => "medium",
            Some("hd") => "high",
            Some(quality) => quality,
        },
        format,
        compression,
        transparent,
        by_url: model.by_url && fields.choice("response_format", WAYS)? != Some("b64_json"),
        sources: sources.into_iter().map(|(bytes, _)| bytes).collect(),
        mask,
    })
}

/// What the vendor has and the sandbox has not.
fn unsupported_here(fields: &Fields) -> Result<(), Fault> {
    if fields.flag("stream")? == Some(true) {
        return Err(Fault::of("stream", "invalid_value", "Invalid value: the sandbox streams no pictures.".to_owned()));
    }
    fields.integer("partial_images", 0, 0)?;
    Ok(())
}

fn fidelity(fields: &Fields, model: &Model) -> Result<(), Fault> {
    match fields.text("input_fidelity")? {
        Some(_) if model.fidelities.is_empty() => {
            let message = format!("The model '{}' does not support the 'input_fidelity' parameter.", model.id);
            Err(Fault::of("input_fidelity", "invalid_input_fidelity_model", message))
        }
        _ => fields.choice("input_fidelity", model.fidelities).map(drop),
    }
}

fn size(fields: &Fields, model: &Model, source: Option<(u32, u32)>) -> Result<(u32, u32), Fault> {
    match fields.text("size")? {
        None | Some("auto") => Ok(match (source, model.sizes) {
            (None, _) => (1_024, 1_024),
            (Some((width, height)), Sizes::Free) => (width.clamp(64, 4_096), height.clamp(64, 4_096)),
            (Some(source), _) => nearest(source),
        }),
        Some(name) => model.size(name).ok_or_else(|| Fault::unsupported("size", name, &["1024x1024", "1024x1536", "1536x1024", "auto"])),
    }
}

/// The standard size whose shape is the most like that of a source.
fn nearest((width, height): (u32, u32)) -> (u32, u32) {
    let (_, across, down) = match (u64::from(width) * 4, u64::from(height) * 4) {
        // Half way between 1:1 and 3:2.
        (wide, tall) if wide > tall * 5 / 4 => STANDARD[1],
        (wide, tall) if tall > wide * 5 / 4 => STANDARD[2],
        _ => STANDARD[0],
    };
    (across, down)
}

/// A picture and its size in pixels.
type Sized = (Arc<[u8]>, (u32, u32));

fn sources(images: &[Upload]) -> Result<Vec<Sized>, Fault> {
    if images.len() > IMAGES_MAX {
        let message = format!(
            "Invalid 'image': array too long. Expected an array with maximum length {IMAGES_MAX}, but got an array with length {} instead.",
            images.len()
        );
        return Err(Fault::of("image", "array_above_max_length", message));
    }
    let source = |(place, image): (usize, &Upload)| {
        let param = &image.param;
        let Some(media_type) = &image.media_type else {
            let message = format!(
                "Invalid file '{param}': failed to determine mimetype. Ensure you are providing the file's mimetype as part of the 'Content-Type' header."
            );
            return Err(Fault::of(param, "missing_file_mimetype", message));
        };
        if !MEDIA_TYPES.contains(&media_type.as_str()) {
            let message = format!(
                "Invalid file '{param}': unsupported mimetype ('{media_type}'). Supported file formats are 'image/jpeg', 'image/png', and 'image/webp'."
            );
            return Err(Fault::of(param, "unsupported_file_mimetype", message));
        }
        if image.bytes.len() >= IMAGE_BYTES_MAX {
            return Err(Fault::of(param, "invalid_value", format!("Invalid file '{param}': each image must be less than 50MB.")));
        }
        let size = Source::read(&image.bytes).map(|source| source.size()).map_err(|_| {
            let message = format!("Invalid image file or mode for image {place}, please check your image file.");
            Fault::of_images(None, "invalid_image_file", message)
        })?;
        Ok((Arc::from(image.bytes.as_slice()), size))
    };
    images.iter().enumerate().map(source).collect()
}

fn mask_of(mask: &Upload, size: (u32, u32)) -> Result<Arc<[u8]>, Fault> {
    let wrong = |what: &str| Fault::of_images(None, "invalid_mask_image_format", format!("Invalid mask image format - {what}"));
    if mask.bytes.len() >= MASK_BYTES_MAX {
        return Err(wrong("mask image must be less than 4MB"));
    }
    if !mask.bytes.starts_with(b"\x89PNG") {
        return Err(wrong("mask image must be a PNG file"));
    }
    let source = Source::read(&mask.bytes).map_err(|_| wrong("mask image cannot be read"))?;
    if source.size() != size {
        return Err(wrong("mask size does not match image size"));
    }
    if source.is_opaque() {
        // It has no alpha channel, or one that says nothing.
        return Err(wrong("mask image missing alpha channel"));
    }
    Ok(Arc::from(mask.bytes.as_slice()))
}
