//! JavaScript's `Request` → ours; our response → JavaScript's `Response`.

use super::{
    js,
    net::{Chunks, Read, length},
    platform::Edge,
};
use crate::{
    http::{Body, BodyRules, Method, Payload, Request, Response, body_rules},
    platform::Platform as _,
    usecases::room::{self, Room},
};
use std::collections::BTreeMap;
use worker::{
    js_sys::{Array, Reflect, Uint8Array, try_iter},
    wasm_bindgen::{JsCast as _, JsValue},
    web_sys::{self, Headers, ReadableStream, ResponseInit},
};

/// Reads a request, and no more of its body than is allowed. What it took of the isolate's memory is for [`Platform::leave_room`], once it is answered.
pub(super) async fn read(edge: &Edge, request: &web_sys::Request) -> Result<(Request, Option<u64>), JsValue> {
    // `url()` is absolute and normalised by the runtime; cutting it by hand saves a URL parser.
    let url = request.url();
    let after_scheme = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    let target = after_scheme.find('/').and_then(|slash| after_scheme.get(slash..)).unwrap_or("/");
    let target = target.split('#').next().unwrap_or("/");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut headers = BTreeMap::new();
    for entry in try_iter(&request.headers())?.into_iter().flatten() {
        let pair: Array = entry?.unchecked_into();
        if let (Some(name), Some(value)) = (pair.get(0).as_string(), pair.get(1).as_string()) {
            headers.insert(name, value);
        }
    }
    // Where the edge's address book has the client. Headers of these names that a client sends count for nothing.
    let place = Reflect::get(request, &"cf".into()).unwrap_or_default();
    for (name, field) in [("cf-ipcountry", "country"), ("cf-ipcity", "city")] {
        if place.is_object() {
            headers.remove(name);
            headers.extend(js::text(&place, field).map(|text| (name.to_owned(), text)));
        }
    }
    let (method, length) = (Method::from_name(&request.method()), length(&request.headers()));
    let rules = body_rules(edge.settings(), edge.now(), method, path, length);
    let (body, ticket) = match request.body() {
        None => (Body::Bytes(Vec::new()), None),
        Some(_) if length.is_some_and(|length| length > rules.bytes_max as u64) => (Body::TooLarge, None),
        Some(body) => match rules.room {
            None => (Chunks::of(&body).read_all(rules.bytes_max).await?.map_or(Body::TooLarge, Body::Bytes), None),
            Some(bytes) => large(edge, &body, length, &rules, bytes).await?,
        },
    };
    Ok((Request { method, path: path.to_owned(), query: query.to_owned(), headers, body }, ticket))
}

/// Reads a body that memory is taken for first.
async fn large(edge: &Edge, body: &ReadableStream, length: Option<u64>, rules: &BodyRules, room: u64) -> Result<(Body, Option<u64>), JsValue> {
    let Ok(Room::Taken(ticket)) = room::wait(edge, None, room).await else { return Ok((Body::NoRoom, None)) };
    let expected = length.and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
    match Chunks::of(body).read_slowly(rules.bytes_max, expected, || edge.now(), edge.now().plus_ms(rules.ms_max)).await {
        Ok(Read::All(bytes)) => Ok((Body::Bytes(bytes), Some(ticket))),
        Ok(Read::TooMuch) => Ok((Body::TooLarge, Some(ticket))),
        Ok(Read::TooLate) => Ok((Body::TooSlow, Some(ticket))),
        Err(broken_off) => {
            edge.leave_room(ticket);
            Err(broken_off)
        }
    }
}

/// Writes a response. Media go out as the object that storage gave.
pub(super) fn write(response: Response<ReadableStream>) -> worker::Result<web_sys::Response> {
    let headers = Headers::new()?;
    for (name, value) in &response.headers {
        headers.append(name, value)?;
    }
    let init = ResponseInit::new();
    init.set_status(response.status);
    init.set_headers(&headers);
    let written = match response.body {
        // A feed that is handed on has an answer of its own.
        Payload::Empty | Payload::Feed(_) => web_sys::Response::new_with_opt_str_and_init(None, &init),
        Payload::Bytes(bytes) => web_sys::Response::new_with_opt_js_u8_array_and_init(Some(&Uint8Array::from(bytes.as_slice())), &init),
        Payload::Fixed(bytes) => web_sys::Response::new_with_opt_js_u8_array_and_init(Some(&Uint8Array::from(bytes)), &init),
        Payload::Media(stream) => web_sys::Response::new_with_opt_readable_stream_and_init(Some(&stream), &init),
    };
    Ok(written?)
}
