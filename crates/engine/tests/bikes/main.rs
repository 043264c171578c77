//! A region of shared bikes from command to journal: what is ordered and why, what crews say, and what becomes of orders that the world
//! overtakes.

mod batteries;
mod bench;
mod cells;
mod crews;
mod faults;
#[path = "../golden/mod.rs"]
mod golden;
mod inspections;
#[path = "../journaled/mod.rs"]
mod journaled;
mod orders;
mod stored;
mod story;
mod walk;
