//! Orders that no vehicle can serve, set aside until something that could serve them changes.
//!
//! ```text
//!   open, looked at in every round  --no vehicle could serve it-->  parked
//!   parked  --a vehicle that offers what it asks for has become free, moved, or charged-->  looked at again
//!   parked  --streets, options, policy of the hour, chargers or areas have changed-->  looked at again
//! ```
//!
//! Time alone makes no order possible: what is left until its latest pick-up only shrinks. An order that could be served and was
//! not (another one was dearer to leave) is never parked.

use super::row::Vehicle;
use paceline_model::{OrderIdx, OrderSpec, Tag};
use std::collections::{BTreeMap, BTreeSet};

/// Parked orders that one round looks at again, at some 10 µs each; the rest follow in the next ones.
const AGAIN_PER_ROUND_MAX: usize = 1_000;

/// What an order asks of a vehicle, or a vehicle offers: seats, attributes.
type Needs = (u8, BTreeSet<Tag>);

/// All parked orders.
#[derive(Default)]
pub(super) struct Parking {
    /// By what they ask for; each with the round that last looked at it, longest ago first.
    groups: BTreeMap<Needs, BTreeSet<(u64, OrderIdx)>>,
    /// For each kind of vehicle, the first round that sees the latest change of one.
    changed: BTreeMap<Needs, u64>,
    /// The first round that sees the latest change of something that concerns all orders.
    all_changed: u64,
    /// Counts the rounds.
    round: u64,
    /// How many orders are parked.
    count: usize,
    /// Whether a round is under way, which may park some.
    in_round: bool,
}

impl Parking {
    /// A vehicle can now be had where, or for what, it could not be before.
    pub(super) fn vehicle_changed(&mut self, vehicle: &Vehicle) {
        if self.count == 0 && !self.in_round {
            return;
        }
        let spec = &vehicle.spec;
        let next = self.round + 1;
        match self
            .changed
            .iter_mut()
            .find(|((seats, offers), _)| (*seats, offers) == (spec.seats, &spec.attributes))
        {
            Some((_, changed)) => *changed = next,
            None => _ = self.changed.insert((spec.seats, spec.attributes.clone()), next),
        }
    }
    /// What was found impossible may be possible now, for any order.
    pub(super) fn all_changed(&mut self) {
        self.all_changed = self.round + 1;
    }
    /// A round begins. Returns the parked orders that it looks at again: they are parked no longer.
    pub(super) fn begin_round(&mut self) -> Vec<OrderIdx> {
        self.round += 1;
        self.in_round = true;
        let mut again = Vec::new();
        for ((party, asks), orders) in &mut self.groups {
            let serving =
                self.changed.iter().filter(|((seats, offers), _)| seats >= party && asks.is_subset(offers));
            let changed = serving.map(|(_, changed)| *changed).fold(self.all_changed, u64::max);
            while again.len() < AGAIN_PER_ROUND_MAX
                && orders.first().is_some_and(|(looked, _)| *looked < changed)
            {
                again.extend(orders.pop_first().map(|(_, order)| order));
            }
        }
        self.groups.retain(|_, orders| !orders.is_empty());
        self.count -= again.len();
        again
    }
    /// The round is over, and with it what it may park.
    pub(super) fn end_round(&mut self) {
        self.in_round = false;
    }
    /// How many orders are parked.
    pub(super) fn len(&self) -> usize {
        self.count
    }
    /// Sets an order aside that the round under way could not serve. Returns what [`Parking::remove`] has to be told.
    pub(super) fn insert(&mut self, order: OrderIdx, spec: &OrderSpec) -> u64 {
        let group = self.groups.entry((spec.party, spec.attributes.clone())).or_default();
        self.count += usize::from(group.insert((self.round, order)));
        self.round
    }
    /// An order is not open any more.
    pub(super) fn remove(&mut self, order: OrderIdx, spec: &OrderSpec, looked: u64) {
        let group = self.groups.get_mut(&(spec.party, spec.attributes.clone()));
        self.count -= usize::from(group.is_some_and(|group| group.remove(&(looked, order))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use paceline_model::{Instant, OrderId, Position, Powertrain, Reading, VehicleId, VehicleSpec};

    fn vehicle(seats: u8) -> Vehicle {
        let spec = VehicleSpec {
            id: VehicleId::new("v").expect("a name"),
            seats,
            powertrain: Powertrain::new(50.0, 150.0, 0).expect("within bounds"),
            attributes: BTreeSet::new(),
            driver: paceline_model::Driver::Automatic,
        };
        let reading = Reading {
            position: Position::default(),
            heading: None,
            charge: paceline_model::Charge::EMPTY,
            at: Instant(0),
        };
        Vehicle::new(spec, reading, Instant(0))
    }
    fn order(party: u8) -> OrderSpec {
        OrderSpec {
            id: OrderId::new("o").expect("a name"),
            pickup: Position::default(),
            dropoff: Position::default(),
            party,
            earliest_pickup: Instant(0),
            latest_pickup: Instant(0),
            desired_arrival: None,
            priority: BTreeSet::new(),
            attributes: BTreeSet::new(),
            geofence: None,
        }
    }
    const FIRST: OrderIdx = OrderIdx::first(0);

    #[test]
    fn a_parked_order_is_looked_at_again_only_after_a_vehicle_that_could_serve_it_has_changed() {
        let mut parking = Parking::default();
        assert_eq!(parking.begin_round(), []);
        let looked = parking.insert(FIRST, &order(4));
        parking.end_round();
        assert_eq!(parking.begin_round(), [], "nothing has changed");
        parking.vehicle_changed(&vehicle(2));
        assert_eq!(parking.begin_round(), [], "a vehicle that is too small");
        parking.vehicle_changed(&vehicle(4));
        assert_eq!(parking.begin_round(), [FIRST]);
        assert_eq!(parking.begin_round(), [], "it is parked no longer");
        parking.remove(FIRST, &order(4), looked);
        assert_eq!(parking.count, 0);
    }

    #[test]
    fn a_change_while_the_round_is_under_way_is_not_missed() {
        let mut parking = Parking::default();
        parking.begin_round();
        parking.vehicle_changed(&vehicle(4));
        parking.insert(FIRST, &order(1));
        parking.end_round();
        assert_eq!(parking.begin_round(), [FIRST]);
    }

    #[test]
    fn very_many_are_looked_at_a_thousand_at_a_time_and_all_of_them_in_the_end() {
        let mut parking = Parking::default();
        parking.begin_round();
        (0..2_500).for_each(|slot| _ = parking.insert(OrderIdx::first(slot), &order(1)));
        parking.all_changed();
        let rounds: Vec<usize> = (0..4)
            .map(|_| {
                let again = parking.begin_round();
                again.iter().for_each(|idx| _ = parking.insert(*idx, &order(1)));
                again.len()
            })
            .collect();
        assert_eq!(rounds, [1_000, 1_000, 500, 0]);
    }
}
