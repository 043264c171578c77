//! Bikes regions, as the shell that all kinds of regions share serves them: what of it is theirs alone.

mod batteries;
mod feed;
mod figures;
mod loose;
mod model;
mod moments;
mod positions;
mod published;
mod setup;
mod shell;
mod views;

pub(crate) use loose::{LooseBikes, checked_cell};
pub(crate) use model::BikesModel;
pub(crate) use positions::VanPositions;
pub(crate) use published::{GbfsName, Published, Written};
pub use published::{GbfsOptions, PublishedKind};
pub(crate) use setup::BikesSetup;
pub use setup::BikesSpec;
pub(crate) use shell::BikesShell;
pub(crate) use views::{hotspot, order_explained, station, station_explained, van, work_order};

use crate::kind::Kind;
use crate::problem::Problem;
use crate::region::matters::Matters;
use crate::stream::Wire;
use crate::streets::{OnStreets, Streets};
use crate::written_level::WrittenLevel;
use paceline_api::bikes::{BikesChange, BikesEvent};
use paceline_api::operation as op;
use paceline_api::{Operation, RegionKind};
use paceline_engine::Ledger;
use paceline_engine::bikes::{Bikes, BikesOptions, Change, Recorded, SilenceRules};
use paceline_engine::ledger::Entry;
use paceline_engine::record::level::{BATTERIES, CELLS, INSPECTIONS};
use paceline_model::FormatLevel;
use paceline_model::bikes::{Command, Refusal};
use paceline_model::limits::{STATIONS_MAX, VANS_MAX};
use std::sync::Arc;

/// What handlers of a bikes region alone can reach.
pub(crate) struct BikesOwn {
    pub(crate) positions: Arc<VanPositions>,
    /// Bikes that stand at no station.
    pub(crate) loose: LooseBikes,
    /// `None`: it was given none.
    pub(crate) streets: Option<Streets>,
    /// `None`: the region publishes no feed.
    pub(crate) published: Option<Published>,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        paceline_api::Problem::from(&refusal).into()
    }
}

impl Wire for Recorded {
    type View = BikesChange;
    fn view(of: &Change) -> BikesChange {
        let event = match &of.event {
            Entry::Event(event) => BikesEvent::from(event),
            Entry::Reply(reply) => BikesEvent::Remembered { key: reply.key.to_string() },
        };
        BikesChange { version: of.version.0, at: of.at, event }
    }
}

impl OnStreets for Bikes {
    fn streets(own: &BikesOwn) -> Option<&Streets> {
        own.streets.as_ref()
    }
}

impl Kind for Bikes {
    const KIND: RegionKind = RegionKind::Bikes;
    type Shell = BikesShell;
    type Model = BikesModel;
    type Own = BikesOwn;
    const SNAPSHOT_LEVEL: FormatLevel = INSPECTIONS;
    const LISTS: &'static [&'static Operation] = &[&op::LIST_STATIONS, &op::LIST_VANS, &op::LIST_WORK_ORDERS];

    /// What happened on the street is told before what somebody wants.
    fn matters(command: &Command) -> Matters {
        match command {
            Command::PutStation(_) | Command::PutVan(..) | Command::EquipVan(..) => Matters::New,
            Command::RemoveStation(_) | Command::RemoveVan(_) => Matters::Accepted,
            Command::TakeStock(_)
            | Command::TakeCells(..)
            | Command::Report(_)
            | Command::CloseStation(_)
            | Command::OpenStation(_)
            | Command::Withdraw(..) => Matters::Trip,
        }
    }

    fn asks_for_more(command: &Command) -> bool {
        matches!(command, Command::PutStation(_) | Command::PutVan(..) | Command::EquipVan(..))
    }

    fn full(&self, command: &Command) -> Option<(&'static str, usize)> {
        let (what, known, count, most) = match command {
            Command::PutStation(spec) => {
                ("stations", self.station(&spec.id).is_some(), self.station_count(), STATIONS_MAX)
            }
            Command::TakeCells(cells, _) => {
                let new = cells.iter().filter(|spec| self.station(&spec.id).is_none()).count();
                ("stations", new == 0, self.station_count() + new.saturating_sub(1), STATIONS_MAX)
            }
            Command::PutVan(spec, _) | Command::EquipVan(spec, ..) => {
                ("vans", self.van(&spec.id).is_some(), self.van_count(), VANS_MAX)
            }
            _ => return None,
        };
        (!known && count >= most).then_some((what, most))
    }

    fn within(options: BikesOptions, level: &WrittenLevel) -> BikesOptions {
        let inspect = options.silence.inspect && level.has(INSPECTIONS);
        let cells = options.cells.filter(|_| level.has(CELLS));
        let batteries = options.batteries.filter(|_| level.has(BATTERIES));
        BikesOptions { batteries, cells, silence: SilenceRules { inspect, ..options.silence }, ..options }
    }

    fn alters(ledger: &Ledger<Self>, options: &BikesOptions) -> bool {
        options != ledger.options()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use paceline_engine::bikes::BatteryRules;

    #[test]
    fn nobody_is_sent_to_inspect_and_no_cell_or_battery_is_counted_while_a_server_could_not_read_it() {
        let inspects =
            |level| Bikes::within(BikesOptions::default(), &WrittenLevel::of(level)).silence.inspect;
        assert_eq!([FormatLevel::FIRST, INSPECTIONS].map(inspects), [false, true]);
        let cells = |level| {
            let options = BikesOptions { cells: Some(9), ..BikesOptions::default() };
            Bikes::within(options, &WrittenLevel::of(level)).cells
        };
        assert_eq!([FormatLevel::FIRST, CELLS].map(cells), [None, Some(9)]);
        let rules = Some(BatteryRules::default());
        let batteries = |level| {
            let options = BikesOptions { batteries: rules, ..BikesOptions::default() };
            Bikes::within(options, &WrittenLevel::of(level)).batteries
        };
        assert_eq!([FormatLevel::FIRST, BATTERIES].map(batteries), [None, rules]);
        let quiet = BikesOptions {
            silence: SilenceRules { inspect: false, ..SilenceRules::default() },
            ..BikesOptions::default()
        };
        assert_eq!(
            Bikes::within(quiet.clone(), &WrittenLevel::of(INSPECTIONS)),
            quiet,
            "an operator said so"
        );
    }
}
