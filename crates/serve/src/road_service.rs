//! The road service: one thread that answers requests about the road network, so that a large one holds up nothing else.
//! Its queue is bounded; when it is full the caller is told to come back.

use crate::queue;
use paceline_road::{Roads, Search};
use paceline_supervise::{Spawner, Until};
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};

/// Requests that may wait: at some milliseconds each, well under a second's worth.
const REQUESTS_MAX: usize = 64;

/// A request, which sends its answer by itself.
pub(crate) type RoadRequest = Box<dyn FnOnce(&Roads, &mut Search) + Send>;

/// Starts the service on the newest travel times; what is returned is its queue.
pub(crate) fn start(scope: &Spawner, current: watch::Receiver<Arc<Roads>>) -> mpsc::Sender<RoadRequest> {
    let (queue, requests) = mpsc::channel(REQUESTS_MAX);
    let service = RoadService { current, requests };
    scope.spawn_blocking("road-service", Until::Owner, move |_| service.run());
    queue
}

/// The service's inputs: the newest network and the queue.
struct RoadService {
    current: watch::Receiver<Arc<Roads>>,
    requests: mpsc::Receiver<RoadRequest>,
}

impl RoadService {
    /// Runs until every sender of requests is dropped.
    fn run(mut self) -> Result<(), Infallible> {
        let mut search = Search::new(&self.current.borrow());
        while let Some(request) = queue::next(&mut self.requests, "the next request") {
            let roads = self.current.borrow().clone();
            request(&roads, &mut search);
        }
        Ok(())
    }
}
