//! Which node runs which workload, and on which of its GPUs. Pure and deterministic, numbers only: names, versions, taints
//! and health are the caller's, who turns them into rows and verdicts.
//!
//! How to call it:
//!
//! ```
//! use paceline_plan::edge::placement::{Cluster, Device, Mix, Node, Placer, Task, scores::BestFit};
//!
//! let mut cluster = Cluster::new();
//! let node = cluster.add(Node { cpu_milli: 8_000, memory_mib: 32_768, devices: vec![Device::whole(16_384)], ..Node::default() });
//! let mut placer = Placer::new(Mix::of(BestFit));
//! let task = Task { cpu_milli: 2_000, devices: 1, device_milli: 500, device_memory_mib: 6_000, ..Task::default() };
//! let placement = placer.find(&cluster, &task).expect("the node is empty");
//! cluster.take(&task, &placement).expect("nothing has changed since");
//! assert_eq!(placement.node, node);
//! let refusal = placer.find(&cluster, &Task { device_milli: 501, ..task.clone() }).unwrap_err();
//! assert_eq!(refusal.to_string(), "1 node: 1 too little GPU share free");
//! cluster.give_back(&task, &placement);
//! ```
//!
//! * A [`Cluster`] holds what nodes have and what is taken. [`Cluster::add`] gives a [`NodeRow`]; [`Cluster::update`] changes what a
//!   node has (a card lost, another class) and keeps what is taken; [`Cluster::remove`] takes it out of service.
//! * Each node has a class ([`ClassRow`]): nodes that all rules of the caller treat alike share one (same fingerprint, taints,
//!   labels, health). A [`Task`] carries one [`Verdict`] for each class: allowed, or refused by the caller's rule of that number.
//! * [`Placer::find`] proposes, [`Cluster::take`] reserves CPU, memory, PCIe, GPU shares and GPU memory together or nothing.
//!   A refusal counts all nodes by the first rule that took each out.
//! * [`Placer::find_among`] asks a [`Beside`] about each node: for what depends on the node and the workload at once (spread, the
//!   model is already there, distance to users).
//! * [`Cluster::inform`] says what a node reports ([`Readings`]) and by which of the mix's weights it is judged ([`PolicyRow`]).
//! * Scores are plug-ins, mixed by weights ([`Mix`]); the highest sum wins, and of equals the node with the lowest rank
//!   ([`Cluster::shuffled`] draws ranks by a seed; otherwise it is the order of [`Cluster::add`]).
//!
//! * [`make_room`] proposes moves and evictions for one task, [`defragment`] moves for their own sake, [`remedies`] says what would make
//!   a no a yes. All of these leave the cluster as it was. Gangs and spread are the round's (`crate::edge::round`).
//!
//! Sources and figures: `docs/kernel/placement.md`.

mod amounts;
pub mod check;
mod choices;
mod cluster;
mod counterfactual;
mod defragmentation;
mod expected;
mod filter;
mod freed;
mod means;
mod mix;
mod other_places;
mod placer;
pub mod plain;
mod profile;
mod ranking;
mod readings;
mod replicas;
mod room;
mod rows;
pub mod scores;
mod slices;
mod task;
mod victims;

pub use amounts::Amounts;
pub use choices::choices;
pub use cluster::{Cluster, Overcommitted};
pub use counterfactual::{Missing, MissingShare, Offer, Remedy, remedies};
pub use defragmentation::{Defragmenting, Relocation, defragment};
pub use expected::Expected;
pub use filter::{Rule, Unplaceable, refusal};
pub use freed::{Freed, Measure, Usable};
pub use means::{Action, Anywhere, Cost, Elsewhere, Means};
pub use mix::{Mix, Parts, Score, Step};
pub use placer::{Beside, Placer};
pub use profile::Profile;
pub use readings::Readings;
pub use replicas::{Group, Replica, Replicas};
pub use room::{Room, make_room};
pub use rows::{ClassRow, Cut, Device, Devices, GpuModelRow, Node, NodeRow, Placement, PolicyRow};
pub use task::{File, Task, Verdict};
