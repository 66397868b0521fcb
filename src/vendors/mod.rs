//! Pure codecs, one file per foreign party: build what goes out, read what comes in, verify signatures. No I/O.

pub mod better_auth;
pub mod callback;
pub mod cloudflare_image;
pub mod cookie_cache;
pub mod fal;
pub mod google;
pub mod hosts;
pub mod hrana;
pub mod jwt;
pub mod link_token;
pub mod mail;
pub mod media_url;
pub mod openai;
pub mod password;
pub mod replicate;
pub mod share_link;
pub mod standard_webhooks;
pub mod stripe;
pub mod upload_url;
