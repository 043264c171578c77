//! Feeds the load shedder: every 2 s, the tasks that live against those that vehicles, streams and connections explain.

use crate::connections::{ADMIN, PUBLIC};
use crate::task_allowance::TaskAllowance;
use paceline_supervise::{LoadSample, LoadShedder, Spawner, Supervisor};
use std::sync::Arc;

/// Samples until the scope closes. A panic in a sample would cost that one sample.
pub(crate) fn run(
    scope: &Spawner,
    supervisor: Supervisor,
    load_shedder: Arc<LoadShedder>,
    allowance: TaskAllowance,
) {
    let every = load_shedder.options().sample_every;
    scope.tick("load-sampler", every, move || {
        let registry = supervisor.registry();
        // A stream is a connection that stays: it is among them.
        let units = registry.live(PUBLIC) + registry.live(ADMIN) + allowance.count();
        load_shedder.observe(LoadSample { tasks: registry.len() as u64, units });
        async {}
    });
}
