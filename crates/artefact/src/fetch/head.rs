//! What the head of an answer means. Nothing is believed because it came: an answer says which bytes of what it carries, or it carries
//! nothing of use.

use std::ops::Range;

/// Media type of an artefact's bytes.
const BYTES: &str = "application/octet-stream";

/// The head of an answer, as HTTP gives it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Head<'a> {
    /// Its status.
    pub status: u16,
    /// `Content-Range`.
    pub content_range: Option<&'a str>,
    /// `ETag`.
    pub etag: Option<&'a str>,
    /// `Content-Type`.
    pub content_type: Option<&'a str>,
    /// `Content-Length`.
    pub content_length: Option<u64>,
    /// `Retry-After`, in seconds.
    pub retry_after_s: Option<u64>,
}

/// What an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Bytes of the artefact from here on.
    Bytes(u64),
    /// Of something else under its name, or of another version of it.
    Another,
    /// Part of something, and which part is not said.
    NoRange,
    /// That there is nothing where it was asked for.
    NotThere,
    /// That nothing has changed, which was not the question.
    NotModified,
    /// A page of somebody in between: a log-in page of the network.
    Stranger,
    /// That it is not known there.
    Unknown,
    /// That it is not for whoever asks.
    Refused,
    /// Nothing for now.
    Later(Option<u64>),
}

impl Head<'_> {
    /// What it means to somebody who wants an artefact of that name and length.
    pub(super) fn meaning(&self, etag: &str, length: u64) -> Meaning {
        match self.status {
            206 => self.part(etag, length),
            200 => self.whole(etag, length),
            304 => Meaning::NotModified,
            416 => Meaning::NotThere,
            404 | 410 => Meaning::Unknown,
            401 | 403 => Meaning::Refused,
            300..=399 => Meaning::Stranger,
            _ => Meaning::Later(self.retry_after_s),
        }
    }

    fn part(&self, etag: &str, length: u64) -> Meaning {
        // A part without a tag is judged by its chunks; one with another tag says itself that it is of something else.
        if self.etag.is_some_and(|said| said != etag) {
            return Meaning::Another;
        }
        match self.content_range.and_then(content_range) {
            None => Meaning::NoRange,
            Some((_, Some(total))) if total != length => Meaning::Another,
            Some((range, _)) if range.end > length => Meaning::Another,
            Some((range, _)) => Meaning::Bytes(range.start),
        }
    }

    fn whole(&self, etag: &str, length: u64) -> Meaning {
        let bytes = self
            .content_type
            .is_none_or(|said| said.split(';').next().is_some_and(|kind| kind.trim() == BYTES));
        match self.etag {
            // Anybody in between can say 200.
            _ if !bytes => Meaning::Stranger,
            None => Meaning::Stranger,
            Some(said) if said != etag => Meaning::Another,
            Some(_) if self.content_length.is_some_and(|said| said != length) => Meaning::Another,
            Some(_) => Meaning::Bytes(0),
        }
    }
}

/// The bytes that a `Content-Range` speaks of, and of how many. `None`: it speaks of none. Source: RFC 9110, 14.4.
fn content_range(text: &str) -> Option<(Range<u64>, Option<u64>)> {
    let (range, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last): (u64, u64) = (digits(first)?, digits(last)?);
    let total = if total == "*" { None } else { Some(digits(total)?) };
    let end = last.checked_add(1)?;
    let sound = first <= last && total.is_none_or(|total| end <= total);
    sound.then_some((first..end, total))
}

/// A number of digits alone: `+5` is none.
fn digits(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_as_written_or_not_at_all() {
        assert_eq!(content_range("bytes 0-9/10"), Some((0..10, Some(10))));
        assert_eq!(content_range("bytes 5-9/*"), Some((5..10, None)));
        let max = format!("bytes 0-{}/*", u64::MAX);
        for wrong in [
            "",
            "bytes */10",
            "bytes 9-5/10",
            "bytes 0-10/10",
            "bytes +0-9/10",
            "0-9/10",
            "bytes 0-/10",
            &max,
        ] {
            assert_eq!(content_range(wrong), None, "{wrong}");
        }
    }
}
