//! Feeds the breaker: every 2 s, the tasks that live against those that vehicles, streams and connections explain.

use crate::claims::Claims;
use crate::connections::{ADMIN, PUBLIC};
use paceline_supervise::{Breaker, Sample, Spawner, Supervisor};
use std::sync::Arc;

/// Samples until the scope closes. A panic in a sample would cost that one sample.
pub(crate) fn watch(scope: &Spawner, supervisor: Supervisor, breaker: Arc<Breaker>, claims: Claims) {
    let every = breaker.options().sample_every;
    scope.tick("breaker", every, move || {
        let registry = supervisor.registry();
        // A stream is a connection that stays: it is among them.
        let units = registry.live(PUBLIC) + registry.live(ADMIN) + claims.count();
        breaker.sample(Sample { tasks: registry.len() as u64, units });
        async {}
    });
}
