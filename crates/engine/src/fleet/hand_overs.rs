//! Vehicles that go from one region to another, in two steps. A region that gives one away lets go of it in the same record that says where
//! it goes, and tells the other until that has said that it has it; the other takes each number once. So a vehicle is never in two
//! regions, and never in none: it is in the first, or on its way, or in the second.
//!
//! ```text
//!   here:   VehicleHandedOver(n) ----- pending: told again and again -----> HandOverAcknowledged(n)
//!                                  |                                   ^
//!   there:                         +--> HandOverReceived(n), registered, or n is known already
//! ```
//!
//! The pattern is that of the transactional outbox with an idempotent receiver: Pat Helland, *Life beyond Distributed Transactions*, CIDR 2007.

use paceline_model::limits::VEHICLES_MAX;
use paceline_model::{HandOver, HandOverNumber, Instant, RegionId, VehicleId};
use std::collections::BTreeMap;

/// What left, what came, and where to find what is gone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HandOvers {
    /// The number of the last that was given.
    pub(super) last: HandOverNumber,
    /// What left, and is not acknowledged.
    pub(super) pending: BTreeMap<HandOverNumber, HandOver>,
    /// Of each region, the number of the last that came.
    pub(super) received: BTreeMap<RegionId, HandOverNumber>,
    /// Which vehicle left under which number, and where to: until it comes back.
    pub(super) gone: BTreeMap<HandOverNumber, (VehicleId, RegionId)>,
    /// Index: under which number a vehicle left.
    left_as: BTreeMap<VehicleId, HandOverNumber>,
}

impl HandOvers {
    /// What was read back from a snapshot.
    pub(super) fn restored(
        last: HandOverNumber,
        pending: BTreeMap<HandOverNumber, HandOver>,
        received: BTreeMap<RegionId, HandOverNumber>,
        gone: BTreeMap<HandOverNumber, (VehicleId, RegionId)>,
    ) -> Self {
        let left_as = gone.iter().map(|(number, (vehicle, _))| (vehicle.clone(), *number)).collect();
        Self { last, pending, received, gone, left_as }
    }

    /// Whether no vehicle ever went or came.
    pub(super) fn is_unused(&self) -> bool {
        self.last == HandOverNumber::default() && self.received.is_empty()
    }

    /// What left and is not acknowledged, oldest first.
    pub fn pending(&self) -> impl ExactSizeIterator<Item = &HandOver> {
        self.pending.values()
    }

    /// Where a vehicle went that was handed over and has not come back.
    pub fn gone_to(&self, vehicle: &VehicleId) -> Option<&RegionId> {
        let (_, to) = self.gone.get(self.left_as.get(vehicle)?)?;
        Some(to)
    }

    /// The number of a hand-over at `at`. A journal that is begun anew under the same name goes on above the numbers of the one before it.
    pub(super) fn next(&self, at: Instant) -> HandOverNumber {
        HandOverNumber(at.0.max(self.last.0 + 1))
    }

    /// Whether a hand-over of another region has not come before.
    pub(super) fn is_new(&self, from: &RegionId, number: HandOverNumber) -> bool {
        self.received.get(from).is_none_or(|last| *last < number)
    }

    /// Whether the other region has still to say that it has it.
    pub(super) fn is_pending(&self, to: &RegionId, number: HandOverNumber) -> bool {
        self.pending.get(&number).is_some_and(|pending| pending.to == *to)
    }

    pub(super) fn send(&mut self, hand_over: HandOver) {
        let (number, vehicle) = (hand_over.number, hand_over.vehicle.id.clone());
        self.last = number;
        self.gone.insert(number, (vehicle.clone(), hand_over.to.clone()));
        self.left_as.insert(vehicle, number);
        self.pending.insert(number, hand_over);
        // Of as many is kept where they went as a region may have.
        if self.gone.len() > VEHICLES_MAX
            && let Some((_, (vehicle, _))) = self.gone.pop_first()
        {
            self.left_as.remove(&vehicle);
        }
    }

    pub(super) fn receive(&mut self, from: RegionId, number: HandOverNumber) {
        self.received.insert(from, number);
    }

    pub(super) fn acknowledge(&mut self, number: HandOverNumber) {
        self.pending.remove(&number);
    }

    /// A vehicle of that name is here.
    pub(super) fn is_here(&mut self, vehicle: &VehicleId) {
        if let Some(number) = self.left_as.remove(vehicle) {
            self.gone.remove(&number);
        }
    }
}
