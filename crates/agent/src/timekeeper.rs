//! The node's clock and its time without the region, as all tasks ask them.

use crate::autonomy::{Autonomy, Left, May, WrittenAutonomy};
use crate::clock::{ClockState, Moment, NodeClock};
use crate::machine::Clocks;
use crate::state::Written;
use paceline_model::Instant;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Earlier than any agent of this kind: 2026-11-01. Where nothing was written down, a clock before it is unset.
const BUILT: Instant = Instant(1_793_491_200_000);

/// What time it is, and how long the node may go on.
pub(crate) struct Timekeeper {
    clocks: Arc<dyn Clocks>,
    boot: String,
    inner: Mutex<(NodeClock, Autonomy)>,
}

impl Timekeeper {
    pub(crate) fn new(clocks: Arc<dyn Clocks>, allowed: Duration, written: &Written) -> Self {
        let allowed_ms = u64::try_from(allowed.as_millis()).unwrap_or(u64::MAX);
        let (clock, autonomy) =
            (NodeClock::new(BUILT, written.time), Autonomy::new(allowed_ms, written.autonomy));
        Self { boot: clocks.boot(), clocks, inner: Mutex::new((clock, autonomy)) }
    }

    fn with<T>(&self, work: impl FnOnce(&mut NodeClock, &mut Autonomy) -> T) -> T {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let (clock, autonomy) = &mut *inner;
        work(clock, autonomy)
    }

    /// Which start of the machine this is.
    pub(crate) fn boot(&self) -> &str {
        &self.boot
    }

    pub(crate) fn moment(&self) -> Moment {
        self.clocks.moment()
    }

    /// The clock as it stands.
    pub(crate) fn clock(&self) -> NodeClock {
        self.with(|clock, _| *clock)
    }

    /// The region has said what time it is.
    pub(crate) fn heard_time(&self, at: Moment, region: Instant) {
        self.with(|clock, _| clock.hear(at, region));
    }

    /// The region has said what should run here.
    pub(crate) fn heard_orders(&self) {
        let now = self.moment();
        self.with(|_, autonomy| autonomy.hear(now));
    }

    pub(crate) fn may_run(&self, single: bool) -> May {
        let now = self.moment();
        self.with(|clock, autonomy| autonomy.may_run(single, clock, now))
    }

    /// What a restart must know.
    pub(crate) fn written(&self) -> (Option<Instant>, Option<WrittenAutonomy>) {
        let now = self.moment();
        self.with(|clock, autonomy| (Some(clock.for_checks(now)), autonomy.written(clock, now)))
    }

    /// For the status: what is known of the time, and the seconds that are left.
    pub(crate) fn words(&self) -> (String, Option<u64>) {
        let now = self.moment();
        let (state, left) = self.with(|clock, autonomy| (clock.state(now), autonomy.left(clock, now)));
        let clock = match state {
            ClockState::Unset { floor } => format!("unset: later than {floor}, and nothing more is known"),
            ClockState::ByWall => "by its own clock: the region has not been heard".into(),
            ClockState::ByRegion { wall_off_ms: None } => "by the region".into(),
            ClockState::ByRegion { wall_off_ms: Some(ms) } => {
                format!("by the region; its own clock is {ms} ms off")
            }
        };
        let left = match left {
            Left::Known(ms) => Some(ms / 1_000),
            Left::AtMost(_) => None,
        };
        (clock, left)
    }
}
