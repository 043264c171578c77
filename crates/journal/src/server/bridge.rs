//! Waits for a client that does not block, from code that does. The client's own tasks run on one thread beside its caller, so it may be
//! asked from anywhere: from the journal's thread, and from a runtime's as a server starts.

use std::io;
use std::sync::mpsc;
use tokio::runtime::{Builder, Runtime};

/// A thread for one client's tasks. They end with it.
#[derive(Debug)]
pub(crate) struct Bridge(Option<Runtime>);

impl Bridge {
    /// Errors: the system has no thread to give.
    pub(crate) fn start() -> io::Result<Self> {
        let mut thread = Builder::new_multi_thread();
        thread.worker_threads(1).thread_name("log-client").enable_all();
        thread.build().map(|runtime| Self(Some(runtime)))
    }

    /// Blocks until `work` is done. `None`: it panicked.
    pub(crate) fn wait<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (done, answer) = mpsc::sync_channel(1);
        self.start_task(async move {
            // Whoever asked waits for it.
            _ = done.send(work.await);
        });
        answer.recv().ok()
    }

    /// Begins what goes on beside the caller, until it ends or the bridge does.
    pub(crate) fn start_task(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(runtime) = &self.0 {
            runtime.spawn(task);
        }
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        // A runtime may not be waited for from within another.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
