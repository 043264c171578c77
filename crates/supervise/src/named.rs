//! `.named("recv order")`: says where a task waits, for two stores a poll.

use crate::current;
use crate::point;
use pin_project_lite::pin_project;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Every future can be named.
pub trait NamedExt: Future + Sized {
    /// While this future is pending, its task is shown as waiting here, at `name` and this line.
    ///
    /// Nested names: the innermost one shows. A future that is dropped before it is ready takes its name with it.
    #[track_caller]
    fn named(self, name: &'static str) -> Named<Self> {
        let number = point::number(name, Location::caller());
        Named { future: self, at: At { number, since_ns: 0, before: None } }
    }
}
impl<F: Future> NamedExt for F {}

pin_project! {
    /// A future with the name of what it waits for; made by [`NamedExt::named`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless awaited"]
    pub struct Named<F> {
        #[pin]
        future: F,
        at: At,
    }
}

/// Where the future waits; dropping it moves its task back to where it was before.
#[derive(Debug)]
struct At {
    number: u32,
    since_ns: u64,
    /// Where the task was when this was polled first.
    before: Option<(u32, u64)>,
}

impl<F: Future> Future for Named<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let at = this.at;
        match at.before {
            Some(_) => _ = current::move_to(at.number, at.since_ns),
            None => {
                at.since_ns = crate::clock::coarse_ns();
                at.before = Some(current::move_to(at.number, at.since_ns));
            }
        }
        let polled = this.future.poll(cx);
        if polled.is_ready()
            && let Some((number, since_ns)) = at.before.take()
        {
            current::move_to(number, since_ns);
        }
        polled
    }
}

impl Drop for At {
    fn drop(&mut self) {
        // Only where it is still this future's place: in a `select!` another one may have been polled after it.
        if let Some((number, since_ns)) = self.before {
            current::move_back(self.number, number, since_ns);
        }
    }
}
