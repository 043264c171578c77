//! A socket whose HTTP library says nothing without a body: where it refuses a head by an empty answer, a problem goes out.

use super::refused::of_head;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream, and what of an answer of ours it has not taken yet.
#[derive(Debug)]
pub(super) struct Outspoken<S> {
    stream: S,
    instead: Vec<u8>,
}

impl<S: AsyncWrite + Unpin> Outspoken<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, instead: Vec::new() }
    }

    fn poll_instead(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.instead.is_empty() {
            let taken = ready!(Pin::new(&mut self.stream).poll_write(context, &self.instead))?;
            if taken == 0 {
                return Poll::Ready(Err(ErrorKind::WriteZero.into()));
            }
            self.instead.drain(..taken);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Outspoken<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Outspoken<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_instead(context))?;
        match of_head(bytes) {
            None => Pin::new(&mut self.stream).poll_write(context, bytes),
            Some(instead) => {
                // What does not go out now does when the connection is flushed, which it is before it is closed.
                self.instead = instead;
                _ = self.poll_instead(context)?;
                Poll::Ready(Ok(bytes.len()))
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_instead(context))?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_instead(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
