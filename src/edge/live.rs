//! A user's feed: a Durable Object that holds the user's connections and what they were told lately. Between messages it sleeps, and they stay open. What it keeps and for how
//! long, and what is new, `domain::live` decides.

use super::{js, platform};
use crate::{
    domain::live::{Event, Feed, SOCKETS_MAX, closing, is_aged},
    http::Listening,
};
use worker::{
    Env,
    js_sys::{Date, Object, Promise, Reflect},
    wasm_bindgen::{JsCast as _, JsValue, prelude::wasm_bindgen},
    web_sys::{Request, RequestInit, Response, ResponseInit, WebSocket},
    worker_sys::{DurableObject, DurableObjectNamespace, DurableObjectState, WebSocketPair, WebSocketRequestResponsePair, ext::WebSocketExt as _},
};

/// Where feeds are asked. Only this Worker reaches them, whatever their address says.
const HOST: &str = "https://live/";
/// The one name in a feed's storage.
const KEY: &str = "feed";

/// The binding, if the deployment has one.
fn namespace(env: &Env) -> Option<DurableObjectNamespace> {
    Reflect::get(env, &"LIVE".into()).ok().filter(JsValue::is_object).map(JsValue::unchecked_into)
}

/// See `Platform::is_live`.
pub(super) fn is_live(env: &Env) -> bool {
    namespace(env).is_some()
}

fn feed(env: &Env, user: &str) -> Result<DurableObject, JsValue> {
    namespace(env).ok_or(JsValue::UNDEFINED)?.get_by_name(user)
}

/// Hands a connection on to the user's feed.
pub(super) async fn connect(env: &Env, listening: &Listening) -> Result<Response, JsValue> {
    let init = RequestInit::new();
    init.set_headers(&js::object(&[("upgrade", "websocket".into())]));
    let after = listening.after.map(|after| format!("?{after}")).unwrap_or_default();
    let request = Request::new_with_str_and_init(&format!("{HOST}listen{after}"), &init)?;
    js::wait(feed(env, &listening.user)?.fetch_with_request(&request)?).await
}

/// Asks a feed for something; once more if it did not answer, since doing it twice is doing it once.
pub(super) async fn ask(env: &Env, user: &str, what: &str) {
    for _ in 0..2 {
        let asked = async { js::wait::<Response>(feed(env, user)?.fetch_with_str(&format!("{HOST}{what}"))?).await };
        if asked.await.is_ok_and(|answer| answer.ok()) {
            return;
        }
    }
    platform::log("live.lost", &[]);
}

/// One user's.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Live {
    state: DurableObjectState,
}

#[wasm_bindgen]
impl Live {
    /// Made whenever something comes and it is not in memory. That a page is still there is asked and answered without it.
    #[wasm_bindgen(constructor)]
    pub fn new(state: DurableObjectState, _env: JsValue) -> Result<Live, JsValue> {
        state.set_websocket_auto_response(&WebSocketRequestResponsePair::new("ping", "pong")?)?;
        Ok(Self { state })
    }

    /// A request of the Worker's own.
    pub async fn fetch(&self, request: Request) -> Result<Response, JsValue> {
        let url = request.url();
        let asked = url.strip_prefix(HOST).unwrap_or_default();
        match asked.split_once('?').unwrap_or((asked, "")) {
            ("listen", after) => return self.listen(after.parse().ok()).await,
            ("tell", event) => self.tell(event).await?,
            ("hang-up", _) => self.close(closing::ENDED, |_| true),
            _ => {}
        }
        Response::new()
    }

    /// Sweeps: what is too old goes; when nothing is left, nothing stays.
    pub async fn alarm(&self) -> Result<(), JsValue> {
        let now = platform::now();
        self.close(closing::AGED, |opened| is_aged(opened, now));
        let mut feed = self.load().await?;
        feed.forget(now);
        let Some(next) = feed.next_sweep(self.listening_since(), now) else {
            return js::wait::<JsValue>(self.state.storage()?.delete_all()?).await.map(|_| ());
        };
        if feed.is_empty(now) {
            js::wait::<JsValue>(self.state.storage()?.delete(KEY)?).await?;
        } else {
            js::wait::<JsValue>(self.keep(&feed)?).await?;
        }
        js::wait::<JsValue>(self.set_alarm(next.ms())?).await.map(|_| ())
    }

    /// Pages send nothing but what is answered without us.
    #[wasm_bindgen(js_name = webSocketMessage)]
    #[expect(clippy::needless_pass_by_value, clippy::unused_self, reason = "how the runtime calls it")]
    pub fn web_socket_message(&self, socket: WebSocket, _message: JsValue) {
        let _ = socket.close_with_code(closing::REFUSED);
    }

    /// The other side has closed, or was lost. The runtime answers for us.
    #[wasm_bindgen(js_name = webSocketClose)]
    #[expect(clippy::needless_pass_by_value, clippy::unused_self, reason = "how the runtime calls it")]
    pub fn web_socket_close(&self, socket: WebSocket) {
        let _ = socket.close();
    }

    async fn load(&self) -> Result<Feed, JsValue> {
        let text: JsValue = js::wait(self.state.storage()?.get(KEY)?).await?;
        Ok(Feed::read(text.as_string().as_deref(), platform::now()))
    }

    fn keep(&self, feed: &Feed) -> Result<Promise, JsValue> {
        self.state.storage()?.put(KEY, feed.write().into())
    }

    #[expect(clippy::cast_precision_loss, reason = "milliseconds are far below 2^53")]
    fn set_alarm(&self, ms: i64) -> Result<Promise, JsValue> {
        self.state.storage()?.set_alarm(Date::new(&(ms as f64).into()), Object::new())
    }

    /// Sees to it that this feed is swept, unless it will be already.
    async fn mind(&self, feed: &Feed) -> Result<(), JsValue> {
        let set: JsValue = js::wait(self.state.storage()?.get_alarm(Object::new())?).await?;
        match feed.next_sweep(self.listening_since(), platform::now()) {
            Some(next) if set.is_null() => js::wait::<JsValue>(self.set_alarm(next.ms())?).await.map(|_| ()),
            _ => Ok(()),
        }
    }

    async fn listen(&self, after: Option<i64>) -> Result<Response, JsValue> {
        let mut sockets = self.sockets();
        while sockets.len() >= SOCKETS_MAX {
            let oldest = sockets.iter().enumerate().min_by_key(|(_, (_, opened))| *opened).map_or(0, |(i, _)| i);
            let _ = sockets.swap_remove(oldest).0.close_with_code(closing::CROWDED);
        }
        let feed = self.load().await?;
        // From here on nothing waits: what is told next comes after what was missed.
        let now = platform::now();
        let mut pair = WebSocketPair::new()?;
        let (client, server) = (pair.client()?, pair.server()?);
        server.serialize_attachment(now.ms().to_string().into())?;
        self.state.accept_websocket(&server)?;
        let (missed, hello) = feed.missed(after, now);
        for told in missed {
            server.send_with_str(&told.message())?;
        }
        server.send_with_str(&hello.message())?;
        self.mind(&feed).await?;
        let init = ResponseInit::new();
        init.set_status(101);
        Reflect::set(&init, &"webSocket".into(), &client)?;
        Response::new_with_opt_str_and_init(None, &init)
    }

    async fn tell(&self, event: &str) -> Result<(), JsValue> {
        let Some(event) = Event::read(event) else { return Ok(()) };
        let mut feed = self.load().await?;
        let now = platform::now();
        let Some(told) = feed.take(&event, now) else { return Ok(()) };
        let message = told.message();
        // Before anybody is told: the runtime holds messages back until what was put is stored, so that no crash takes back what was told.
        let kept = self.keep(&feed)?;
        // Nobody is told anything whose session was asked for longer ago.
        self.close(closing::AGED, |opened| is_aged(opened, now));
        for (socket, _) in self.sockets() {
            // One that cannot be written to is about to be closed.
            let _ = socket.send_with_str(&message);
        }
        js::wait::<JsValue>(kept).await?;
        self.mind(&feed).await
    }

    /// The open connections, and when each was opened.
    fn sockets(&self) -> Vec<(WebSocket, i64)> {
        let sockets = self.state.get_websockets().unwrap_or_default().into_iter().filter(|socket| socket.ready_state() == WebSocket::OPEN);
        // A time that cannot be read is long ago.
        let opened = |socket: &WebSocket| socket.deserialize_attachment().ok()?.as_string()?.parse().ok();
        sockets.map(|socket| (opened(&socket).unwrap_or(0), socket)).map(|(opened, socket)| (socket, opened)).collect()
    }

    fn listening_since(&self) -> Option<i64> {
        self.sockets().iter().map(|(_, opened)| *opened).min()
    }

    fn close(&self, code: u16, which: impl Fn(i64) -> bool) {
        for (socket, _) in self.sockets().into_iter().filter(|(_, opened)| which(*opened)) {
            let _ = socket.close_with_code(code);
        }
    }
}
