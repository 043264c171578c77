//! A federation from command to journal: what it spreads where, which clusters it takes for lost, and what must hold whatever fails.

mod bench;
#[path = "../golden/mod.rs"]
mod golden;
#[path = "../journaled/mod.rs"]
mod journaled;
mod stored;
mod story;
mod walk;
