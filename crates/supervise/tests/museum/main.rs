//! The museum of leaks: one file for each way in which a task can stay that should be gone, planted as a tired engineer
//! would write it. Each must be named with file, line, owner and await point within 2 s; those whose task nobody can wake are
//! proved without any contract, and who holds what they wait for is named as well.
//!
//! For some, `tokio_alone` runs the same leak on bare tokio and prints what one sees there: a number.
//! `bench/leaks` runs all of this beside the same leaks in Go.

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
use std::path::Path;
use std::time::Duration;

/// Looks of the watch within which a breach must be reported: one every 250 ms is 2 s. They are counted, because on a
/// machine with too much to do the watch comes late, as does all that it looks at.
const REPORTED_WITHIN: u64 = 8;

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
    /// Waits until the leak is proved, and until who holds what it waits for is named; then closes all.
    async fn proves(self, file: &str, leak: Leak, held_by: &[&str]) {
        let report = self.found(&leak).await;
        let waits = report.waits.iter();
        let holders: Vec<_> = waits.flat_map(|wait| wait.holders.iter().map(|task| task.name)).collect();
        assert_eq!(holders, held_by, "{report}");
        let proved = self.supervisor.registry().leaks();
        assert!(proved.iter().any(|proved| proved.task.name == leak.task), "{proved:?}");
        self.names(file, leak).await;
    }
    /// Waits until the leak is reported, from its breach on; then closes all.
    async fn names(self, file: &str, leak: Leak) {
        let report = self.found(&leak).await;
        println!("leak\t{}\t{:?}\t{report}", kind(file), report.breach);
        let task = report.task.expect("it is about a task");
        assert_eq!((task.location.file, task.location.line), (file, leak.line), "the line of its spawn");
        assert_eq!(task.owner.as_ref().map(|owner| owner.as_str()), Some(leak.owner));
        assert_eq!(task.at.map(|at| (at.name, at.location.line)), leak.at, "its await point");
        assert!(task.at.is_none_or(|at| at.location.file == file), "the await point's file");
        drop(self.fleet.close(Duration::ZERO).await);
    }
    async fn found(&self, leak: &Leak) -> BreachReport {
        let registry = self.supervisor.registry();
        // The look that is under way now may have passed the leak already.
        let last = registry.proof_cost().passes + 1 + REPORTED_WITHIN;
        loop {
            // Read before the reports: what that pass found is among them.
            let passes = registry.proof_cost().passes;
            let named = |report: &BreachReport| {
                let task = report.task.as_ref();
                report.breach == leak.breach && task.is_some_and(|task| task.name == leak.task)
            };
            if let Some(report) = self.supervisor.reports().into_iter().find(named) {
                return report;
            }
            assert!(passes <= last, "not named in {REPORTED_WITHIN} looks: {:?}", self.supervisor.reports());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// The name of an exhibit: that of its file.
fn kind(file: &str) -> &str {
    Path::new(file).file_stem().and_then(|stem| stem.to_str()).expect("a source file has a name")
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
