//! A region of edge nodes from command to journal: what is placed, what is not and why, and what becomes of work when nodes and devices
//! fail, heat up or run low.

mod battery;
mod bench;
mod defragmentation;
mod devices;
mod fleet;
#[path = "../golden/mod.rs"]
mod golden;
mod health;
mod heat;
#[path = "../journaled/mod.rs"]
mod journaled;
mod neighbours;
mod placing;
mod preemption;
mod rollout_kills;
mod rollouts;
mod scores;
mod silence;
mod slices;
mod spread;
mod storage;
mod stored;
mod trust;
mod what_if;
