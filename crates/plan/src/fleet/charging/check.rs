//! Does a charging proposal keep the rules? Written from the rules, with every drive computed anew.

use crate::rows::Supply;
use crate::{ChargeAssignment, Snapshot};
use paceline_model::{ChargerIdx, VehicleIdx};
use paceline_road::{Leg, Roads, Search, TravelTimes};
use std::collections::{BTreeMap, BTreeSet};

/// A rule that a charge assignment breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("vehicle {vehicle:?} to charger {charger:?}: {fault}")]
pub struct Note {
    /// The assignment's vehicle.
    pub vehicle: VehicleIdx,
    /// The assignment's charger.
    pub charger: ChargerIdx,
    /// The rule.
    pub fault: Fault,
}

/// The rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The snapshot does not list the vehicle as low.
    #[error("the vehicle is not low")]
    VehicleUnknown,
    /// The snapshot has no such charger with a free plug.
    #[error("the charger has no free plug")]
    ChargerUnknown,
    /// Two assignments have this vehicle.
    #[error("the vehicle is sent twice")]
    VehicleTwice,
    /// More vehicles are sent than plugs are free.
    #[error("more vehicles than free plugs")]
    Crowded,
    /// The battery does not last to the charger.
    #[error("the battery does not last")]
    OutOfReach,
    /// The recorded drive is not the fastest one.
    #[error("the recorded drive is not the drive")]
    Drive,
}

/// Checks every assignment against the snapshot that it was made from. Empty if all rules are kept.
pub fn check(
    roads: &Roads,
    search: &mut Search,
    snapshot: &Snapshot,
    charges: &[ChargeAssignment],
) -> Vec<Note> {
    let mut vehicles = BTreeSet::new();
    let mut sent: BTreeMap<ChargerIdx, u16> = BTreeMap::new();
    let mut notes = Vec::new();
    for charge in charges {
        let mut note = |kept: bool, fault| {
            if !kept {
                let (vehicle, charger) = (charge.vehicle, charge.decision.charger);
                notes.push(Note { vehicle, charger, fault });
            }
        };
        note(vehicles.insert(charge.vehicle), Fault::VehicleTwice);
        let count = sent.entry(charge.decision.charger).or_default();
        *count += 1;
        let vehicle = snapshot.low.iter().find(|vehicle| vehicle.idx == charge.vehicle);
        let site = snapshot.plugs.iter().find(|site| site.idx == charge.decision.charger);
        note(vehicle.is_some(), Fault::VehicleUnknown);
        note(site.is_some(), Fault::ChargerUnknown);
        if let (Some(vehicle), Some(site)) = (vehicle, site) {
            note(*count <= site.free, Fault::Crowded);
            let leg = roads.leg(search, vehicle.place, site.place);
            note(lasts(snapshot, vehicle, leg), Fault::OutOfReach);
            note(leg.time == charge.decision.drive_time, Fault::Drive);
        }
    }
    notes
}

/// Of two ways of equal time one may take more effort, and the battery was checked for the other: a tenth is forgiven.
fn lasts(snapshot: &Snapshot, vehicle: &Supply, leg: Leg) -> bool {
    let needed = snapshot.uses(vehicle).driving(leg);
    leg.is_reachable() && needed.0 - needed.0 / 10 <= vehicle.energy.0
}
