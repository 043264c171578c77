//! What a vehicle will be worth where it ends up: learnt from the days before, a part of prices where the policy says so.
//! See the README beside this file.

mod diary;
mod learn;
mod values;

pub use diary::{Diary, Span};
pub use learn::{Lessons, learn};
pub use values::{BIN, BINS, Values};
