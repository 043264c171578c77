//! What a region of shared bikes should do: what a bike is worth at a station, which stations need a van, and which van takes how many
//! from where to where.

pub mod dispatch;
mod drives;
pub mod hotspots;
pub mod inventory;
pub mod tours;

pub use drives::{DriveTable, Drives};
