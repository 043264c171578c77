//! Fleets, as the shell that all kinds of regions share serves them: what of it is theirs alone.

pub(crate) mod shadow;
mod shell;

pub(crate) use shell::FleetShell;

use crate::http::FleetOwn;
use crate::kind::Kind;
use crate::region::matters::Matters;
use crate::streets::{OnStreets, Streets};
use crate::view::Model;
use paceline_api::operation as op;
use paceline_api::{Operation, RegionKind};
use paceline_engine::{Fleet, Ledger, Setting};
use paceline_model::Command;
use paceline_model::limits::{CHARGERS_MAX, GEOFENCES_MAX, OPEN_ORDERS_MAX, VEHICLES_MAX};

impl OnStreets for Fleet {
    fn streets(own: &FleetOwn) -> Option<&Streets> {
        Some(&own.streets)
    }
}

impl Kind for Fleet {
    const KIND: RegionKind = RegionKind::Fleet;
    type Shell = FleetShell;
    type Model = Model;
    type Own = FleetOwn;
    const LISTS: &'static [&'static Operation] =
        &[&op::LIST_VEHICLES, &op::LIST_ORDERS, &op::LIST_CHARGERS, &op::LIST_GEOFENCES];

    fn matters(command: &Command) -> Matters {
        match command {
            Command::PlaceOrder(_)
            | Command::PutVehicle(..)
            | Command::PutCharger(_)
            | Command::PutGeofence(_) => Matters::New,
            Command::CancelOrder(_)
            | Command::RetireVehicle(_)
            | Command::HandOver(..)
            | Command::ReceiveHandOver(..)
            | Command::AcknowledgeHandOver(..) => Matters::Accepted,
            Command::Accept(..)
            | Command::Decline(..)
            | Command::Arrived(..)
            | Command::PickedUp(..)
            | Command::DroppedOff(..)
            | Command::Fault(..)
            | Command::Recover(_)
            | Command::PlugIn(..)
            | Command::Unplug(..) => Matters::Trip,
        }
    }

    fn asks_for_more(command: &Command) -> bool {
        matches!(command, Command::PlaceOrder(_))
    }

    fn full(&self, command: &Command) -> Option<(&'static str, usize)> {
        let world = self.world();
        let (what, known, count, most) = match command {
            Command::PlaceOrder(_) => ("open orders", false, world.open_orders(), OPEN_ORDERS_MAX),
            Command::PutVehicle(spec, _) | Command::ReceiveHandOver(_, _, spec, _) => {
                ("vehicles", world.vehicle(&spec.id).is_some(), world.vehicle_count(), VEHICLES_MAX)
            }
            Command::PutCharger(spec) => {
                ("charger sites", world.charger(&spec.id).is_some(), world.charger_count(), CHARGERS_MAX)
            }
            Command::PutGeofence(area) => {
                ("areas", world.geofence(area.id()).is_some(), world.geofences().len(), GEOFENCES_MAX)
            }
            _ => return None,
        };
        (!known && count >= most).then_some((what, most))
    }

    fn alters(ledger: &Ledger<Self>, setting: &Setting) -> bool {
        matches!(setting, Setting::Options(options) if **options != *ledger.options())
    }
}
