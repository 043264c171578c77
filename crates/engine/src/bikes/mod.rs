//! The world of shared bikes: what stands at stations, which van brings or takes how many, and what its crew says.
//!
//! `admit/` judges commands, `settle/` says what follows once something is another than before (an order is needed, is needed no longer, takes
//! fewer bikes), `round/` what is to be solved and what of a plan still holds, `apply/` folds events in. *Reported* stock is what was
//! counted; *believed* stock is that with what crews have done since. Orders rest on the believed.

mod admit;
mod apply;
mod batteries;
mod changes;
mod demand;
mod explain;
mod in_ledger;
mod options;
mod overdue;
mod round;
mod row;
mod settle;
mod stored;
mod watch;
mod world;

pub use batteries::{BatteryRules, BatteryState};
pub use changes::Changes;
pub use demand::Demand;
pub use explain::{OrderExplained, StationExplained};
pub use options::{BikesOptions, BikesPrices, QuietHours, SilenceRules};
pub use round::{NotIssued, RoundSummary};
pub use row::{OrderRow, OrderStep, StationRow, VanRow};
pub use stored::{record_layout, snapshot_layout};
pub use watch::Watch;
pub use world::Bikes;

use crate::ledger::{self, Entry};
use paceline_model::bikes::{Event, Refusal};

/// What a bikes region writes down and publishes.
pub type Recorded = Entry<Event, Refusal>;
/// A durable change of a bikes region.
pub type Change = ledger::Change<Recorded>;
