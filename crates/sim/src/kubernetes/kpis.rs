//! What a run of a record comes to: the figures of the table, and what is drawn over time.

use paceline_model::Instant;
use serde::Serialize;

/// The table of one run of a record. Shares are fractions of 1.
#[derive(Clone, Debug, Default, Serialize)]
pub struct KubernetesKpis {
    /// The record.
    pub record: String,
    /// Who placed the pods.
    pub policy: String,
    /// Nothing in a replay is by chance: always 0.
    pub seed: u64,
    /// Nodes at the end.
    pub nodes: u64,
    /// From the first whole picture to the end.
    pub lasted_s: f64,
    /// Times in which nothing was heard.
    pub gaps: u64,
    /// Pods that waited for a node.
    pub pods: u64,
    /// Pods that had one when they were first heard of: they stand where they stood.
    pub given: u64,
    /// Of those that waited, those that got one.
    pub placed: u64,
    /// Those that went away without one.
    pub never: u64,
    /// Those that wait at the end.
    pub waiting: u64,
    /// Placed on another node than in the record, or only here.
    pub elsewhere: u64,
    /// From waiting to having a node: half wait no longer.
    pub wait_p50_s: f64,
    /// 99 in 100 wait no longer.
    pub wait_p99_s: f64,
    /// The longest.
    pub wait_max_s: f64,
    /// Pods that ended to make room for others.
    pub preempted: u64,
    /// Pods whose node went away under them, where it did not in the record.
    pub lost: u64,
    /// CPU that is asked for by pods that have a node, of all there is, on average over time.
    pub cpu_mean: f64,
    /// The same of memory.
    pub memory_mean: f64,
    /// GPUs and devices that there are, at most.
    pub gpus: f64,
    /// Share of them that somebody has, on average over time.
    pub gpu_mean: f64,
    /// Rounds with a decision.
    pub decisions: u64,
    /// Wall time of such a round: half take no longer.
    pub decision_p50_ms: f64,
    /// 99 in 100 take no longer.
    pub decision_p99_ms: f64,
    /// Rules that the checker found broken, binding by binding. Of a replay anything but 0 is a bug.
    pub broken: u64,
    /// Who waited longest here or in the record, and why.
    pub worst: Vec<Worst>,
    /// Wall time of the run.
    pub sim_seconds: f64,
    /// Most memory that the process has had; 0 where the system does not say.
    pub memory_mb: f64,
}

/// A pod that waited long, in the replay or in the record.
#[derive(Clone, Debug, Serialize)]
pub struct Worst {
    /// The pod.
    pub pod: String,
    /// How long it waited, until it had a node, was gone, or the record ended.
    pub wait_s: f64,
    /// Where it went.
    pub node: Option<String>,
    /// How long it waited in the record.
    pub recorded_wait_s: f64,
    /// Where it went in the record.
    pub recorded_node: Option<String>,
    /// What it was told last while it waited in the replay.
    pub why: Option<String>,
}

impl std::fmt::Display for Worst {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { pod, wait_s, node, recorded_wait_s, recorded_node, why } = self;
        let place = |node: &Option<String>| {
            node.as_ref().map_or_else(|| "no node".to_owned(), |node| format!("then {node}"))
        };
        let (here, there) = (place(node), place(recorded_node));
        write!(f, "{pod}: {wait_s:.1} s, {here}; recorded {recorded_wait_s:.1} s, {there}.")?;
        why.as_ref().map_or(Ok(()), |why| write!(f, " {why}"))
    }
}

/// What is drawn over time.
#[derive(Clone, Debug, Default)]
pub struct Course {
    /// When it begins.
    pub start: Instant,
    /// When it ends.
    pub end: Instant,
    /// Looks at the cluster, all alike far apart.
    pub looks: Vec<Look>,
}

/// The cluster at one moment. Shares are fractions of 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Look {
    /// CPU that pods with a node ask for, of all there is.
    pub cpu: f64,
    /// Memory, likewise.
    pub memory: f64,
    /// GPUs and devices that somebody has, of all there are.
    pub gpu: f64,
    /// How many of these there are.
    pub gpus: f64,
    /// Pods that wait for a node.
    pub waiting: u32,
}
