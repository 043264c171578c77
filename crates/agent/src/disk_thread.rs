//! The one thread that writes: what waits for a disk stops nothing else.

use paceline_supervise::{Spawner, Until};
use tokio::sync::{mpsc, oneshot};

/// Writes that may wait: each replica and the reports, a few times.
const JOBS_MAX: usize = 256;

type Job = Box<dyn FnOnce() + Send>;

/// Hands work to the thread. Cheap to clone; the thread ends with the last clone.
#[derive(Clone)]
pub(crate) struct Disk(mpsc::Sender<Job>);

impl Disk {
    pub(crate) fn start(scope: &Spawner) -> Self {
        let (sender, mut jobs) = mpsc::channel::<Job>(JOBS_MAX);
        scope.spawn_blocking("disk", Until::Owner, move |_| {
            while let Some(job) = jobs.blocking_recv() {
                job();
            }
        });
        Self(sender)
    }

    /// Runs `work` there. `None`: the agent ends, and it may not have run.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let (done, result) = oneshot::channel();
        let job = Box::new(move || {
            // Whoever waited may be gone.
            _ = done.send(work());
        });
        self.0.send(job).await.ok()?;
        result.await.ok()
    }
}
