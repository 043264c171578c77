//! Times in a feed: seconds up to 2.3, RFC 3339 from 3.0 on, and what is found instead. Each is held against our own clock: no age is negative,
//! and none is of fifty thousand years.

use super::record::Record;
use paceline_model::bikes::limits::CLOCK_AHEAD;
use paceline_model::bikes::{AsOf, NoStock, Oddity, Told};
use paceline_model::{Instant, Millis};
use serde_json::Value;

/// Times before 2000 are no times of a feed: GBFS is of 2015, and 0 is what a station without a clock says.
const FIRST_S: i64 = 946_684_800;
/// From here on a number counts milliseconds: as seconds it would be the year 5138.
const MILLIS_FROM: i64 = 100_000_000_000;
/// The year 9999, in milliseconds: what lies beyond counts something smaller.
const LAST_MS: i64 = 253_402_300_799_000;

/// How a file's version writes times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notation {
    /// Seconds since 1970.
    Seconds,
    /// RFC 3339.
    Rfc3339,
}

/// Reads a time. Returns what is to be told of it, too. Errors: it is none.
pub(super) fn time(value: Option<&Value>, notation: Notation) -> Result<(Instant, Option<Oddity>), Oddity> {
    let other = |expected: Notation| (notation != expected).then_some(Oddity::TimeOtherNotation);
    match value {
        None | Some(Value::Null) => Err(Oddity::TimeMissing),
        Some(Value::Number(number)) => {
            let whole = number.as_i64().or_else(|| number.as_f64().map(|seconds| seconds as i64));
            let (at, told) = counted(whole.ok_or(Oddity::TimeNoTime)?)?;
            Ok((at, told.or(other(Notation::Seconds))))
        }
        Some(Value::String(text)) => match text.trim().parse::<i64>() {
            Ok(number) => counted(number).map(|(at, told)| (at, told.or(Some(Oddity::TimeOtherNotation)))),
            Err(_) => {
                let at: Instant = text.trim().parse().map_err(|_| Oddity::TimeNoTime)?;
                let since_2000 = at >= Instant(FIRST_S.unsigned_abs() * 1_000);
                since_2000.then_some((at, other(Notation::Rfc3339))).ok_or(Oddity::TimeNoTime)
            }
        },
        Some(_) => Err(Oddity::TimeNoTime),
    }
}

/// A number of seconds, or of milliseconds where it is too large for seconds.
fn counted(number: i64) -> Result<(Instant, Option<Oddity>), Oddity> {
    let (ms, told) = match number {
        FIRST_S..MILLIS_FROM => (number * 1_000, None),
        MILLIS_FROM..=LAST_MS => (number, Some(Oddity::TimeInMillis)),
        _ => return Err(Oddity::TimeNoTime),
    };
    Ok((Instant(ms.unsigned_abs()), told))
}

/// What times in one file are held against.
pub(super) struct Clock {
    /// Ours.
    pub(super) now: Instant,
    /// When the file says that it was written, never later than now.
    pub(super) file_at: Option<Instant>,
    pub(super) notation: Notation,
    pub(super) too_old: Millis,
}

impl Clock {
    /// As of when a station's counts are true. Errors: nobody can say, or it is too long ago; told.
    pub(super) fn as_of(&self, record: &Record<'_>, told: &mut Told) -> Result<AsOf, NoStock> {
        const FIELD: &str = "last_reported";
        let (at, odd) = time(record.get(&[FIELD]), self.notation).map_err(|what| {
            record.tell(what, &[FIELD], told);
            NoStock::NoTime
        })?;
        if let Some(odd) = odd {
            record.tell(odd, &[FIELD], told);
        }
        if at > self.now + CLOCK_AHEAD {
            record.tell(Oddity::TimeAhead, &[FIELD], told);
            return Ok(AsOf::Bounded(self.written_at()));
        }
        if self.now.since(at) > self.too_old {
            record.tell(Oddity::TimeTooOld, &[FIELD], told);
            return Err(NoStock::TooOld);
        }
        Ok(AsOf::Said(at.min(self.now)))
    }

    /// As of when a bike stands where it is said to: its own word, or else the file's.
    pub(super) fn as_of_bike(&self, record: &Record<'_>, told: &mut Told) -> AsOf {
        const FIELD: &str = "last_reported";
        let Some(value) = record.get(&[FIELD]) else { return AsOf::Said(self.written_at()) };
        match time(Some(value), self.notation) {
            Ok((at, odd)) => {
                let ahead = (at > self.now + CLOCK_AHEAD).then_some(Oddity::TimeAhead);
                if let Some(odd) = ahead.or(odd) {
                    record.tell(odd, &[FIELD], told);
                }
                if ahead.is_some() { AsOf::Bounded(self.written_at()) } else { AsOf::Said(at.min(self.now)) }
            }
            Err(what) => {
                record.tell(what, &[FIELD], told);
                AsOf::Bounded(self.written_at())
            }
        }
    }

    /// What is in a file was so when it was written, at the latest.
    fn written_at(&self) -> Instant {
        self.file_at.unwrap_or(self.now)
    }
}
