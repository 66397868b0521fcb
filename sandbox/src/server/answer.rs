//! From the state machine's response to bytes on a connection, with everything that may go wrong on the way.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use crate::exchange::{Response, Transfer};

/// How much of an endless body is made at a time.
const CHUNK: &[u8] = &[0; 65_536];

/// A body that may lie about its length.
#[derive(Debug)]
pub struct Answer {
    first: Option<Bytes>,
    zeros_left: u64,
    honest: bool,
    /// hyper drops what it has not flushed when a body ends too early; a pause makes it flush.
    pause: bool,
}

/// The connection is to end without an answer.
#[derive(Debug)]
pub struct Dropped;

impl std::fmt::Display for Dropped {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a lost answer was asked for")
    }
}

impl std::error::Error for Dropped {}

/// The response for hyper.
///
/// # Errors
/// [`Dropped`], upon which hyper closes the connection without a byte.
pub fn answer(response: Response) -> Result<hyper::Response<Answer>, Dropped> {
    let length = response.body.len() as u64;
    let (declared, honest) = match response.transfer {
        Transfer::Whole => (Some(length), true),
        Transfer::Chunked => (None, false),
        Transfer::Truncated { declared } | Transfer::Endless { declared } => (Some(declared), false),
        Transfer::Dropped => return Err(Dropped),
    };
    let zeros_left = match response.transfer {
        Transfer::Endless { declared } => declared.saturating_sub(length),
        Transfer::Whole | Transfer::Chunked | Transfer::Truncated { .. } | Transfer::Dropped => 0,
    };
    let mut builder = hyper::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        builder = builder.header(name, value);
    }
    if let Some(declared) = declared.filter(|_| response.status != 204) {
        builder = builder.header("content-length", declared);
    }
    let first = (!response.body.is_empty()).then(|| Bytes::from(response.body));
    builder.body(Answer { first, zeros_left, honest, pause: !honest }).map_err(|_| Dropped)
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        if std::mem::take(&mut self.pause) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.zeros_left == 0 {
            return Poll::Ready(None);
        }
        let mut zeros = Bytes::from_static(CHUNK);
        zeros.truncate(usize::try_from(self.zeros_left).unwrap_or(CHUNK.len()));
        self.zeros_left -= zeros.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(zeros))))
    }

    fn is_end_stream(&self) -> bool {
        self.honest && self.first.is_none() && self.zeros_left == 0
    }

    fn size_hint(&self) -> SizeHint {
        // hyper compares an exact hint with `content-length`; a lie needs none.
        match &self.first {
            _ if !self.honest => SizeHint::default(),
            Some(first) => SizeHint::with_exact(first.len() as u64),
            None => SizeHint::with_exact(0),
        }
    }
}
