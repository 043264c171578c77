//! What `/debug/dump` says, as far as it is read here. Fields that an older or newer server does not send are empty.

use serde::Deserialize;

/// All of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Dump {
    /// When, as RFC 3339.
    pub(crate) at: String,
    /// The server's version.
    pub(crate) version: String,
    pub(crate) sched: Sched,
    pub(crate) load_shedder: Option<LoadShedder>,
    pub(crate) reports: Vec<Report>,
    pub(crate) leaks: Vec<Leak>,
    pub(crate) hotspots: Vec<Hotspot>,
    pub(crate) tasks: Tree,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Sched {
    pub(crate) tasks: u64,
    pub(crate) active: u64,
    pub(crate) idle: u64,
    pub(crate) blocked: u64,
    pub(crate) spawned_per_s: u64,
    pub(crate) ended_per_s: u64,
    pub(crate) poll_p99_us: Option<u64>,
    pub(crate) start_p99_us: Option<u64>,
    pub(crate) blocked_polls: u64,
    pub(crate) queues: Vec<Queue>,
    pub(crate) components: Vec<Component>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Queue {
    pub(crate) name: String,
    pub(crate) waiting: u64,
    pub(crate) most: u64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Component {
    pub(crate) name: String,
    pub(crate) active: u64,
    pub(crate) idle: u64,
    pub(crate) blocked: u64,
    pub(crate) spawned_per_s: u64,
    pub(crate) ended_per_s: u64,
    pub(crate) poll_p99_us: Option<u64>,
    pub(crate) blocked_polls: u64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct LoadShedder {
    /// `admitting`, `shedding` or `probing`.
    pub(crate) state: String,
    pub(crate) tasks: u64,
    pub(crate) expected: Option<f64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Report {
    pub(crate) breach: String,
    pub(crate) component: String,
    pub(crate) scope: String,
    pub(crate) owner: Option<String>,
    pub(crate) opened: Location,
    pub(crate) task: Option<Task>,
    pub(crate) detail: String,
    /// How long ago.
    pub(crate) ago_ms: u64,
}

/// Tasks that nobody can wake, by proof.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Leak {
    /// The oldest of them.
    pub(crate) task: Holder,
    pub(crate) count: u64,
    /// What it waits for; empty: whatever was to wake it is gone.
    pub(crate) waits: Vec<LeakWait>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct LeakWait {
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) holders: Vec<Holder>,
    pub(crate) holders_count: u64,
    pub(crate) forgotten: u64,
}

/// A task with whose it is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Holder {
    pub(crate) component: String,
    pub(crate) scope: String,
    pub(crate) owner: Option<String>,
    #[serde(flatten)]
    pub(crate) task: Task,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Hotspot {
    pub(crate) kind: String,
    pub(crate) component: String,
    pub(crate) name: String,
    pub(crate) count: u64,
    pub(crate) worst: u64,
    pub(crate) limit: u64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Tree {
    pub(crate) live: u64,
    pub(crate) shown: u64,
    pub(crate) components: Vec<Branch>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Branch {
    pub(crate) name: String,
    pub(crate) owners: Vec<Twig>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Twig {
    pub(crate) scope: String,
    pub(crate) owner: Option<String>,
    pub(crate) tasks: Vec<Task>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Task {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) location: Location,
    pub(crate) state: String,
    pub(crate) blocking: bool,
    /// It was proved that nobody can wake it.
    pub(crate) stuck: bool,
    pub(crate) polls: u64,
    pub(crate) busy_ms: u64,
    pub(crate) age_ms: u64,
    pub(crate) state_for_ms: u64,
    pub(crate) at: Option<Await>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Location {
    pub(crate) file: String,
    pub(crate) line: u32,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Await {
    pub(crate) name: String,
    pub(crate) location: Location,
    pub(crate) for_ms: u64,
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A span for people: `340 ms`, `12 s`, `7 min`, `3 h`.
pub(crate) fn span(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..120_000 => format!("{} s", ms / 1_000),
        120_000..7_200_000 => format!("{} min", ms / 60_000),
        _ => format!("{} h", ms / 3_600_000),
    }
}
