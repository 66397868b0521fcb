//! A picture from R2 without what it says of itself, as it goes by: a piece at a time is in memory.

use super::{js, net::Chunks, storage};
use crate::domain::picture::strip::Strip;
use worker::{
    Env,
    js_sys::Uint8Array,
    wasm_bindgen::{JsCast as _, JsValue},
    wasm_bindgen_futures::spawn_local,
    web_sys::{ReadableStream, WritableStreamDefaultWriter},
    worker_sys::R2ObjectBody,
};

/// See `Platform::plain`.
pub(super) async fn stream(env: &Env, key: &str, strip: Strip) -> Result<Option<ReadableStream>, JsValue> {
    let object: JsValue = js::wait(storage::bucket(env)?.get(key.to_owned(), JsValue::UNDEFINED)?).await?;
    if object.is_null() {
        return Ok(None);
    }
    let chunks = Chunks::of(&object.unchecked_into::<R2ObjectBody>().body()?);
    let (stream, writer) = js::pipe()?;
    spawn_local(async move {
        // Nobody reads on, or storage broke off: what was sent ends where it is, and the client sees that it is not whole.
        if let Err(error) = write(&chunks, &writer, strip).await {
            chunks.give_up();
            let _ = writer.abort_with_reason(&error);
        }
    });
    Ok(Some(stream))
}

async fn write(chunks: &Chunks, writer: &WritableStreamDefaultWriter, mut strip: Strip) -> Result<(), JsValue> {
    let (mut piece, mut bare) = (Vec::new(), Vec::new());
    while let Some(chunk) = chunks.next().await? {
        piece.resize(chunk.length() as usize, 0);
        chunk.copy_to(&mut piece);
        bare.clear();
        strip.push(&piece, &mut bare);
        if !bare.is_empty() {
            js::wait::<JsValue>(writer.write_with_chunk(&Uint8Array::from(bare.as_slice()))).await?;
        }
    }
    js::wait::<JsValue>(writer.close()).await.map(|_| ())
}
