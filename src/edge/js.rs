//! Small helpers around JavaScript's objects.

use worker::{
    js_sys::{self, Array, Function, Object, Promise, Reflect},
    wasm_bindgen::{JsCast, JsValue},
    wasm_bindgen_futures::JsFuture,
    web_sys::{ReadableStream, TransformStream, WritableStreamDefaultWriter},
};

/// A plain object.
pub(super) fn object(fields: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in fields {
        // Setting a field of a plain object of our own cannot fail.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object
}

/// A text field of an object.
pub(super) fn text(object: &JsValue, name: &str) -> Option<String> {
    Reflect::get(object, &name.into()).ok()?.as_string()
}

/// Waits for a promise, and takes what it gives for a `T`.
pub(super) async fn wait<T: JsCast>(promise: Promise) -> Result<T, JsValue> {
    JsFuture::from(promise).await.map(JsCast::unchecked_into)
}

/// A stream, and what writes into it. workerd's own: bytes go through it without a copy, and a write waits for its reader.
pub(super) fn pipe() -> Result<(ReadableStream, WritableStreamDefaultWriter), JsValue> {
    let class: Function = Reflect::get(&js_sys::global(), &"IdentityTransformStream".into())?.dyn_into()?;
    let pipe: TransformStream = Reflect::construct(&class, &Array::new())?.unchecked_into();
    Ok((pipe.readable(), pipe.writable().get_writer()?))
}
