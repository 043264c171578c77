//! The road service: one thread that answers requests about the road network, so that a large one holds up nothing else.
//! Its queue is bounded; when it is full the caller is told to come back.

use crate::hooks::TestHooks;
use paceline_road::{Roads, Search};
use paceline_supervise::sync::{mpsc, watch};
use paceline_supervise::{Spawner, Until};
use std::convert::Infallible;
use std::sync::Arc;

/// What it is called among the tasks.
pub(crate) const NAME: &str = "road-service";
/// Requests that may wait: at some milliseconds each, well under a second's worth.
const REQUESTS_MAX: usize = 64;

/// A request, which sends its answer by itself.
pub(crate) type RoadRequest = Box<dyn FnOnce(&Roads, &mut Search) + Send>;

/// Starts the service on the newest travel times; what is returned is its queue.
pub(crate) fn start(
    scope: &Spawner,
    current: watch::Receiver<Arc<Roads>>,
    hooks: Option<TestHooks>,
) -> mpsc::Sender<RoadRequest> {
    let (queue, requests) = mpsc::channel("the next request", REQUESTS_MAX);
    let mut service = RoadService { current, requests, hooks };
    scope.spawn_blocking_restarting(NAME, Until::Owner, move || service.run());
    queue
}

/// The service's inputs: the newest network and the queue.
struct RoadService {
    current: watch::Receiver<Arc<Roads>>,
    requests: mpsc::Receiver<RoadRequest>,
    hooks: Option<TestHooks>,
}

impl RoadService {
    /// Runs until every sender of requests is dropped.
    fn run(&mut self) -> Result<(), Infallible> {
        let mut search = Search::new(&self.current.borrow());
        while let Some(request) = self.requests.blocking_recv() {
            self.hooks.as_ref().inspect(|hooks| hooks.turn(NAME));
            let roads = self.current.borrow().clone();
            request(&roads, &mut search);
        }
        Ok(())
    }
}
