//! Who owns this task, and when must it be gone? Scopes own tasks, contracts say until when, a registry knows every one
//! of them, and a task that breaks its contract is named with file, line, owner and await point.
//!
//! ```
//! use paceline_supervise::{Options, Supervisor, Until};
//! use std::time::Duration;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! let supervisor = Supervisor::new(Options::default());
//! let fleet = supervisor.scope("fleet");                       // a component
//! let car = fleet.child("vehicle", 42);                        // an entity
//! car.spawn("telemetry", Until::Owner, async { /* until the car is gone */ });
//! car.spawn("fetch-eta", Until::Within(Duration::from_millis(300)), async { Err("no route") });
//! let closed = car.close(Duration::from_secs(5)).await;
//! assert_eq!(closed.finished, 1);
//! assert_eq!(closed.failed[0].name, "fetch-eta");
//! assert_eq!(supervisor.registry().len(), 0);
//! # }
//! ```
//!
//! This is the only crate that may spawn. It depends on tokio and on nothing of this project.
//!
//! Layers, each on those before it: what is agreed and shown (`contract`, `row`, `leak`, `counters`, `closed`, `report`,
//! `restart`, `options`, `shared`); what lives (`live`, in `slab`) and who is polled (`current`, `point`, `recorder`,
//! `task_row`); what runs it (`scope/lifecycle`, `probe`, `task`, `attempt`, `scope`) and what tasks wait at (`sync`); who
//! watches (`proof`, `leaks`, `watch`), what is read of that (`registry`) and what is built of scopes (`supervisor`, `ticker`).

mod attempt;
mod clock;
mod closed;
mod contract;
mod counters;
mod current;
mod leak;
mod leaks;
mod live;
mod load_shedder;
mod named;
mod options;
mod point;
mod probe;
mod proof;
mod recorder;
mod registry;
mod report;
mod restart;
mod row;
mod scope;
mod shared;
mod slab;
mod span;
mod supervisor;
pub mod sync;
mod task;
mod task_row;
mod testing;
mod threads;
mod ticker;
mod waiting;
mod watch;

pub use clock::now_ns;
pub use closed::{Cause, Closed, Failure};
pub use contract::{Outcome, Owner, Until};
pub use counters::{Component, POLL_BUCKETS, quantile_ns};
pub use current::TaskId;
pub use leak::{HOLDERS_SHOWN, Leak, LeakWait, PrimitiveKind};
pub use leaks::ProofCost;
pub use load_shedder::{
    Admission, AdmissionChange, LoadSample, LoadShedder, LoadShedderOptions, NotCritical,
};
pub use named::{Named, NamedExt};
pub use options::{OnError, Options};
#[doc(inline)]
pub use paceline_supervise_macros::test;
pub use recorder::{TaskEvent, TaskEventKind};
pub use registry::Registry;
pub use report::{Breach, BreachReport};
pub use restart::{Restart, Restarts};
pub use row::{Await, SourceLocation, TaskRow, TaskState};
pub use scope::{Request, Scope, Spawner};
pub use supervisor::Supervisor;
pub use testing::run_supervised;
pub use ticker::Ticks;
pub use waiting::{Waiting, waiting};
