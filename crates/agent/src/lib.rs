//! What runs on an edge node? The agent says what its node is and how it fares, learns what is placed there, fetches it, loads it, and answers
//! inferences. It calls out; nobody need reach it from the region.
//!
//! ```text
//!   source --> report --> region          (each 10 s, by HTTP)
//!   region --> orders --> node --> fetch, load, probe --> serves     (one task a replica; `replica` says what is next)
//!   site   --> http   --> node --> inference
//! ```
//! Pure, each with its tests: [`replica`], [`probe`], and [`clock`], [`autonomy`] and [`outbox`] for times without the region. What must be known after a restart is on the disk before it is acted upon. The agent starts
//! no shell.

mod agent;
pub mod autonomy;
pub mod clock;
mod disk;
mod disk_thread;
pub mod fetch;
mod http;
pub mod infer;
mod leave;
mod machine;
mod node;
mod options;
mod orders;
pub mod outbox;
mod outbox_file;
pub mod probe;
mod prove;
pub mod replica;
mod replica_report;
mod report;
pub mod runner;
mod served;
pub mod source;
mod state;
mod tcp_info;
mod timekeeper;
pub mod tpm;

pub use agent::{Agent, AgentError};
pub use http::{ReplicaLine, StatusView};
pub use machine::{Clocks, MachineClocks};
pub use node::shared::Backlog;
pub use options::{AgentOptions, Ending, OrdersPace, Parts, Registration, Tries};
pub use prove::ProofOptions;
pub use served::Served;
