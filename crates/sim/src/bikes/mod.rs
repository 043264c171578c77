//! Shared bikes: what stations did, read from files, and how well it could have been foretold.

mod backtest;
mod history;
mod period;

pub use backtest::{Backtest, BacktestOptions, Learning, Week, backtest};
pub use history::{History, HistoryStation, Snapshot};
pub use period::{Period, Zone};
