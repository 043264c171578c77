//! Whom to ask: the nearest source that may be asked for what is missing, each with its own patience.

use std::collections::BTreeMap;
use std::time::Duration;

/// Wait after a first failure of a source; it doubles with each that follows without a chunk in between.
const WAIT_FIRST: Duration = Duration::from_secs(1);
/// Longest such wait: a satellite's link is back within minutes, and a fetch costs nothing while it waits.
const WAIT_MAX: Duration = Duration::from_secs(300);
/// Wrong chunks after which a source is left: it mixes versions, or has a disk that forgets.
const WRONG_MAX: u32 = 3;
/// How often a chunk is fetched from a source that gave wrong bytes for it.
const TRIES_MAX: u8 = 2;
/// How often a source may speak of another artefact under this one's name before it is left.
const ANOTHER_MAX: u32 = 3;

/// How a source stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceState {
    /// It may be asked.
    Ready,
    /// It could not be reached, broke off without a chunk, or asked for time.
    Failing,
    /// Somebody in between answers for it: a log-in page of the network.
    Captive,
    /// It does not have the artefact.
    Unknown,
    /// It does not give it to whoever asks.
    Refused,
    /// It gave wrong bytes, or something else, and is not asked again in this fetch.
    Left,
}

/// A source, as whoever looks at a fetch sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceReport {
    /// How it stands.
    pub state: SourceState,
    /// Chunks whose bytes were wrong.
    pub wrong: u32,
    /// Bytes that came from it, of use or not.
    pub bytes: u64,
}

#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) report: SourceReport,
    /// It does not say which part it gives: it is asked for the whole.
    pub(super) whole_only: bool,
    /// It says "not modified" where nobody asked: it is asked without a condition.
    pub(super) unconditional: bool,
    failures: u32,
    another: u32,
    not_before: Duration,
    /// Chunks that it gave wrong bytes for, and how often.
    tries: BTreeMap<usize, u8>,
}

impl Source {
    pub(super) fn new() -> Self {
        let report = SourceReport { state: SourceState::Ready, wrong: 0, bytes: 0 };
        let (whole_only, unconditional, tries) = (false, false, BTreeMap::new());
        Self { report, whole_only, unconditional, failures: 0, another: 0, not_before: Duration::ZERO, tries }
    }
    /// It gave something that was of use.
    pub(super) fn went_well(&mut self) {
        (self.failures, self.not_before) = (0, Duration::ZERO);
        self.report.state = SourceState::Ready;
    }
    /// It is asked again after a while, each time a longer one, or after the time that it asked for.
    pub(super) fn wait(&mut self, now: Duration, state: SourceState, asked: Option<u64>) {
        let doubled = WAIT_FIRST.saturating_mul(1 << self.failures.min(16));
        let wait = asked.map_or(doubled, Duration::from_secs).min(WAIT_MAX);
        self.failures += 1;
        self.not_before = now + wait;
        self.report.state = state;
    }
    /// It spoke of something else. Returns whether it is worth asking what it now says of this.
    pub(super) fn spoke_of_another(&mut self) -> bool {
        self.another += 1;
        if self.another >= ANOTHER_MAX {
            self.leave();
        }
        !self.is_left()
    }
    /// The bytes that it gave for a chunk were wrong. Returns whether it is left by that.
    pub(super) fn gave_wrong(&mut self, chunk: usize) -> bool {
        self.report.wrong += 1;
        *self.tries.entry(chunk).or_default() += 1;
        if self.report.wrong >= WRONG_MAX {
            self.leave();
        }
        self.is_left()
    }
    pub(super) fn leave(&mut self) {
        self.report.state = SourceState::Left;
    }
    pub(super) fn is_left(&self) -> bool {
        self.report.state == SourceState::Left
    }
    fn tries(&self, chunk: usize) -> u8 {
        self.tries.get(&chunk).copied().unwrap_or_default()
    }
    fn ready(&self, now: Duration) -> bool {
        !self.is_left() && self.not_before <= now
    }
}

/// Whether this source may be asked for a chunk: not where its bytes were wrong and another one has not been tried as often.
pub(super) fn may_give(all: &[Source], source: usize, chunk: usize) -> bool {
    let tries = all[source].tries(chunk);
    let elsewhere = || all.iter().any(|other| !other.is_left() && other.tries(chunk) < tries);
    !all[source].is_left() && tries < TRIES_MAX && (tries == 0 || !elsewhere())
}

/// The sources that may be asked now, the nearest first.
pub(super) fn ready(all: &[Source], now: Duration) -> impl Iterator<Item = usize> {
    all.iter().enumerate().filter(move |(_, source)| source.ready(now)).map(|(index, _)| index)
}

/// When the next of those that wait may be asked. `None`: none waits.
pub(super) fn next_at(all: &[Source], now: Duration) -> Option<Duration> {
    let waiting = all.iter().filter(|source| !source.is_left() && source.not_before > now);
    waiting.map(|source| source.not_before).min()
}
