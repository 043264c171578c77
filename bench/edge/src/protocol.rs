//! The published protocol: tasks shuffled, no departures, random clones appended until enough GPUs are requested; what fits nowhere is dropped.

use crate::openb::Trace;
use paceline_plan::Rng;
use paceline_plan::edge::placement::check::Running;
use paceline_plan::edge::placement::scores::Power;
use paceline_plan::edge::placement::{Cluster, Task};

/// What was reached when so much was requested.
#[derive(Clone, Copy, Default)]
pub(crate) struct Mark {
    /// Allocated GPU shares in percent of all GPUs.
    pub(crate) allocated: f64,
    pub(crate) watts: f64,
}

/// What is placed, and what remembers it.
pub(crate) trait Placing {
    /// Places `task` on `cluster` and takes it, or drops it.
    fn place(&mut self, cluster: &mut Cluster, task: &Task) -> Option<Running>;
}

/// The tasks of one seed, until `percent` of all GPUs are requested.
pub(crate) fn arrivals(trace: &Trace, seed: u64, percent: u64) -> Vec<Task> {
    let mut rng = Rng::of(seed, "arrivals");
    let mut tasks = trace.tasks.clone();
    rng.shuffle(&mut tasks);
    let limit = trace.gpu_milli() * percent / 100;
    let mut requested = 0;
    let mut arrived = Vec::new();
    for at in 0.. {
        if requested >= limit {
            break;
        }
        let task = match tasks.get(at) {
            Some(task) => task.clone(),
            None => trace.tasks[rng.below(trace.tasks.len())].clone(),
        };
        requested += u64::from(task.gpu_milli());
        arrived.push(task);
    }
    arrived
}

/// Runs `tasks` against an empty cluster; a mark at each of `percents`, ascending.
pub(crate) fn run(
    trace: &Trace,
    seed: u64,
    tasks: &[Task],
    placing: &mut dyn Placing,
    percents: &[u64],
) -> (Vec<Mark>, Vec<Running>) {
    let mut cluster = Cluster::shuffled(trace.nodes.iter().cloned(), seed);
    let all = trace.gpu_milli();
    let (mut requested, mut allocated) = (0u64, 0u64);
    let (mut marks, mut running) = (Vec::new(), Vec::new());
    for task in tasks {
        requested += u64::from(task.gpu_milli());
        if let Some(placed) = placing.place(&mut cluster, task) {
            allocated += u64::from(task.gpu_milli());
            running.push(placed);
        }
        while percents.get(marks.len()).is_some_and(|percent| requested * 100 >= all * percent) {
            let percent = |shares: u64| shares as f64 * 100.0 / all as f64;
            marks.push(Mark { allocated: percent(allocated), watts: watts_of(trace, &cluster) });
        }
    }
    (marks, running)
}

/// What all nodes draw together.
pub(crate) fn watts_of(trace: &Trace, cluster: &Cluster) -> f64 {
    let power = Power::new(crate::power::watts(&trace.models));
    let of = |row| cluster.free(row).map_or(0, |free| power.watts(cluster.profile(row), free));
    cluster.rows().map(of).map(f64::from).sum()
}
