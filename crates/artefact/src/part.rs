//! Which bytes of an artefact a request asks for: what a server, or a neighbour that gives on what it has, answers by.

use std::ops::Range;

/// What is to be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it: 200.
    Whole,
    /// These bytes: 206.
    Bytes(Range<u64>),
    /// Nothing lies where it was asked for: 416.
    Outside,
}

impl Part {
    /// What `Range` and `If-Range` ask of an artefact with this tag and length. What is not understood, or several ranges at once, asks
    /// for the whole. Source: RFC 9110, 13.1.5 and 14.2.
    pub fn asked(range: Option<&str>, if_range: Option<&str>, etag: &str, length: u64) -> Self {
        let stale = if_range.is_some_and(|said| said.trim() != etag);
        let Some((first, last)) = range.filter(|_| !stale).and_then(one_range) else { return Self::Whole };
        match (first, last) {
            (Some(first), last) => Self::within(first, last.unwrap_or(u64::MAX), length),
            (None, Some(0)) => Self::Outside,
            (None, Some(suffix)) => Self::within(length.saturating_sub(suffix), u64::MAX, length),
            (None, None) => Self::Whole,
        }
    }

    fn within(first: u64, last: u64, length: u64) -> Self {
        match (first < length, first <= last) {
            (_, false) => Self::Whole,
            (false, _) => Self::Outside,
            _ => Self::Bytes(first..last.saturating_add(1).min(length)),
        }
    }
}

/// The one range of `bytes=first-last`, `bytes=first-` or `bytes=-suffix`.
fn one_range(text: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (first, last) = text.trim().strip_prefix("bytes=")?.split_once('-')?;
    let number = |text: &str| match text.trim() {
        "" => Some(None),
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok().map(Some),
        _ => None,
    };
    Some((number(first)?, number(last)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_answered_as_http_says() {
        let asked = |range| Part::asked(Some(range), None, "\"a1\"", 10);
        assert_eq!(asked("bytes=4-"), Part::Bytes(4..10));
        assert_eq!(asked("bytes=4-5"), Part::Bytes(4..6));
        assert_eq!(asked("bytes=4-99"), Part::Bytes(4..10));
        assert_eq!(asked("bytes=-3"), Part::Bytes(7..10));
        assert_eq!(asked("bytes=-99"), Part::Bytes(0..10));
        assert_eq!((asked("bytes=10-"), asked("bytes=-0")), (Part::Outside, Part::Outside));
        for whole in [
            "",
            "bytes=",
            "bytes=-",
            "bytes=5-4",
            "bytes=1-2,4-5",
            "rows=1-2",
            "bytes=+1-2",
            "bytes=99999999999999999999-",
        ] {
            assert_eq!(asked(whole), Part::Whole, "{whole}");
        }
    }

    #[test]
    fn a_range_of_another_version_is_answered_by_the_whole() {
        let asked = |if_range| Part::asked(Some("bytes=4-"), Some(if_range), "\"a1\"", 10);
        assert_eq!(asked("\"a1\""), Part::Bytes(4..10));
        assert_eq!(asked("\"b2\""), Part::Whole);
    }
}
