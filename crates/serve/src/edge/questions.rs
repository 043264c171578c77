//! Questions that change nothing, answered beside the region: its thread lays the world out in numbers, as for a round, and the search is done on another.

use crate::clock::Stopwatch;
use crate::kind::Kind;
use crate::problem::Problem;
use crate::region::handle::RegionHandle;
use paceline_engine::Ledger;
use paceline_engine::edge::Edge;
use paceline_plan::Budget;
use paceline_supervise::sync::oneshot;
use paceline_supervise::{Spawner, Until};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Questions at once: each takes a core for some 50 ms where there are 10,000 nodes, and the region as long as laying out a round.
const AT_ONCE: usize = 2;
/// After so long a search goes no further, and says what it has found.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// A single step of it, making room on one of a million nodes, may take longer than the rest of the time.
const THREAD_MAX: Duration = Duration::from_secs(30);

/// Who answers.
pub(crate) struct Questions {
    spawner: Spawner,
    free: Arc<Semaphore>,
}

impl Questions {
    pub(super) fn new(spawner: Spawner) -> Self {
        Self { spawner, free: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Takes a question from the world and answers it. Nobody waits in line: who comes while so many are being answered is told to come back.
    pub(crate) async fn ask<Q: Send + 'static, A: Send + 'static, E: Send + 'static>(
        &self,
        region: &RegionHandle<Edge>,
        question: impl FnOnce(&Ledger<Edge>) -> Result<Q, E> + Send + 'static,
        answer: impl FnOnce(&Q, &mut Budget) -> A + Send + 'static,
    ) -> Result<Result<A, E>, Problem>
    where
        Edge: Kind,
    {
        let permit = self.free.clone().try_acquire_owned().map_err(|_| {
            region.turned_away.inc();
            Problem::busy(
                "As many questions are being answered as may be at once; this one was not looked at.",
            )
        })?;
        let question = match region.look(question).await? {
            Ok(question) => question,
            Err(refused) => return Ok(Err(refused)),
        };
        let (to, done) = oneshot::channel("the answer to a question");
        let what = "question";
        let spawned = self.spawner.spawn_blocking(what, Until::Within(THREAD_MAX), move |_| {
            let answer = answer(&question, &mut Stopwatch::start().budget(ANSWER_WITHIN));
            drop(permit);
            // Whoever asked may have gone away.
            _ = to.send(answer);
        });
        spawned.ok_or_else(Problem::draining)?;
        done.recv().await.map(Ok).map_err(|_| Problem::draining())
    }
}
