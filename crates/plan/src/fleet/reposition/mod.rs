//! Where vehicles with nothing to do should stand, and which of them should charge meanwhile.
//! See the README beside this file.

mod check;
mod problem;
mod solve;

pub use check::{Fault, Note, check};
pub use problem::{Idle, RebalanceSpec, Stand, Standing};
pub use solve::{Look, Stood, solve};
