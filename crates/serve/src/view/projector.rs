//! Keeps the read model up: takes in what the region says, tells the streams, counts. One task, which begins anew when it panics; then
//! the region sends it all rows.

use super::feed::{Fed, Shared};
use super::model::Model;
use super::positions;
use super::reader::Shown;
use crate::clock::Clock;
use crate::hooks::TestHooks;
use crate::metrics::{Figures, RegionMetrics};
use crate::stream::{Moment, Stream};
use paceline_engine::Change;
use paceline_model::Version;
use paceline_supervise::sync::{self, mpsc};
use paceline_supervise::{Spawner, Until};
use std::sync::atomic::Ordering;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError};

/// What it is called among the tasks.
pub(crate) const NAME: &str = "view";
/// Taken in at once: bounds how long readers wait, and how many changes one write to the streams holds.
const TOGETHER: usize = 256;

/// What the task works on; all of it outlives the task.
pub(crate) struct Projector {
    pub(crate) fed: mpsc::Receiver<Fed>,
    pub(crate) shared: Shared,
    pub(crate) shown: Arc<Shown>,
    pub(crate) stream: Arc<Stream>,
    pub(crate) metrics: RegionMetrics,
    pub(crate) clock: Clock,
    pub(crate) hooks: Option<TestHooks>,
}

/// Starts the task. It ends when the region does.
pub(crate) fn start(scope: &Spawner, parts: Projector) {
    let Projector { fed, shared, shown, stream, metrics, clock, hooks } = parts;
    let positions = positions::start(scope, shown.clone(), stream.clone());
    let figures = Mutex::default();
    let state = Arc::new(Projecting {
        fed: sync::Mutex::new("the region's feed", fed),
        shown,
        stream,
        metrics,
        clock,
        hooks,
        figures,
        positions,
    });
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

struct Projecting {
    fed: sync::Mutex<mpsc::Receiver<Fed>>,
    shown: Arc<Shown>,
    stream: Arc<Stream>,
    metrics: RegionMetrics,
    clock: Clock,
    hooks: Option<TestHooks>,
    figures: Mutex<Figures>,
    positions: SyncSender<()>,
}

/// `stale`: rows are missing, so that nothing is taken in before all of them come.
async fn run(state: Arc<Projecting>, mut stale: bool) {
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

impl Projecting {
    /// The streams first: whoever reads at a version finds what follows it there.
    fn take_in(&self, batch: &mut Vec<Fed>) {
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
            model.version
        };
        self.shown.applied(version);
        if publish {
            self.publish();
        }
    }

    fn tell(&self, batch: &[Fed]) {
        let mut figures = self.figures.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changes: Vec<&Change> = Vec::with_capacity(batch.len());
        for fed in batch {
            match fed {
                Fed::Change(change, _) => {
                    figures.see(change);
                    changes.push(change);
                }
                Fed::Whole(version, _) => {
                    self.stream.changes(&changes);
                    changes.clear();
                    self.stream.goes_on_from(*version);
                }
                Fed::Round { degraded, took } => figures.round(*degraded, *took),
                Fed::Heard(_) | Fed::Publish => {}
            }
        }
        self.stream.changes(&changes);
    }

    /// Tells the streams where everything is, and the key figures.
    fn publish(&self) {
        let (version, open, vehicles) = {
            let model: &Model = &self.shown.read();
            (model.version, model.orders.open(), model.vehicles.jobs())
        };
        let Version(number) = version;
        self.metrics.world.open_orders.set(open as i64);
        self.metrics.world.version.set(number as i64);
        self.metrics.requests.streams.set(self.stream.clients() as i64);
        self.stream.part_with_the_stalled();
        if self.stream.clients() == 0 {
            return;
        }
        // The one before may still be under way: then these are passed over.
        _ = self.positions.try_send(());
        self.stream.moment(Moment::Figures, || {
            let figures = self.figures.lock().unwrap_or_else(PoisonError::into_inner);
            let shown = figures.shown(self.clock.now(), number, open, vehicles);
            serde_json::to_vec(&shown).unwrap_or_default()
        });
    }
}
