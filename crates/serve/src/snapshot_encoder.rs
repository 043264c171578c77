//! Encodes snapshots on a thread of its own, one at a time: while a large world is written down, records go on becoming durable.

use crate::kind::Kind;
use paceline_engine::ledger::World;
use paceline_engine::{Checkpoint, Encoded};
use paceline_journal::Seq;
use paceline_supervise::{Spawner, Until};
use std::sync::Arc;
use tokio::sync::oneshot;

/// A checkpoint, and the last record that it stands for.
type Taken<W> = (Seq, Box<Checkpoint<W>>);
/// The same as it is stored.
pub(crate) type Snapshot = (Seq, Encoded);

/// Checkpoints on their way to being snapshots.
pub(crate) struct SnapshotEncoder<W: World> {
    scope: Spawner,
    /// The newest that has not begun: an older one that still waits says nothing that it does not.
    waiting: Option<Taken<W>>,
    under_way: Option<oneshot::Receiver<Snapshot>>,
}

impl<W: Kind> SnapshotEncoder<W> {
    /// One that encodes in tasks of `scope`.
    pub(crate) fn new(scope: Spawner) -> Self {
        Self { scope, waiting: None, under_way: None }
    }

    /// Takes a checkpoint that stands for all records up to `at`.
    pub(crate) fn put(&mut self, at: Seq, checkpoint: Box<Checkpoint<W>>) {
        self.waiting = Some((at, checkpoint));
    }

    /// A snapshot that is ready to be written, if one is. Never waits.
    pub(crate) fn poll(&mut self) -> Option<Snapshot> {
        let ready = match &mut self.under_way {
            Some(encoding) => match encoding.try_recv() {
                Err(oneshot::error::TryRecvError::Empty) => return None,
                // It panicked: the log is whole without it, and the next one comes.
                ended => ended.ok(),
            },
            None => None,
        };
        match self.waiting.take().map(|taken| self.begin(taken)) {
            Some(Ok(encoding)) => self.under_way = Some(encoding),
            Some(Err(encoded)) => return Some(encoded),
            None => self.under_way = None,
        }
        ready
    }

    /// The last snapshot, once nothing else is to be written. Waits for it.
    pub(crate) fn finish(&mut self) -> Option<Snapshot> {
        let under_way = self.under_way.take().and_then(|encoding| encoding.blocking_recv().ok());
        self.waiting.take().map(|taken| encode(&taken)).or(under_way)
    }

    /// Begins to encode. Where the scope is closing, and takes no more tasks, it is done at once: the last snapshot comes then.
    fn begin(&self, taken: Taken<W>) -> Result<oneshot::Receiver<Snapshot>, Snapshot> {
        let (encoded, ready) = oneshot::channel();
        let taken = Arc::new(taken);
        let shared = taken.clone();
        let run = move |_| {
            // Nobody waits for it only once the journal has ended.
            _ = encoded.send(encode(&shared));
        };
        match self.scope.spawn_blocking("snapshot", Until::Owner, run) {
            Some(_) => Ok(ready),
            None => Err(encode(&taken)),
        }
    }
}

fn encode<W: World>((at, checkpoint): &Taken<W>) -> Snapshot {
    (*at, checkpoint.encode())
}

#[cfg(test)]
mod tests {
    use super::*;
    use paceline_engine::{Fleet, FleetOptions, Ledger};
    use paceline_road::Roads;
    use paceline_supervise::{Options, Supervisor};
    use std::time::Duration;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn one_is_encoded_at_a_time_and_the_newest_that_waits_comes_next() {
        let (roads, _) = Roads::synthetic_city(200, 1).expect("a city");
        let ledger = Ledger::new(Fleet::new(Arc::new(roads), FleetOptions::default()));
        let scope = Supervisor::new(Options::default()).scope("journal");
        let mut snapshots = SnapshotEncoder::new(scope.spawner());
        let put = |snapshots: &mut SnapshotEncoder<Fleet>, at| {
            snapshots.put(Seq(at), Box::new(ledger.checkpoint()))
        };
        put(&mut snapshots, 1);
        assert!(snapshots.poll().is_none(), "it has only begun");
        (2..=3).for_each(|at| put(&mut snapshots, at));
        let mut ready = Vec::new();
        while ready.len() < 2 {
            ready.extend(snapshots.poll());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        put(&mut snapshots, 4);
        let last = tokio::task::spawn_blocking(move || snapshots.finish()).await.expect("it does not panic");
        ready.extend(last);
        let numbers: Vec<u64> = ready.iter().map(|(at, _)| at.0).collect();
        assert_eq!(numbers, [1, 3, 4], "the second had been overtaken");
        assert_eq!(ready[0].1, ledger.checkpoint().encode());
        let mut late = SnapshotEncoder::new(scope.spawner());
        drop(scope.close(Duration::from_secs(5)).await);
        put(&mut late, 5);
        let snapshot = late.poll().map(|(at, _)| at);
        assert_eq!(snapshot, Some(Seq(5)), "a scope that takes no more tasks loses none");
    }
}
