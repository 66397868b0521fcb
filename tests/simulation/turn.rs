//! Where the scheduler may turn elsewhere.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

/// Waits once: the scheduler's turn.
pub struct Turn(bool);

impl Future for Turn {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

pub fn turn() -> Turn {
    Turn(false)
}
