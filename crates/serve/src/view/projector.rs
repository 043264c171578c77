//! Keeps the read model up: takes in what the region says, tells the streams, counts. One task, which begins anew when it panics; then
//! the region sends it all rows.

use super::feed::{Fed, Shared};
use super::reader::Shown;
use super::telling::Moments;
use crate::hooks::TestHooks;
use crate::kind::ReadModel;
use crate::metrics::RegionMetrics;
use crate::stream::Stream;
use paceline_supervise::sync::{self, mpsc};
use paceline_supervise::{Spawner, Until};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// What it is called among the tasks.
pub(crate) const NAME: &str = "view";
/// Taken in at once: bounds how long readers wait, and how many changes one write to the streams holds.
const TOGETHER: usize = 256;

/// What the task works on; all of it outlives the task.
pub(crate) struct Projector<M: ReadModel> {
    pub(crate) fed: mpsc::Receiver<Fed<M>>,
    pub(crate) shared: Shared,
    pub(crate) shown: Arc<Shown<M>>,
    pub(crate) stream: Arc<Stream>,
    pub(crate) moments: Box<dyn Moments<M>>,
    pub(crate) metrics: RegionMetrics,
    pub(crate) hooks: Option<TestHooks>,
}

/// Starts the task. It ends when the region does.
pub(crate) fn start<M: ReadModel>(scope: &Spawner, parts: Projector<M>) {
    let Projector { fed, shared, shown, stream, moments, metrics, hooks } = parts;
    let fed = sync::Mutex::new("the region's feed", fed);
    let state = Arc::new(Projecting { fed, shown, stream, moments, metrics, hooks });
    let mut begun = false;
    scope.spawn_restarting(NAME, Until::Owner, move || {
        let again = std::mem::replace(&mut begun, true);
        if again {
            // What it held in hand is gone.
            shared.lost.store(true, Ordering::SeqCst);
        }
        run(state.clone(), again)
    });
}

struct Projecting<M: ReadModel> {
    fed: sync::Mutex<mpsc::Receiver<Fed<M>>>,
    shown: Arc<Shown<M>>,
    stream: Arc<Stream>,
    moments: Box<dyn Moments<M>>,
    metrics: RegionMetrics,
    hooks: Option<TestHooks>,
}

/// `stale`: rows are missing, so that nothing is taken in before all of them come.
async fn run<M: ReadModel>(state: Arc<Projecting<M>>, mut stale: bool) {
    let mut fed = state.fed.lock().await;
    let mut batch = Vec::with_capacity(TOGETHER);
    while fed.recv_many(&mut batch, TOGETHER).await > 0 {
        state.hooks.as_ref().inspect(|hooks| hooks.turn(NAME));
        if stale {
            let whole = batch.iter().position(Fed::is_whole);
            batch.drain(..whole.unwrap_or(batch.len()));
            stale = whole.is_none();
        }
        state.take_in(&mut batch);
    }
}

impl<M: ReadModel> Projecting<M> {
    /// The streams first: whoever reads at a version finds what follows it there.
    fn take_in(&self, batch: &mut Vec<Fed<M>>) {
        self.tell(batch);
        let mut publish = false;
        let version = {
            let mut model = self.shown.write();
            for fed in batch.drain(..) {
                match fed {
                    Fed::Change(change, Some(rows)) => model.apply(change.version, *rows),
                    Fed::Change(_, None) | Fed::Round { .. } => {}
                    Fed::Whole(version, rows) => model.apply(version, *rows),
                    Fed::Heard(heard) => model.hear(heard),
                    Fed::Publish => publish = true,
                }
            }
            model.version()
        };
        self.shown.applied(version);
        if publish {
            self.metrics.version.set(version.0 as i64);
            self.metrics.requests.streams.set(self.stream.clients() as i64);
            self.stream.part_with_the_stalled();
            self.moments.publish(&self.shown, &self.stream);
        }
    }

    fn tell(&self, batch: &[Fed<M>]) {
        let mut changes = Vec::with_capacity(batch.len());
        for fed in batch {
            match fed {
                Fed::Change(change, _) => {
                    self.moments.on_change(change);
                    changes.push(change.as_ref());
                }
                Fed::Whole(version, _) => {
                    self.stream.changes(&changes);
                    changes.clear();
                    self.stream.goes_on_from(*version);
                }
                Fed::Round { degraded, took } => self.moments.on_round(*degraded, *took),
                Fed::Heard(_) | Fed::Publish => {}
            }
        }
        self.stream.changes(&changes);
    }
}
