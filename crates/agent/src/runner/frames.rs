//! What agent and model's process say to each other: JSON, each behind its length, bounded.

use crate::infer::Tensor;
use crate::probe::Probe;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// Largest frame: an inference's largest body, and outputs that are somewhat larger.
const FRAME_BYTES_MAX: u32 = 16 << 20;

/// What a model's process says first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Hello {
    /// The model is loaded.
    Ready {
        /// The probe that came with it.
        probe: Option<Probe>,
    },
    /// It cannot be loaded.
    NotLoaded(String),
}

/// What it answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    /// The outputs.
    Outputs(Vec<Tensor>),
    /// The question is none that the model can be asked.
    Refused(String),
    /// This question was not answered.
    Failed(String),
}

fn length(bytes: u32) -> io::Result<usize> {
    let rule = || {
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!("a frame of {bytes} bytes: at most {FRAME_BYTES_MAX}"),
        )
    };
    if bytes <= FRAME_BYTES_MAX { Ok(bytes as usize) } else { Err(rule()) }
}

fn encode(said: &impl Serialize) -> io::Result<Vec<u8>> {
    let body = serde_json::to_vec(said)?;
    let bytes = u32::try_from(body.len()).unwrap_or(u32::MAX);
    length(bytes)?;
    Ok([&bytes.to_le_bytes()[..], &body].concat())
}

/// Reads one; `None`: the other side has ended. Errors: the system's; too large, or of another shape.
pub(super) fn read<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<Option<T>> {
    let mut head = [0; 4];
    match from.read_exact(&mut head) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let mut body = vec![0; length(u32::from_le_bytes(head))?];
    from.read_exact(&mut body)?;
    Ok(Some(serde_json::from_slice(&body)?))
}

/// Writes one. Errors: the system's; too large.
pub(super) fn write(to: &mut impl Write, said: &impl Serialize) -> io::Result<()> {
    to.write_all(&encode(said)?)?;
    to.flush()
}

/// As [`read`], where the other side may not have ended.
pub(super) async fn receive<T: DeserializeOwned>(from: &mut (impl AsyncRead + Unpin)) -> io::Result<T> {
    let mut head = [0; 4];
    from.read_exact(&mut head).await?;
    let mut body = vec![0; length(u32::from_le_bytes(head))?];
    from.read_exact(&mut body).await?;
    Ok(serde_json::from_slice(&body)?)
}

/// As [`write`].
pub(super) async fn send(to: &mut (impl AsyncWrite + Unpin), said: &impl Serialize) -> io::Result<()> {
    to.write_all(&encode(said)?).await?;
    to.flush().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_comes_back_as_it_was_and_one_that_is_too_large_is_not_read() {
        let mut bytes = Vec::new();
        let said = Answer::Failed("as the script says".into());
        write(&mut bytes, &said).expect("written");
        let mut from = &bytes[..];
        assert_eq!(read::<Answer>(&mut from).expect("read"), Some(said));
        assert_eq!(read::<Answer>(&mut from).expect("the end"), None);
        let huge = (FRAME_BYTES_MAX + 1).to_le_bytes();
        let said = read::<Answer>(&mut &huge[..]).expect_err("too large").to_string();
        assert_eq!(said, "a frame of 16777217 bytes: at most 16777216");
    }
}
