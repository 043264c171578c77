//! What is in the engine as everybody outside reads it.
//!
//! The read model (`model`, of `rows`) is fed by the region through `feed`, kept up by `projector` and read through `reader`, beside the
//! region's thread. The other files write one kind of view each for the wire: nothing else here reads the engine to show it.

mod change;
mod explanation;
mod feed;
mod load_shedder;
mod model;
mod moments;
mod order;
mod orders;
mod positions;
mod projector;
mod reader;
mod rows;
mod shadow;
mod site;
mod slots;
mod start;
mod telling;
#[cfg(test)]
mod tests;
mod traffic;
mod vehicle;
mod vehicles;
mod world;

pub(crate) use explanation::explanation;
pub(crate) use feed::Feed;
pub(crate) use load_shedder::admission_change;
pub(crate) use model::Model;
pub(crate) use moments::FleetMoments;
pub(crate) use order::order;
pub(crate) use orders::Place;
pub(crate) use projector::NAME;
pub(crate) use reader::{Shown, ViewHandle};
pub(crate) use rows::{OrderRow, VehicleRow};
pub(crate) use shadow::difference;
pub(crate) use site::{charger, geofence};
pub(crate) use start::{ViewOptions, start};
pub(crate) use telling::Moments;
pub(crate) use traffic::traffic;
pub(crate) use vehicle::vehicle;
pub(crate) use world::Numbers;
