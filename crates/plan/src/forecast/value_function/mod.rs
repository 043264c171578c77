//! What a vehicle will be worth where it ends up: learnt from the days before, a part of prices where the policy says so.
//! See the README beside this file.

mod function;
mod learn;
mod trajectory;

pub use function::{BIN, BINS, ValueFunction};
pub use learn::{TrainingOptions, learn};
pub use trajectory::{Trajectories, TrajectorySpan};
