//! Where each vehicle is, by the logs of all regions: in one of them, or on its way from one to another.

use super::promise::{Judged, Promise};
use paceline_model::{Event, HandOverNumber, RegionId, VehicleId};
use std::collections::BTreeMap;

/// Where a vehicle is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    In(RegionId),
    Between(RegionId, RegionId),
}

/// What became of a hand-over.
#[derive(Debug)]
struct Given {
    vehicle: VehicleId,
    to: RegionId,
    taken: bool,
    acknowledged: bool,
}

/// All vehicles, and all hand-overs by the region that gave and its number.
#[derive(Default)]
pub(super) struct Whereabouts {
    places: BTreeMap<VehicleId, Place>,
    given: BTreeMap<(RegionId, HandOverNumber), Given>,
    /// A vehicle that was taken, and joins with what follows in the record.
    arriving: Option<VehicleId>,
}

impl Whereabouts {
    /// Something stands in a region's log.
    pub(super) fn enter(&mut self, region: &RegionId, event: &Event) -> Judged {
        match event {
            Event::VehicleRegistered { spec, .. } => self.joins(region, &spec.id),
            Event::VehicleHandedOver { vehicle, to, number, .. } => self.leaves(region, vehicle, to, *number),
            Event::HandOverReceived { from, number } => self.taken(region, from, *number),
            Event::HandOverAcknowledged { to, number } => self.acknowledged(region, to, *number),
            _ => Ok(()),
        }
    }

    /// A record has ended.
    pub(super) fn record_ended(&mut self, region: &RegionId) -> Judged {
        match self.arriving.take() {
            Some(vehicle) => hand_overs(format!("{region} took {vehicle}, and does not have it")),
            None => Ok(()),
        }
    }

    /// How many hand-overs were taken.
    pub(super) fn taken_count(&self) -> u64 {
        self.given.values().filter(|given| given.taken).count() as u64
    }

    /// What is still on its way. Errors: which, and whether it has arrived.
    pub(super) fn all_arrived(&self) -> Result<(), String> {
        match self.given.iter().find(|(_, given)| !given.acknowledged) {
            None => Ok(()),
            Some(((from, number), Given { vehicle, to, taken, .. })) => {
                let reached = if *taken { "has taken it, which is not noted" } else { "has not taken it" };
                Err(format!("{vehicle} left {from} for {to} as {}, which {reached}", number.0))
            }
        }
    }

    fn joins(&mut self, region: &RegionId, vehicle: &VehicleId) -> Judged {
        let arrives = self.arriving.take_if(|arriving| arriving == vehicle).is_some();
        let before = self.places.insert(vehicle.clone(), Place::In(region.clone()));
        match before {
            None => Ok(()),
            Some(Place::Between(_, to)) if arrives && to == *region => Ok(()),
            Some(place) => one_region(format!("{vehicle} joined {region}, and was {place:?}")),
        }
    }

    fn leaves(
        &mut self,
        from: &RegionId,
        vehicle: &VehicleId,
        to: &RegionId,
        number: HandOverNumber,
    ) -> Judged {
        let between = Place::Between(from.clone(), to.clone());
        let before = self.places.insert(vehicle.clone(), between);
        if before != Some(Place::In(from.clone())) {
            return one_region(format!("{vehicle} left {from}, and was {before:?}"));
        }
        let given = Given { vehicle: vehicle.clone(), to: to.clone(), taken: false, acknowledged: false };
        match self.given.insert((from.clone(), number), given) {
            None => Ok(()),
            Some(before) => hand_overs(format!("{from} gave {vehicle} as {}, as {before:?}", number.0)),
        }
    }

    fn taken(&mut self, region: &RegionId, from: &RegionId, number: HandOverNumber) -> Judged {
        let Some(given) = self.given.get_mut(&(from.clone(), number)).filter(|given| given.to == *region)
        else {
            return hand_overs(format!("{region} took {} of {from}, whose log has no such", number.0));
        };
        self.arriving = Some(given.vehicle.clone());
        match std::mem::replace(&mut given.taken, true) {
            false => Ok(()),
            true => hand_overs(format!("{region} took {} as {} of {from} twice", given.vehicle, number.0)),
        }
    }

    fn acknowledged(&mut self, from: &RegionId, to: &RegionId, number: HandOverNumber) -> Judged {
        let Some(given) = self.given.get_mut(&(from.clone(), number)).filter(|given| given.taken) else {
            return hand_overs(format!("{from} forgot its {} for {to}, which has not taken it", number.0));
        };
        given.acknowledged = true;
        Ok(())
    }
}

fn one_region(what: String) -> Judged {
    Err((Promise::OneRegion, what))
}

fn hand_overs(what: String) -> Judged {
    Err((Promise::HandOvers, what))
}
