//! Times of rides, mostly local and without an offset, as trip files have them: of the readings that do not run backwards the shortest, unless a
//! duration picks another.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use paceline_model::{Instant, Millis};

/// Times and a duration that are nearer than this say the same: many files round durations to minutes.
const AGREE_WITHIN: Millis = Millis::from_secs(60);

/// The moments that a text can mean: one; two, in the hour that comes twice in autumn; none, in the hour that spring skips.
pub(super) type Moments = Vec<Instant>;

/// Reads a time: RFC 3339, or date and time by the clocks of `zone`. `None`: it is none, or before 1970.
pub(super) fn moments(text: &str, zone: &TimeZone) -> Option<Moments> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(vec![instant(at)?]);
    }
    let local: DateTime = text.parse().ok()?;
    let ambiguous = zone.to_ambiguous_timestamp(local);
    let by = |offset: jiff::tz::Offset| offset.to_timestamp(local).ok().and_then(instant);
    Some(match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { offset } => vec![by(offset)?],
        AmbiguousOffset::Gap { .. } => Vec::new(),
        AmbiguousOffset::Fold { before, after } => vec![by(before)?, by(after)?],
    })
}

fn instant(at: Timestamp) -> Option<Instant> {
    u64::try_from(at.as_millisecond()).ok().map(Instant)
}

/// When a ride was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: Instant,
    pub(super) end: Instant,
    /// Whether other moments are as good.
    pub(super) is_ambiguous: bool,
    /// Whether the duration says the same, if there is one.
    pub(super) agrees: bool,
}

impl Span {
    pub(super) fn length(&self) -> Millis {
        self.end.since(self.start)
    }
}

/// The reading of two times. `None`: all run backwards, or there is none.
pub(super) fn span(starts: &[Instant], ends: &[Instant], duration: Option<Millis>) -> Option<Span> {
    let pairs = starts.iter().flat_map(|start| ends.iter().map(|end| (*start, *end)));
    let mut forward: Vec<(Instant, Instant)> = pairs.filter(|(start, end)| start <= end).collect();
    forward.sort_by_key(|(start, end)| (end.since(*start), *start));
    let matches = |of: &(Instant, Instant)| {
        let length = of.1.since(of.0);
        duration.is_none_or(|said| length.0.abs_diff(said.0) <= AGREE_WITHIN.0)
    };
    let agreeing: Vec<(Instant, Instant)> = forward.iter().copied().filter(matches).collect();
    let agrees = !agreeing.is_empty();
    let candidates = if agrees { agreeing } else { forward };
    let (start, end) = *candidates.first()?;
    Some(Span { start, end, is_ambiguous: candidates.len() > 1, agrees })
}
