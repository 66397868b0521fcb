//! An archive of files in R2, written while the client reads it: a piece at a time is in memory, and none is fetched before there is room for it.

use super::{js, net::Chunks, storage};
use crate::domain::{
    bundle::{Bundle, NOTE},
    zip::{Archive, TooLarge},
};
use worker::{
    Env,
    js_sys::Uint8Array,
    wasm_bindgen::{JsCast as _, JsValue},
    wasm_bindgen_futures::spawn_local,
    web_sys::{ReadableStream, WritableStreamDefaultWriter},
    worker_sys::{R2Bucket, R2ObjectBody},
};

/// The archive's bytes, as they will come.
pub(super) fn stream(env: &Env, bundle: Bundle) -> Result<ReadableStream, JsValue> {
    let bucket = storage::bucket(env)?;
    let (stream, writer) = js::pipe()?;
    spawn_local(async move {
        // Nobody reads on, or storage broke off in the middle of a file: the download ends where it is, and the client sees that it is not whole.
        if let Err(error) = write(&bucket, &writer, &bundle).await {
            let _ = writer.abort_with_reason(&error);
        }
    });
    Ok(stream)
}

async fn write(bucket: &R2Bucket, writer: &WritableStreamDefaultWriter, bundle: &Bundle) -> Result<(), JsValue> {
    let too_large = |TooLarge| JsValue::from("too large");
    let (mut archive, mut gone, mut piece) = (Archive::default(), Vec::new(), Vec::new());
    for file in &bundle.files {
        let object: JsValue = js::wait(bucket.get(file.media_key.clone(), JsValue::UNDEFINED)?).await?;
        if object.is_null() {
            gone.push(file.name.as_str());
            continue;
        }
        let object: R2ObjectBody = object.unchecked_into();
        let chunks = Chunks::of(&object.body()?);
        send(writer, &archive.begin(&file.name, file.at).map_err(too_large)?).await?;
        while let Some(chunk) = chunks.next().await? {
            piece.resize(chunk.length() as usize, 0);
            chunk.copy_to(&mut piece);
            archive.add(&piece);
            if let Err(error) = js::wait::<JsValue>(writer.write_with_chunk(&chunk)).await {
                chunks.give_up();
                return Err(error);
            }
        }
        send(writer, &archive.end().map_err(too_large)?).await?;
    }
    if let Some(note) = bundle.note(&gone) {
        send(writer, &archive.file(NOTE, super::platform::now(), note.as_bytes()).map_err(too_large)?).await?;
    }
    send(writer, &archive.close().map_err(too_large)?).await?;
    js::wait::<JsValue>(writer.close()).await.map(|_| ())
}

async fn send(writer: &WritableStreamDefaultWriter, bytes: &[u8]) -> Result<(), JsValue> {
    js::wait::<JsValue>(writer.write_with_chunk(&Uint8Array::from(bytes))).await.map(|_| ())
}
