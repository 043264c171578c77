//! What a run of a scene comes to: the figures of the table, and what the report draws over time.

use paceline_model::{Instant, Millis, Position};
use serde::Serialize;

/// What boxes are, in the order in which the report stacks them.
pub const BOX_STATES: [&str; 6] = ["with work", "idle", "low battery", "silent", "hot", "empty"];

/// Time between two looks at the boxes, as a share of the scene: a picture has so many points.
pub(super) const LOOKS: u32 = 240;

/// The table of one run of a scene. Shares are fractions of 1.
#[derive(Clone, Debug, Default, Serialize)]
pub struct EdgeKpis {
    /// The scene's name.
    pub scene: String,
    /// By what was placed.
    pub policy: String,
    /// The seed of all chance.
    pub seed: u64,
    /// Boxes.
    pub nodes: u32,
    /// What was asked for and placed.
    pub placing: Placing,
    /// What moved, and why.
    pub moves: Moves,
    /// What became warm.
    pub heat: HeatKpis,
    /// What ran on batteries.
    pub battery: BatteryKpis,
    /// What users had of it.
    pub users: UserKpis,
    /// Mean power of all boxes, in watts.
    pub watts_mean: f64,
    /// Rules that were broken, by plans and by what was published. Anything but 0 is a bug.
    pub broken: u64,
    /// Variants that went where the scene forbids them. Counted under `broken` too.
    pub forbidden: u64,
    /// Wall time of the run.
    pub sim_seconds: f64,
    /// Most memory that the process has had; 0 where the system does not say.
    pub memory_mb: f64,
}

/// What was asked for and placed.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Placing {
    /// Replicas that were asked for.
    pub asked: u64,
    /// Of them, those that found a node.
    pub placed: u64,
    /// Those that ended without ever having had one.
    pub never: u64,
    /// Those that wait for one at the end.
    pub waiting: u64,
    /// Placed at less than the precision that was wanted.
    pub downgraded: u64,
    /// From asking to having a node, in the scene's time: half wait no longer.
    pub wait_p50_ms: f64,
    /// 99 in 100 wait no longer.
    pub wait_p99_ms: f64,
    /// Rounds with something to decide.
    pub decisions: u64,
    /// Wall time of such a round from tick to commit: half take no longer.
    pub decision_p50_ms: f64,
    /// 99 in 100 take no longer.
    pub decision_p99_ms: f64,
    /// The longest.
    pub decision_max_ms: f64,
    /// Proposals that no longer held when they were to be committed.
    pub stale: u64,
}

/// What moved, and why.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Moves {
    /// Away from heat, come or coming.
    pub hot: u64,
    /// Back to where it came from, once that was well.
    pub returned: u64,
    /// Not moved, but run as another variant.
    pub switched: u64,
    /// Away from a battery at its reserve.
    pub low_battery: u64,
    /// For another reason.
    pub other: u64,
    /// Evicted for more important work.
    pub preempted: u64,
    /// Replicas that lost their GPU.
    pub device_lost: u64,
    /// Replicas that had a node and have none at the end, though they are wanted.
    pub lost: u64,
    /// Times that a node fell silent.
    pub silences: u64,
}

/// What became warm.
#[derive(Clone, Debug, Default, Serialize)]
pub struct HeatKpis {
    /// Times that a node was found too hot.
    pub alarms: u64,
    /// From the threshold, as the box was, to the move: half took no longer.
    pub to_move_p50_s: f64,
    /// 99 in 100 took no longer.
    pub to_move_p99_s: f64,
    /// The longest.
    pub to_move_max_s: f64,
    /// Moves that the link had held up: it was down when the box came to the threshold. They are not in the three above.
    pub behind_outages: u64,
    /// The hottest that any box was.
    pub celsius_max: f64,
    /// Time that boxes worked above the threshold, all together, in minutes.
    pub working_hot_min: f64,
}

/// What ran on batteries.
#[derive(Clone, Debug, Default, Serialize)]
pub struct BatteryKpis {
    /// Boxes with a battery.
    pub boxes: u32,
    /// Of them, those that came to their reserve.
    pub at_reserve: u32,
    /// Of them, those that ran empty.
    pub empty: u32,
    /// Time to the reserve, on average; for boxes that did not come to it, as long as it would take at their mean draw.
    pub endurance_h: f64,
}

/// What users had of it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct UserKpis {
    /// Users.
    pub users: u32,
    /// From asking to the answer, on average over users and time.
    pub latency_mean_ms: f64,
    /// 95 in 100 had it no later: the mean over time of each look's percentile.
    pub latency_p95_ms: f64,
    /// Share of users without a replica that answers, on average.
    pub unserved: f64,
}

/// What the report draws over time, one value a look.
#[derive(Clone, Debug, Default)]
pub struct EdgeCourses {
    /// When it began.
    pub start: Instant,
    /// Between two looks.
    pub every: Millis,
    /// From when on a box is hot, in this run.
    pub hot_celsius: f64,
    /// Boxes by what they are.
    pub states: Vec<[u32; BOX_STATES.len()]>,
    /// Mean and highest temperature of boxes.
    pub celsius: Vec<(f64, f64)>,
    /// Mean and lowest charge of batteries, in percent; empty where there are none.
    pub charge_percent: Vec<(f64, f64)>,
    /// Mean and 95th percentile of users' latencies, `None` as long as not everything that is there from the beginning had its time
    /// to be placed; empty where there are no users.
    pub latency_ms: Vec<Option<(f64, f64)>>,
    /// Where each box stands, if it says so, and how it fared.
    pub map: Vec<(Option<Position>, Fared)>,
    /// Where users are.
    pub users: Vec<Position>,
}

/// How a box fared, the worst first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fared {
    /// It was above the threshold, or its battery fell to the reserve.
    Strained,
    /// It had work.
    Worked,
    /// It had none.
    #[default]
    Idle,
}
