//! The lower floor: numbers only. What a row, a column or a stop stands for is known on the floor above.
//! Nothing here imports from outside this folder but [`crate::Budget`] and [`crate::Rng`].

mod annealing;
pub mod assignment;
pub mod chains;
pub mod cutting_stock;
pub mod packing;
pub mod rebalancing;
mod strings;
mod text;
pub mod vrp;
