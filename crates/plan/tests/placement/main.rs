//! Placement on edge nodes, against rules and against plain implementations.

mod common;
mod counterfactual;
mod defragmentation;
mod fragmentation;
mod overcommit;
mod refusals;
mod room;
mod slices;
mod together;
