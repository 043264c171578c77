//! Work leaves nodes that are not well, a little at a time, and comes back: who goes first and how many in a span (`rates`, `leaving`), who
//! runs as a smaller variant instead and when it goes up again (`variants`), and who returns to where it came from (`restoring`). How a node
//! stands is read in `pressure`.

mod leaving;
mod options;
mod order;
mod pressure;
mod rates;
mod restoring;
mod variants;

pub(super) use leaving::{Leaver, leaving};
pub use options::ShedOptions;
pub(super) use pressure::figures;
pub(super) use restoring::restoring;
pub(super) use variants::{step_down, step_up};
