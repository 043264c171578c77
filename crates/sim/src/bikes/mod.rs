//! Shared bikes: what stations did, read from files, how well it could have been foretold, and days of a city played in virtual time.
//!
//! `history` and `period` read what was, `record` writes it down from a feed, `backtest` judges forecasts of it. `scenario` says which days are played and with what vans; `town` is
//! the stations as they really are, `riders` those who come, `crews` the vans, and `city` all of these; `play` brings it and the region together,
//! which is the one that `serve` runs. `learnt` says what riders and planners go by, `kpis` what it came to, and
//! `sketch` what `report` draws of it.
//! `rules` holds what a region publishes to what riders, crews and operators are promised.

mod backtest;
mod city;
mod classical;
mod counts;
mod crews;
mod heard;
mod history;
mod jams;
mod kpis;
mod learnt;
mod options;
mod period;
mod play;
mod policy;
mod record;
pub mod report;
mod riders;
mod rules;
mod scenario;
mod sketch;
mod town;

pub use backtest::{Backtest, BacktestOptions, Learning, Week, backtest};
pub use city::{BikesAct, BikesCity, BikesCount};
pub use heard::Heard;
pub use history::{History, HistoryStation, Snapshot};
pub use kpis::{BikesKpis, rows};
pub use learnt::Observed;
pub use options::BikesRun;
pub use period::Period;
pub use play::{BikesOutcome, play, run};
pub use policy::BikesPolicy;
pub use record::{Recording, RecordingBounds, Taken};
pub(crate) use rules::{Books, Breach};
pub use scenario::{BikesScenario, HistorySource, JammedStation, Riders, Vans};
pub use sketch::{BikesSketch, SketchedStation};
