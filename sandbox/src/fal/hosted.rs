//! The models that the sandbox hosts: their inputs as the vendor's generated types have them, and the shapes of their outputs.

use super::{
    models::{Input, Kind, Model, Role, Shape, Task, input, needed},
    sizes::Sides,
};

const ANY: i64 = i64::MAX;
const PROMPT: Input = needed("prompt", Kind::Text);
const IMAGE_URL: Input = needed("image_url", Kind::Picture(Role::Main));
const SEED: Input = input("seed", Kind::Integer(-1, ANY, -1));
const SYNC: Input = input("sync_mode", Kind::Flag);
const COUNT: Input = input("num_images", Kind::Integer(1, 4, 1));
const CHECKER: Input = input("enable_safety_checker", Kind::Flag);
const ENHANCE: Input = input("enhance_prompt", Kind::Flag);
const GUIDANCE: Input = input("guidance_scale", Kind::Number);
const FLUX_SIZE: Input = input("image_size", Kind::Size("landscape_4_3", Sides::Usual));
const SQUARE: Input = input("image_size", Kind::Size("square_hd", Sides::Usual));
const FLUX_FORMAT: Input = input("output_format", Kind::Choice(&["jpeg", "png"], "jpeg"));
const BANANA_FORMAT: Input = input("output_format", Kind::Choice(&["jpeg", "png", "webp"], "png"));
const LEVELS: &[&str] = &["1", "2", "3", "4", "5", "6"];
const FLUX_LEVEL: Input = input("safety_tolerance", Kind::Choice(LEVELS, "2"));
const BANANA_LEVEL: Input = input("safety_tolerance", Kind::Choice(LEVELS, "4"));
const LIMIT: Input = input("limit_generations", Kind::Flag);
const SECONDS: Input = input("duration", Kind::Choice(&["2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"], "5"));
const SPEED: Input = input("rendering_speed", Kind::Choice(&["TURBO", "BALANCED", "QUALITY"], "BALANCED"));
const ACCELERATION: Input = input("acceleration", Kind::Choice(&["none", "regular", "high"], "none"));

/// The catalogue.
pub(super) const MODELS: &[Model] = &[
    Model {
        id: "fal-ai/flux/dev",
        inputs: &[
            PROMPT,
            FLUX_SIZE,
            input("num_inference_steps", Kind::Integer(1, ANY, 28)),
            GUIDANCE,
            COUNT,
            SEED,
            FLUX_FORMAT,
            CHECKER,
            ACCELERATION,
            SYNC,
        ],
        task: Task::Paint,
        shape: Shape::Flux,
        run_ms: 2_400,
    },
    Model {
        id: "fal-ai/flux/schnell",
        inputs: &[
            PROMPT,
            FLUX_SIZE,
            input("num_inference_steps", Kind::Integer(1, ANY, 4)),
            GUIDANCE,
            COUNT,
            SEED,
            FLUX_FORMAT,
            CHECKER,
            ACCELERATION,
            SYNC,
        ],
        task: Task::Paint,
        shape: Shape::Flux,
        run_ms: 700,
    },
    Model {
        id: "fal-ai/flux-pro/v1.1",
        inputs: &[PROMPT, FLUX_SIZE, COUNT, FLUX_FORMAT, FLUX_LEVEL, ENHANCE, SEED, SYNC],
        task: Task::Paint,
        shape: Shape::Flux,
        run_ms: 3_400,
    },
    Model {
        id: "fal-ai/flux-pro/kontext",
        inputs: &[
            PROMPT,
            IMAGE_URL,
            input("aspect_ratio", Kind::Choice(&["21:9", "16:9", "4:3", "3:2", "1:1", "2:3", "3:4", "9:16", "9:21"], "")),
            GUIDANCE,
            COUNT,
            FLUX_FORMAT,
            FLUX_LEVEL,
            ENHANCE,
            SEED,
            SYNC,
        ],
        task: Task::Paint,
        shape: Shape::Flux,
        run_ms: 5_200,
    },
    Model {
        id: "fal-ai/nano-banana",
        inputs: &[
            PROMPT,
            input("aspect_ratio", Kind::Choice(&["21:9", "16:9", "3:2", "4:3", "5:4", "1:1", "4:5", "3:4", "2:3", "9:16"], "1:1")),
            COUNT,
            BANANA_FORMAT,
            BANANA_LEVEL,
            LIMIT,
            SEED,
            SYNC,
        ],
        task: Task::Paint,
        shape: Shape::Described,
        run_ms: 4_600,
    },
    Model {
        id: "fal-ai/nano-banana/edit",
        inputs: &[
            PROMPT,
            needed("image_urls", Kind::Pictures(Role::Main)),
            input("aspect_ratio", Kind::Choice(&["auto", "21:9", "16:9", "3:2", "4:3", "5:4", "1:1", "4:5", "3:4", "2:3", "9:16"], "auto")),
            COUNT,
            BANANA_FORMAT,
            BANANA_LEVEL,
            LIMIT,
            SEED,
            SYNC,
        ],
        task: Task::Paint,
        shape: Shape::Described,
        run_ms: 5_400,
    },
    Model {
        id: "fal-ai/bytedance/seedream/v4.5/text-to-image",
        inputs: &[
            PROMPT,
            input("image_size", Kind::Size("square_hd", Sides::Large)),
            input("num_images", Kind::Integer(1, 6, 1)),
            input("max_images", Kind::Integer(1, 6, 1)),
            CHECKER,
            SEED,
            SYNC,
        ],
        task: Task::Paint,
        shape: Shape::Seeded,
        run_ms: 6_800,
    },
    Model {
        id: "fal-ai/bytedance/seedance/v1/pro/text-to-video",
        inputs: &[
            PROMPT,
            input("aspect_ratio", Kind::Choice(&["21:9", "16:9", "4:3", "1:1", "3:4", "9:16"], "16:9")),
            input("resolution", Kind::Choice(&["480p", "720p", "1080p"], "1080p")),
            SECONDS,
            input("camera_fixed", Kind::Flag),
            SEED,
            CHECKER,
            input("num_frames", Kind::Integer(1, ANY, 0)),
        ],
        task: Task::Film,
        shape: Shape::SeededVideo,
        run_ms: 42_000,
    },
    Model {
        id: "fal-ai/bytedance/seedream/v4.5/edit",
        inputs: &[
            PROMPT,
            needed("image_urls", Kind::Pictures(Role::Main)),
            input("image_size", Kind::Size("square_hd", Sides::Large)),
            input("num_images", Kind::Integer(1, 6, 1)),
            input("max_images", Kind::Integer(1, 6, 1)),
            CHECKER,
            SEED,
            SYNC,
        ],
        task: Task::Paint,
        shape: Shape::Images,
        run_ms: 7_400,
    },
    Model {
        id: "fal-ai/bytedance/seedance/v1/pro/image-to-video",
        inputs: &[
            PROMPT,
            IMAGE_URL,
            input("end_image_url", Kind::Picture(Role::Last)),
            input("aspect_ratio", Kind::Choice(&["21:9", "16:9", "4:3", "1:1", "3:4", "9:16", "auto"], "auto")),
            input("resolution", Kind::Choice(&["480p", "720p", "1080p"], "720p")),
            SECONDS,
            input("camera_fixed", Kind::Flag),
            SEED,
            CHECKER,
            input("num_frames", Kind::Integer(1, ANY, 0)),
        ],
        task: Task::Film,
        shape: Shape::SeededVideo,
        run_ms: 44_000,
    },
    Model {
        id: "fal-ai/kling-video/v2.5-turbo/pro/image-to-video",
        inputs: &[
            PROMPT,
            IMAGE_URL,
            input("tail_image_url", Kind::Picture(Role::Last)),
            input("duration", Kind::Choice(&["5", "10"], "5")),
            input("negative_prompt", Kind::Text),
            input("cfg_scale", Kind::Number),
        ],
        task: Task::Film,
        shape: Shape::Video,
        run_ms: 90_000,
    },
    Model {
        id: "fal-ai/ideogram/v3",
        inputs: &[
            PROMPT,
            SQUARE,
            SPEED,
            input("style", Kind::Choice(&["AUTO", "GENERAL", "REALISTIC", "DESIGN"], "")),
            input("style_codes", Kind::Texts),
            input("image_urls", Kind::Pictures(Role::Reference)),
            input("color_palette", Kind::Anything),
            input("expand_prompt", Kind::Flag),
            input("negative_prompt", Kind::Text),
            COUNT,
            SEED,
            SYNC,
        ],
        task: Task::Paint,
        shape: Shape::SeededFiles,
        run_ms: 8_000,
    },
    Model {
        id: "fal-ai/ideogram/v3/edit",
        inputs: &[
            PROMPT,
            IMAGE_URL,
            needed("mask_url", Kind::Picture(Role::Mask)),
            SPEED,
            input("style_codes", Kind::Texts),
            input("style_preset", Kind::Text),
            input("image_urls", Kind::Pictures(Role::Reference)),
            input("color_palette", Kind::Anything),
            input("expand_prompt", Kind::Flag),
            COUNT,
            SEED,
            SYNC,
        ],
        task: Task::Paint,
        shape: Shape::SeededFiles,
        run_ms: 8_600,
    },
    Model {
        id: "fal-ai/recraft/v3/text-to-image",
        inputs: &[PROMPT, SQUARE, input("style", Kind::Text), input("style_id", Kind::Text), input("colors", Kind::Anything), CHECKER],
        task: Task::Paint,
        shape: Shape::Files,
        run_ms: 7_200,
    },
    Model {
        id: "fal-ai/esrgan",
        inputs: &[
            IMAGE_URL,
            input("scale", Kind::Number),
            input(
                "model",
                Kind::Choice(
                    &[
                        "RealESRGAN_x4plus",
                        "RealESRGAN_x2plus",
                        "RealESRGAN_x4plus_anime_6B",
                        "RealESRGAN_x4_v3",
                        "RealESRGAN_x4_wdn_v3",
                        "RealESRGAN_x4_anime_v3",
                    ],
                    "RealESRGAN_x4plus",
                ),
            ),
            input("output_format", Kind::Choice(&["png", "jpeg"], "png")),
            input("tile", Kind::Integer(0, ANY, 0)),
            input("face", Kind::Flag),
        ],
        task: Task::Upscale,
        shape: Shape::Single,
        run_ms: 3_000,
    },
    Model {
        id: "fal-ai/birefnet/v2",
        inputs: &[
            IMAGE_URL,
            input(
                "model",
                Kind::Choice(
                    &["General Use (Light)", "General Use (Light 2K)", "General Use (Heavy)", "Matting", "Portrait", "General Use (Dynamic)"],
                    "General Use (Light)",
                ),
            ),
            input("operating_resolution", Kind::Choice(&["1024x1024", "2048x2048", "2304x2304"], "1024x1024")),
            // The vendor writes GIF as well, which the sandbox cannot.
            input("output_format", Kind::Choice(&["webp", "png"], "png")),
            input("refine_foreground", Kind::Flag),
            SYNC,
        ],
        task: Task::CutOut,
        shape: Shape::Single,
        run_ms: 1_800,
    },
];
