//! What workerd computes better than we would: RSA by `WebCrypto`, which would weigh more in the WASM than everything else that signs, and
//! scrypt by `node:crypto`, which is native.

use super::js;
use crate::vendors::google::Jwk;
use worker::{
    js_sys::{self, Array, Function, Reflect, Uint8Array},
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

/// See `Platform::ed25519`.
pub(super) async fn ed25519(key: &[u8], message: &[u8], signature: &[u8]) -> Result<bool, JsValue> {
    let subtle = js_sys::global().unchecked_into::<WorkerGlobalScope>().crypto()?.subtle();
    let usages = Array::of1(&"verify".into());
    let key: CryptoKey = js::wait(subtle.import_key_with_str("raw", &Uint8Array::from(key), "Ed25519", false, &usages)?).await?;
    let (signature, message) = (Uint8Array::from(signature), Uint8Array::from(message));
    let verdict: JsValue = js::wait(subtle.verify_with_str_and_js_u8_array_and_js_u8_array("Ed25519", &key, &signature, &message)?).await?;
    Ok(verdict.is_truthy())
}

/// better-auth's parameters of scrypt (contract, section 3.1), and a little more memory than 128·N·r.
const SCRYPT: [(&str, u32); 4] = [("N", 16_384), ("r", 16), ("p", 1), ("maxmem", 64 * 1024 * 1024)];
const KEY_BYTES: u32 = 64;

/// workerd's `node:crypto`, which is there with the compatibility flag `nodejs_compat`.
fn node_crypto() -> Result<JsValue, JsValue> {
    let process = Reflect::get(&js_sys::global(), &"process".into())?;
    let builtin: Function = Reflect::get(&process, &"getBuiltinModule".into())?.dyn_into()?;
    builtin.call1(&process, &"node:crypto".into())
}

/// True if [`scrypt`] can be had.
pub(super) fn has_scrypt() -> bool {
    node_crypto().and_then(|crypto| Reflect::get(&crypto, &"scryptSync".into())).is_ok_and(|scrypt| scrypt.is_function())
}

/// See `Platform::scrypt`.
pub(super) fn scrypt(password: &[u8], salt: &[u8]) -> Result<[u8; 64], JsValue> {
    let crypto = node_crypto()?;
    let scrypt: Function = Reflect::get(&crypto, &"scryptSync".into())?.dyn_into()?;
    let options = js::object(&SCRYPT.map(|(name, value)| (name, value.into())));
    let arguments = Array::of4(&Uint8Array::from(password), &Uint8Array::from(salt), &KEY_BYTES.into(), &options);
    let bytes = Uint8Array::new(&scrypt.apply(&crypto, &arguments)?).to_vec();
    bytes.try_into().map_err(|_| JsValue::from("a key of another length"))
}
