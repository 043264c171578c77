//! One connection: requests as they were rendered, answers read as far as they matter. Who sends so costs little beside who answers.

use crate::answers::Answer;
use anyhow::{Context as _, bail};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufStream};
use tokio::net::TcpStream;

/// An open connection.
pub struct Lane(BufStream<TcpStream>);

impl Lane {
    /// Errors: nobody answers there.
    pub async fn connect(address: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("connecting to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self(BufStream::new(stream)))
    }

    /// Sends a request and reads its answer. Errors: the connection is over.
    pub async fn ask(&mut self, request: &[u8]) -> anyhow::Result<Answer> {
        self.0.write_all(request).await?;
        self.0.flush().await?;
        let (mut status, mut length, mut retry_after) = (None, 0, false);
        let mut line = String::new();
        loop {
            line.clear();
            if self.0.read_line(&mut line).await? == 0 {
                bail!("the server closed the connection");
            }
            let said = line.trim_end();
            if said.is_empty() {
                break;
            }
            match said.split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.parse()?
                }
                Some((name, _)) if name.eq_ignore_ascii_case("retry-after") => retry_after = true,
                Some(_) => {}
                None => status = said.split(' ').nth(1).and_then(|code| code.parse().ok()),
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await?;
        Ok(Answer::of(status.context("an answer without a status")?, retry_after))
    }
}
