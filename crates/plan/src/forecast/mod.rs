//! What is to come: the demand of each cell of the city, and what a free vehicle is worth where and when.

mod cells;
mod demand;
pub mod stations;
mod value_function;

pub use cells::Cell;
pub use demand::{CellHistory, Errors, Expected, Forecast, QUARTER_MS};
pub use value_function::{BIN, BINS, TrainingOptions, Trajectories, TrajectorySpan, ValueFunction, learn};
