//! Vehicles that go from one region to another: how a region tells the other, wherever that runs. What is to be told follows from what is
//! durable, so that whoever begins anew tells the same; nothing is queued here.

mod deliver;
mod exchange;
mod metrics;

pub(crate) use deliver::Delivery;
pub(crate) use exchange::{Door, Exchange};
pub(crate) use metrics::HandOverMetrics;
