//! Where vehicles with nothing to do should stand, and which of them should charge meanwhile.
//! See the README beside this file.

mod cells;
mod check;
mod forecast;
mod problem;
mod solve;

pub use cells::Cell;
pub use check::{Fault, Note, check};
pub use forecast::{Errors, Expected, Forecast, QUARTER_MS};
pub use problem::{Idle, RebalanceSpec, Stand, Standing};
pub use solve::{Stood, solve};
