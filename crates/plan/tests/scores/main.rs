//! Scores that go by what nodes report, and the weights that mix them.

#![allow(clippy::unwrap_used, reason = "a name that does not parse is a broken test")]

#[path = "../placement/common.rs"]
#[allow(dead_code, reason = "each test file uses its own part")]
mod common;

mod four_factor;
mod known;
mod readings;
mod rules;
mod shadow;
