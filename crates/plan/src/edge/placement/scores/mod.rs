//! The scores. Each says what it wants, its range, and where it comes from.

mod balance;
mod battery;
mod best_fit;
mod four_factor;
mod fragmentation;
mod locality;
mod model_present;
mod network;
mod offcut;
mod peers;
mod power;
mod products;
mod scarcity;
mod thermal;

pub use balance::Balance;
pub use battery::Battery;
pub use best_fit::BestFit;
pub use four_factor::{FourFactor, FourFactorComparable};
pub use fragmentation::Fragmentation;
pub(super) use fragmentation::sigmoid_points;
pub use locality::Locality;
pub use model_present::ModelPresent;
pub use network::{Bandwidth, RoundTrip, Signal};
pub use offcut::Offcut;
pub use peers::{Clustering, DotProduct, Packing};
pub use power::Power;
pub use products::watts_of;
pub use scarcity::Scarcity;
pub use thermal::Thermal;

use super::cluster::Cluster;
use super::expected::Expected;
use super::mix::Mix;

/// Weights of [`ahead`], set on the lists `default` and `gpuspec20` of the public trace and on no other. A half, or twice as much, of any
/// but the first changes the allocation by less than 0.1 points there.
pub(in crate::edge) const OFFCUT_WEIGHT: i32 = 10;
pub(in crate::edge) const BALANCE_WEIGHT: i32 = 3;
pub(in crate::edge) const SCARCITY_WEIGHT: i32 = 1;
pub(in crate::edge) const FRAGMENTATION_WEIGHT: i32 = 20;

/// Our own score: look ahead to what is expected. In this order: do not cut GPUs so that pieces are left over, keep CPU where
/// free GPUs will need it, keep kinds of node that some tasks must have, and beyond that as FGD does.
/// In thousandths of a GPU lost, times ten. Source: ours; figures in `docs/kernel/placement.md`.
pub fn ahead(expected: &Expected, cluster: &Cluster) -> Mix {
    Mix::default()
        .and(OFFCUT_WEIGHT, Offcut::new(expected))
        .and(BALANCE_WEIGHT, Balance::new(expected))
        .and(SCARCITY_WEIGHT, Scarcity::new(expected, cluster))
        .and(FRAGMENTATION_WEIGHT, Fragmentation::new(expected))
}
