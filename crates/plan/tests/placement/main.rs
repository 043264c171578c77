//! Placement on edge nodes, against rules and against plain implementations.

mod common;
mod overcommit;
mod refusals;
