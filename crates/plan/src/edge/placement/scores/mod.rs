//! The scores. Each says what it wants, its range, and where it comes from.

mod best_fit;

pub use best_fit::BestFit;
