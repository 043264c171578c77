//! The museum of leaks: one file for each way in which a task can stay that should be gone, planted as a tired engineer
//! would write it. Each must be named with file, line, owner and await point within 2 s of the breach.
//!
//! For some, `tokio_alone` runs the same leak on bare tokio and prints what one sees there: a number.

mod arc_ring;
mod block_on;
mod blocking_thread;
mod chain_of_spawns;
mod dropped_scope;
mod forgotten_handle;
mod forgotten_permit;
mod lock_across_await;
mod loop_outlives_vehicle;
mod lost_wakeup;
mod own_sender;
mod reply_never_sent;
mod request_child;
mod ring_of_channels;
mod select_drops_half;
mod stream_not_polled;
mod ticker_overlap;
mod watch_unchanged;

use paceline_supervise::{Breach, BreachReport, Options, Scope, Supervisor};
use std::future::Future;
use std::time::Duration;

/// Within so long a breach must be reported.
const REPORTED_WITHIN: Duration = Duration::from_secs(2);

/// A supervisor that reports and does not contain, so that what was planted stays to be looked at.
struct Museum {
    supervisor: Supervisor,
    fleet: Scope,
}

/// What must be said of a leak.
struct Leak {
    breach: Breach,
    task: &'static str,
    /// The line of its spawn, in the exhibit's file.
    line: u32,
    owner: &'static str,
    /// The await point's name and line; `None` where the task does not wait but runs.
    at: Option<(&'static str, u32)>,
}

impl Museum {
    fn open() -> Self {
        let supervisor = Supervisor::new(Options { contain: false, ..Options::default() });
        let fleet = supervisor.scope("fleet");
        Self { supervisor, fleet }
    }
    /// Waits until the leak is reported, from its breach on; then closes all.
    async fn names(self, file: &str, leak: Leak) {
        let named = |report: &BreachReport| {
            let task = report.task.as_ref();
            report.breach == leak.breach && task.is_some_and(|task| task.name == leak.task)
        };
        let found = async {
            loop {
                if let Some(report) = self.supervisor.reports().into_iter().find(named) {
                    return report;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let found = tokio::time::timeout(REPORTED_WITHIN, found).await;
        let report =
            found.unwrap_or_else(|_| panic!("not named within 2 s: {:?}", self.supervisor.reports()));
        println!("{report}");
        let task = report.task.expect("it is about a task");
        assert_eq!((task.location.file, task.location.line), (file, leak.line), "the line of its spawn");
        assert_eq!(task.owner.as_ref().map(|owner| owner.as_str()), Some(leak.owner));
        assert_eq!(task.at.map(|at| (at.name, at.location.line)), leak.at, "its await point");
        assert!(task.at.is_none_or(|at| at.location.file == file), "the await point's file");
        drop(self.fleet.close(Duration::ZERO).await);
    }
}

/// Plants a leak on bare tokio and prints all that tokio's stable metrics say of it.
async fn tokio_alone(leak: impl Future<Output = ()> + Send + 'static) {
    let metrics = tokio::runtime::Handle::current().metrics();
    let before = metrics.num_alive_tasks();
    #[expect(clippy::disallowed_methods, reason = "shows what is seen without supervision")]
    let handle = tokio::spawn(leak);
    tokio::time::sleep(Duration::from_millis(20)).await;
    let after = metrics.num_alive_tasks();
    println!(
        "tokio alone: num_alive_tasks went from {before} to {after}; no name, no line, no owner, no reason"
    );
    assert_eq!(after, before + 1);
    handle.abort();
}
