//! Which stations need somebody, how much, and why: those that have run empty or full or are about to, by the rides that are lost there, and those
//! that have bikes and give none. Called by rounds of a bikes region, and whenever one station has changed. See the README beside this file.

mod hotspot;
mod jammed;
mod rank;

pub use hotspot::{Hotspot, Need};
pub use jammed::{Jammed, Silence, SilenceTest};
pub use rank::{HotspotRules, StationNow, look, rank};
