//! Moves for their own sake: what may be moved and what that is worth is looked at first, by whoever asks and beside the region's thread
//! (`survey`); what is then asked for is kept (`state`) and made a few at a time, each looked at again in the round of its turn (`turn`).

mod options;
mod state;
mod survey;
mod turn;

pub use options::DefragmentationOptions;
pub use state::{Defragmentation, MoveRow};
pub use survey::{DefragmentationPlan, PricedMove, Survey};
pub(super) use turn::{due, left_alone, made, passed_over, settled, waits};
