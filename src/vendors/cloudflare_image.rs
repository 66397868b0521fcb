//! Cloudflare's transformations of pictures: what a fetch of a Worker asks for beside the address (Cloudflare Images, "Transform via Workers").

use serde_json::json;

/// The `cf` of a fetch, as JSON: no wider than that, never enlarged, without movement. The answer is the original where the zone has no transformations.
#[must_use]
pub fn options(width: u32) -> String {
    json!({"image": {"width": width, "fit": "scale-down", "format": "webp", "quality": 82, "anim": false, "metadata": "none"}}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_is_the_documented_one() {
        let asked: serde_json::Value = serde_json::from_str(&options(320)).unwrap();
        assert_eq!(asked["image"]["width"], 320);
        assert_eq!(asked["image"]["fit"], "scale-down");
        assert_eq!(asked["image"]["format"], "webp");
        assert_eq!(asked["image"]["anim"], false);
    }
}
