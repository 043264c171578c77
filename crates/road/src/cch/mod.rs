//! Customisable contraction hierarchies: what is done once per map, what is done per metric, what is done per query.
//!
//! - Once per map, without weights: `turns` (the graph of allowed drives), `order` and `flow` (nested dissection), `contract`
//!   (which arcs the hierarchy has), `layout` (as columns of the road file).
//! - Once per metric: [`Metric`], with `bottom_up` (all weights or only what changed) and `perfect` (top down); `relax` is the
//!   inner loop of both.
//! - Per query: `upward_search` (one to one), `unpack` (its path), `one_to_many`. What is asked of them, by place, is in `crate::query`.
//!
//! Nothing here knows a place on a road: it reads columns, and numbers ports.
//!
//! Weights are compared by time, then distance, then effort. So a question has one answer, however it is computed, and
//! time, distance and energy come out together. The floor under all of it, Dijkstra's algorithm, is in `crate::query`.
//!
//! Source: Dibbelt, Strasser, Wagner, ACM JEA 21, 2016; turns after Buchhold, Wagner, Zeitz, Zündorf, ALENEX 2020.

mod bottom_up;
mod contract;
mod flow;
mod layout;
mod metric;
mod one_to_many;
mod order;
mod perfect;
mod relax;
mod shares;
mod turns;
mod unpack;
mod upward_search;
mod weight;

pub(crate) use layout::{Hierarchy, complete, set_walks};
pub use metric::Metric;
pub(crate) use one_to_many::{Above, Sweep};
pub use perfect::Customisation;
pub(crate) use perfect::UpwardGraph;
pub(crate) use shares::Shares;
pub(crate) use turns::{PortGraph, Streets, TurnArc, walked};
pub(crate) use unpack::Unpacked;
pub(crate) use upward_search::{Seed, UpwardSearch};
pub(crate) use weight::Weight;
