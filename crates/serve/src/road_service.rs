//! The road service: threads that answer requests about the road network, so that a large one holds up nothing else. What takes long
//! has a thread and a queue of its own: a route does not wait for traces, however many want theirs matched. Both queues are bounded; when
//! one is full the caller is told to come back.

use crate::hooks::TestHooks;
use paceline_road::{Roads, Search};
use paceline_supervise::sync::{mpsc, watch};
use paceline_supervise::{Spawner, Until};
use std::convert::Infallible;
use std::sync::Arc;

/// What its threads are called among the tasks: for what takes milliseconds, and for the rest.
pub(crate) const NAMES: [&str; 2] = ["road-service", "road-survey"];
/// Requests of a kind that may wait: of routes at some milliseconds each, well under a second's worth.
const REQUESTS_MAX: usize = 64;

/// A request, which sends its answer by itself.
pub(crate) type RoadRequest = Box<dyn FnOnce(&Roads, &mut Search) + Send>;

/// What a request takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    /// Milliseconds: one drive, those nearest to a place.
    Drive,
    /// Up to some tenths of a second: tables, areas of reach, traces.
    Survey,
}

/// The ways to the service. It runs while they are held.
pub(crate) struct RoadHandle {
    drives: mpsc::Sender<RoadRequest>,
    surveys: mpsc::Sender<RoadRequest>,
}

impl RoadHandle {
    /// Puts a request in its queue. Returns whether there was room.
    pub(crate) fn put(&self, effort: Effort, request: RoadRequest) -> bool {
        let queue = match effort {
            Effort::Drive => &self.drives,
            Effort::Survey => &self.surveys,
        };
        queue.try_send(request).is_ok()
    }
}

/// Starts the service on the newest travel times.
pub(crate) fn start(
    scope: &Spawner,
    current: &watch::Receiver<Arc<Roads>>,
    hooks: Option<&TestHooks>,
) -> RoadHandle {
    let [drives, surveys] = NAMES.map(|name| {
        let (queue, requests) = mpsc::channel("the next request", REQUESTS_MAX);
        let mut service = RoadService { name, current: current.clone(), requests, hooks: hooks.cloned() };
        scope.spawn_blocking_restarting(name, Until::Owner, move || service.run());
        queue
    });
    RoadHandle { drives, surveys }
}

/// A thread's inputs: the newest network and the queue.
struct RoadService {
    name: &'static str,
    current: watch::Receiver<Arc<Roads>>,
    requests: mpsc::Receiver<RoadRequest>,
    hooks: Option<TestHooks>,
}

impl RoadService {
    /// Runs until every sender of requests is dropped.
    fn run(&mut self) -> Result<(), Infallible> {
        let mut search = Search::new(&self.current.borrow());
        while let Some(request) = self.requests.blocking_recv() {
            self.hooks.as_ref().inspect(|hooks| hooks.turn(self.name));
            let roads = self.current.borrow().clone();
            request(&roads, &mut search);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use paceline_supervise::{Options, Supervisor};
    use std::time::Duration;
    use tokio::sync::oneshot;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_drive_is_answered_while_surveys_take_long_and_more_of_them_than_may_wait_are_turned_away() {
        let (roads, _) = Roads::synthetic_city(200, 1).expect("a city");
        let (_current_to, current) = watch::channel("new travel times", Arc::new(roads));
        let scope = Supervisor::new(Options::default()).scope("road");
        let service = start(&scope.spawner(), &current, None);
        let (let_go, held) = std::sync::mpsc::channel::<()>();
        let (begun, begins) = oneshot::channel();
        let long: RoadRequest = Box::new(move |_, _| {
            _ = begun.send(());
            // Until the test lets it go.
            _ = held.recv();
        });
        assert!(service.put(Effort::Survey, long));
        begins.await.expect("it begins");
        let mut waiting = (0..REQUESTS_MAX).map(|_| service.put(Effort::Survey, Box::new(|_, _| ())));
        assert!(waiting.all(|taken| taken));
        assert!(!service.put(Effort::Survey, Box::new(|_, _| ())), "the queue is full");
        let (answer, answered) = oneshot::channel();
        assert!(service.put(Effort::Drive, Box::new(move |_, _| _ = answer.send(()))));
        tokio::time::timeout(Duration::from_secs(20), answered).await.expect("at once").expect("answered");
        drop((let_go, service));
        drop(scope.close(Duration::from_secs(5)).await);
    }
}
