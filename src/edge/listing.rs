//! Media storage, leafed through: for the sweep.

use super::{js, storage};
use crate::{
    domain::time::Timestamp,
    platform::{Leaf, Listed},
};
use worker::{Env, wasm_bindgen::JsValue, worker_sys::R2Objects};

/// See `Platform::leaf`.
pub(super) async fn leaf(env: &Env, after: Option<&str>, limit: u32) -> Result<Leaf, JsValue> {
    let mut options = vec![("limit", limit.into())];
    options.extend(after.map(|after| ("startAfter", after.into())));
    let page: R2Objects = js::wait(storage::bucket(env)?.list(js::object(&options).into())?).await?;
    let mut objects = Vec::new();
    for object in page.objects()? {
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds of a Date are whole")]
        let stored_at = Timestamp::from_ms(object.uploaded()?.get_time() as i64);
        objects.push(Listed { key: object.key()?, stored_at });
    }
    Ok(Leaf { objects, more: page.truncated()? })
}
