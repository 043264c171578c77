//! The rules of the API, case by case, without a control plane: each binding is also judged by the checker.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking, their helpers too")]

mod agreement;
mod allocation;
mod devices;
mod gangs;
mod generated;
mod moves;
mod nodes;
mod pods;
mod record;
mod room;
mod volumes;
mod world;
