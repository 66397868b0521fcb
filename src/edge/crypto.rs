//! `WebCrypto`: RSA, which would weigh more in the WASM than everything else that signs.

use super::js;
use crate::vendors::google::Jwk;
use worker::{
    js_sys::{self, Array, Uint8Array},
    wasm_bindgen::{JsCast as _, JsValue},
    web_sys::{CryptoKey, WorkerGlobalScope},
};

/// See `Platform::rs256`.
pub(super) async fn rs256(key: &Jwk, message: &[u8], signature: &[u8]) -> Result<bool, JsValue> {
    let subtle = js_sys::global().unchecked_into::<WorkerGlobalScope>().crypto()?.subtle();
    let algorithm = js::object(&[("name", "RSASSA-PKCS1-v1_5".into()), ("hash", "SHA-256".into())]);
    let jwk = js::object(&[("kty", "RSA".into()), ("alg", "RS256".into()), ("n", key.n.as_str().into()), ("e", key.e.as_str().into())]);
    let usages = Array::of1(&"verify".into());
    let key: CryptoKey = js::wait(subtle.import_key_with_object("jwk", &jwk, &algorithm, false, &usages)?).await?;
    let (signature, message) = (Uint8Array::from(signature), Uint8Array::from(message));
    let verdict: JsValue = js::wait(subtle.verify_with_object_and_js_u8_array_and_js_u8_array(&algorithm, &key, &signature, &message)?).await?;
    Ok(verdict.is_truthy())
}
