//! The three small state machines: a vehicle's power and faults, its service as a city sees it, and an order's way.
//! Each is one exhaustive match, drawn above it; each pair of state and trigger is walked in the tests.

mod operational;
mod order;
mod service;

pub use operational::{Operational, OperationalTrigger};
pub use order::{OrderPhase, OrderTrigger};
pub use service::{Service, ServiceTrigger};
