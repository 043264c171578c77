//! What is in the engine as the wire shows it: one file for each kind of view. Nothing else here reads the engine to show it.

mod change;
mod explanation;
mod load_shedder;
mod order;
mod shadow;
mod traffic;
mod vehicle;
mod world;

pub(crate) use change::change;
pub(crate) use explanation::explanation;
pub(crate) use load_shedder::admission_change;
pub(crate) use order::order;
pub(crate) use shadow::difference;
pub(crate) use traffic::traffic;
pub(crate) use vehicle::{job, position, vehicle};
pub(crate) use world::world;
