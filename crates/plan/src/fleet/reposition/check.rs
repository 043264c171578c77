//! Does a proposal to stand somewhere keep the rules? Written from the rules, with every drive computed anew.

use super::problem::Standing;
use crate::{ChargeAssignment, Snapshot, StandAssignment};
use paceline_model::VehicleIdx;
use paceline_road::{Roads, Search, TravelTimes};
use std::collections::{BTreeMap, BTreeSet};

/// A rule that is broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("vehicle {vehicle:?}: {fault}")]
pub struct Note {
    /// Whose.
    pub vehicle: VehicleIdx,
    /// Which.
    pub fault: Fault,
}

/// The rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Only idle vehicles are sent.
    #[error("the vehicle is not idle")]
    NotIdle,
    /// A vehicle has one place to be.
    #[error("the vehicle is sent twice")]
    Twice,
    /// Only to where riders are expected, or to a plug.
    #[error("nothing is there")]
    Nowhere,
    /// The drive is no longer than allowed, and is the fastest.
    #[error("the recorded drive is too long, or is not the drive")]
    Drive,
    /// More vehicles are sent to a site than it has free plugs.
    #[error("more vehicles than free plugs")]
    Crowded,
}

/// Checks against the snapshot that it was made from. Empty if all rules are kept.
pub fn check(
    roads: &Roads,
    search: &mut Search,
    snapshot: &Snapshot,
    standing: &Standing,
    stands: &[StandAssignment],
    charges: &[ChargeAssignment],
) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut seen = BTreeSet::new();
    let mut sent: BTreeMap<_, u16> = BTreeMap::new();
    let to_stand = stands.iter().map(|sent| {
        let stand = standing.stands.iter().find(|stand| stand.position == sent.decision.position);
        (sent.vehicle, stand.map(|stand| stand.place), sent.decision.drive_time, None)
    });
    let to_plug = charges.iter().map(|sent| {
        let site = snapshot.plugs.iter().find(|site| site.idx == sent.decision.charger);
        (sent.vehicle, site.map(|site| site.place), sent.decision.drive_time, site)
    });
    for (vehicle, place, time, site) in to_stand.chain(to_plug) {
        let mut note = |kept: bool, fault| {
            if !kept {
                notes.push(Note { vehicle, fault });
            }
        };
        let idle = standing.idle.iter().find(|idle| idle.supply.idx == vehicle);
        note(seen.insert(vehicle), Fault::Twice);
        note(idle.is_some(), Fault::NotIdle);
        note(place.is_some(), Fault::Nowhere);
        if let (Some(idle), Some(place)) = (idle, place) {
            let drive = roads.leg(search, idle.supply.place, place).time;
            note(drive == time && time <= standing.spec.drive_max, Fault::Drive);
        }
        if let Some(site) = site {
            let count = sent.entry(site.idx).or_default();
            *count += 1;
            note(*count <= site.free, Fault::Crowded);
        }
    }
    notes
}
