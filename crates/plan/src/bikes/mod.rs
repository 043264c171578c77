//! Shared bikes: what a bike is worth where it stands, and which stations need a van.

pub mod hotspots;
pub mod inventory;
