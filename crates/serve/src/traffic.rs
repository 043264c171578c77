//! The traffic desk: one thread that takes reports, customises a metric in the background and swaps it in. Whoever decides takes
//! the newest `Roads` once, at the start, and keeps it to the end: a tick knows one metric only.

use crate::clock::Clock;
use paceline_road::traffic::{Profile, SpeedReport, Traffic, TrafficError};
use paceline_road::{RoadError, Roads};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// Batches that may wait.
pub(crate) const BATCHES_MAX: usize = 16;
/// Time after which reports that are over are forgotten.
const EVERY: Duration = Duration::from_secs(60);

/// Reports, all of which are taken or none.
pub(crate) struct Batch {
    pub(crate) reports: Vec<SpeedReport>,
    /// Told how many edges it was about, once the new metric holds.
    pub(crate) caller: oneshot::Sender<Result<usize, TrafficError>>,
}

/// Runs until nobody is left who could report. Errors: none in practice; the weights are of these roads.
pub(crate) fn run(
    roads: &Arc<Roads>,
    clock: Clock,
    batches: &Receiver<Batch>,
    current: &watch::Sender<Arc<Roads>>,
) -> Result<(), RoadError> {
    let mut traffic = Traffic::new(roads, Profile::free_flow());
    let mut told = false;
    loop {
        let answer = match batches.recv_timeout(EVERY) {
            Ok(batch) => {
                let taken = traffic.tell(roads, &batch.reports, clock.now());
                told |= taken.is_ok();
                Some((batch.caller, taken))
            }
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        };
        let refused = matches!(answer, Some((_, Err(_))));
        if told && !refused {
            current.send_replace(Arc::new(roads.under(traffic.weights(clock.now()))?));
        }
        if let Some((caller, taken)) = answer {
            // A caller that has gone away does not need its answer.
            _ = caller.send(taken);
        }
    }
}
