//! The fleet's drives along each edge: time spent on it over length driven on it, beside what is usual.
//!
//! Of each edge two accounts are kept. The *belief* holds the drives that agree with each other; the *trial* holds the last ones
//! that contradict it, until they are enough to take its place or turn out to have been an episode.
//!
//! ```text
//!   span agrees with the belief       -> belief (with the trial, if there is one: it was a stop, and a stop is a part of the drive)
//!   span contradicts it               -> trial
//!   trial is long enough              -> it is the belief; what was driven before is forgotten
//! ```
//!
//! Sources: the mean is Edie's space-mean speed, all lengths over all times (L. C. Edie, *Discussion of traffic stream measurements
//! and definitions*, 2nd International Symposium on the Theory of Traffic Flow, 1963): a part of an edge that is driven counts as
//! the part that it is, and slow drives weigh as long as they last. Sharing the time between two positions out by what each edge is
//! believed to take: B. Hellinga, P. Izadpanah, H. Takada, L. Fu, *Decomposing travel times measured by probe-based traffic
//! monitoring systems to individual road segments*, Transportation Research Part C 16(6), 2008, there with stops apart.

use super::inference::{Observation, ProbeVehicle};
use crate::leg::{EdgeId, Leg, RoadPoint, WHOLE};
use crate::map_matching::{Mark, Stretch};
use crate::network::Roads;
use paceline_model::{Instant, Millis};

/// After this time a drive counts for half, in milliseconds. Source: our own runs; queues at lights come and go in two minutes,
/// jams last for more than ten.
const HALF_LIFE_MS: f64 = 300_000.0;
/// What the usual time counts for, in seconds of driving: an edge that was not driven for eight half-lives is as good as never driven.
const USUAL_S: f64 = 1.0;
/// Most seconds of driving on one edge that are remembered, so that many vehicles in a jam do not outlive it by hours.
const DRIVEN_S_MAX: f64 = 300.0;
/// What is driven this many times slower or faster than believed contradicts the belief.
const NEWS: f64 = 1.5;
/// A trial takes the belief's place after so many seconds, driven or by the belief, whichever is more ...
const TRIAL_S: f64 = 15.0;
/// ... and so many metres in so many moves of at least so many metres: a vehicle that stands at a light for a minute and drives on
/// as usual has made one slow move; in a jam the next one is slow too.
const TRIAL_M: f64 = 15.0;
const TRIAL_MOVES: u32 = 2;
const MOVE_M: f64 = 5.0;
/// A trial that is faster than the belief has driven so much of the edge: between two lights every drive is fast for a while.
const FAST_LENGTHS: f64 = 0.7;
/// Seconds of a trial from which on time is shared out by it.
const HINT_S: f64 = 4.0;
/// What takes longer than this many times what was expected was a stop and not a street; it counts as this.
const SLOWEST: f64 = 30.0;
/// No street is believed to be driven faster than this many times its empty speed, and none slower than a walk with a cane, in m/s:
/// whatever a broken receiver says, a weight stays a weight.
const FASTEST_SHARE: f64 = 1.3;
const SLOWEST_M_S: f64 = 0.14;

/// A driven part of an edge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) edge: EdgeId,
    /// 0 to 1 of the edge.
    pub(super) share: f64,
}

/// Lengths driven and the time that they took: Edie's sums.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Account {
    /// Driven, in lengths of the edge.
    lengths: f64,
    seconds: f64,
}

impl Account {
    fn add(&mut self, other: Self) {
        self.lengths += other.lengths;
        self.seconds += other.seconds;
    }
    fn times(self, share: f64) -> Self {
        Self { lengths: self.lengths * share, seconds: self.seconds * share }
    }
    /// Seconds for the whole edge.
    fn pace(self) -> Option<f64> {
        (self.lengths > 0.0 && self.seconds > 0.0).then(|| self.seconds / self.lengths)
    }
}

/// The drives along one edge.
#[derive(Clone, Copy, Debug, Default)]
struct EdgeDrives {
    belief: Account,
    trial: Account,
    /// Moves in the trial.
    moves: u32,
    at: Instant,
    /// Whose drive was the last one.
    by: ProbeVehicle,
}

impl EdgeDrives {
    /// The trial was an episode, and is a part of what was driven.
    fn absorb_trial(&mut self) {
        self.belief.add(std::mem::take(&mut self.trial));
        self.moves = 0;
    }
    /// A drive that contradicts the belief, as the trial does.
    fn contradict(&mut self, drive: Account, plain: Plain) {
        let metres = |lengths: f64| lengths * plain.free.distance.as_metres();
        self.trial.add(drive);
        self.moves += u32::from(metres(drive.lengths) >= MOVE_M);
        // An edge shorter than all that is enough if it was driven whole.
        let far = self.moves >= TRIAL_MOVES && metres(self.trial.lengths) >= TRIAL_M;
        let far = far || self.trial.lengths >= 1.0;
        let believed_s = blend(self.belief, plain) * self.trial.lengths;
        let slower = self.trial.seconds > believed_s || self.trial.lengths >= FAST_LENGTHS;
        if far && slower && self.trial.seconds.max(believed_s) >= TRIAL_S {
            (self.belief, self.moves) = (std::mem::take(&mut self.trial), 0);
        }
    }
}

/// An edge without traffic, and as it is usual now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plain {
    pub(super) free: Leg,
    pub(super) usual_s: f64,
}

/// The drives along every edge, by edge.
#[derive(Clone, Debug)]
pub(super) struct Probes {
    drives: Vec<EdgeDrives>,
}

impl Probes {
    pub(super) fn new(edges: usize) -> Self {
        Self { drives: vec![EdgeDrives::default(); edges] }
    }
    fn aged(&self, edge: EdgeId, at: Instant) -> EdgeDrives {
        let drives = self.drives[edge.index()];
        let left = (-(at.0.saturating_sub(drives.at.0) as f64) / HALF_LIFE_MS).exp2();
        let (belief, trial) = (drives.belief.times(left), drives.trial.times(left));
        EdgeDrives { belief, trial, at: at.max(drives.at), ..drives }
    }
    /// Seconds that a whole edge takes at a time.
    pub(super) fn pace(&self, edge: EdgeId, plain: Plain, at: Instant) -> f64 {
        blend(self.aged(edge, at).belief, plain)
    }
    /// Seconds that a whole edge is expected to take before its next drive is recorded.
    pub(super) fn expected(&self, edge: EdgeId, plain: Plain, at: Instant) -> f64 {
        let drives = self.aged(edge, at);
        let hint = if drives.trial.seconds >= HINT_S { drives.trial } else { drives.belief };
        blend(hint, plain)
    }
    /// Whether the drives along an edge say more of it than what is usual does.
    pub(super) fn knows(&self, edge: EdgeId, at: Instant) -> bool {
        self.aged(edge, at).belief.seconds >= USUAL_S
    }

    /// What the drives along an edge show, for the edges around it; `None` if there were none.
    pub(super) fn observation(&self, edge: EdgeId, plain: impl Fn() -> Plain) -> Option<Observation> {
        let EdgeDrives { belief, at, by, .. } = self.drives[edge.index()];
        let slowdown_ln = (belief.pace()? / plain().usual_s.max(1e-3)).ln();
        Some(Observation { edge, by, at, lengths: belief.lengths, slowdown_ln })
    }

    /// Shares the time between two marks out over the pieces between them, in proportion to what each was expected to take;
    /// `pieces` have their edges' plain legs and their expected seconds beside them.
    pub(super) fn share_out(
        &mut self,
        pieces: &[(Piece, Plain, f64)],
        span: Millis,
        at: Instant,
        by: ProbeVehicle,
    ) {
        let total_s: f64 = pieces.iter().map(|(.., expected_s)| expected_s).sum();
        if total_s <= 0.0 || span == Millis::ZERO {
            return;
        }
        let ratio = (span.as_secs_f64() / total_s).min(SLOWEST);
        for &(piece, plain, expected_s) in pieces.iter().filter(|(piece, ..)| piece.share > 0.0) {
            self.record(piece.edge, plain, Account { lengths: piece.share, seconds: expected_s * ratio }, at);
            self.drives[piece.edge.index()].by = by;
        }
    }

    fn record(&mut self, edge: EdgeId, plain: Plain, drive: Account, at: Instant) {
        let mut drives = self.aged(edge, at);
        let believed_s = blend(drives.belief, plain) * drive.lengths;
        let off = drive.seconds / believed_s.max(1e-3);
        if (1.0 / NEWS..=NEWS).contains(&off) {
            drives.absorb_trial();
            drives.belief.add(drive);
        } else {
            let opposite = drives
                .trial
                .pace()
                .is_some_and(|pace| (pace * drive.lengths - believed_s) * (drive.seconds - believed_s) < 0.0);
            if opposite {
                drives.absorb_trial();
            }
            drives.contradict(drive, plain);
        }
        if drives.belief.seconds > DRIVEN_S_MAX {
            drives.belief = drives.belief.times(DRIVEN_S_MAX / drives.belief.seconds);
        }
        self.drives[edge.index()] = drives;
    }
}

/// Seconds for a whole edge: what was driven, the more of it the nearer to that, and what is usual.
fn blend(driven: Account, plain: Plain) -> f64 {
    let Some(pace) = driven.pace() else { return plain.usual_s };
    let credible = driven.seconds / (driven.seconds + USUAL_S);
    plausible(pace * credible + plain.usual_s * (1.0 - credible), plain)
}

/// Seconds for a whole edge that a vehicle can take.
pub(super) fn plausible(seconds: f64, plain: Plain) -> f64 {
    let (least, most) =
        (plain.free.time.as_secs_f64() / FASTEST_SHARE, plain.free.distance.as_metres() / SLOWEST_M_S);
    seconds.clamp(least.min(plain.usual_s), most.max(plain.usual_s))
}

/// The parts of edges between two marks of a drive.
pub(super) fn pieces(roads: &Roads, drive: &Stretch, from: Mark, to: Mark) -> Vec<Piece> {
    let piece = |index: usize| {
        let edge = drive.edges[index];
        let low = if index == from.edge { from.fraction } else { 0 };
        let high = if index == to.edge { to.fraction } else { WHOLE };
        let metres = |fraction| roads.along_cm(RoadPoint { edge, fraction }).as_metres();
        let whole = roads.length(edge).as_metres().max(0.01);
        Piece { edge, share: ((metres(high.max(low)) - metres(low)) / whole).clamp(0.0, 1.0) }
    };
    (from.edge..=to.edge).map(piece).collect()
}
