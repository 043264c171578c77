//! Clients: each order under a key of its own, sent again by any door until it is answered; readers of streams, who go on where they were,
//! by any door.

use super::calls::{Call, What};
use super::rover::Rover;
use super::setup::Setup;
use paceline_model::{Instant, Millis, RegionId};
use paceline_plan::Rng;

/// Who sends something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// The client of an order, by its number.
    Order(usize),
    /// The reader of a region's stream, by the region's number.
    Reader(usize),
    /// Who sends a vehicle around, by its number.
    Rover(usize),
}

/// An order.
struct Order {
    region: usize,
    at: Instant,
    done: bool,
}

/// One sending.
struct Attempt {
    who: Who,
    sent: Instant,
    open: bool,
}

/// All clients.
pub(super) struct Clients {
    rng: Rng,
    regions: Vec<RegionId>,
    orders: Vec<Order>,
    /// Up to where each region's stream was read.
    positions: Vec<u64>,
    attempts: Vec<Attempt>,
    pub(super) rovers: Vec<Rover>,
    /// No vehicle sets out any more.
    calm: bool,
}

impl Clients {
    /// Orders between two times.
    pub(super) fn new(setup: &Setup, regions: &[RegionId], (from, to): (Instant, Instant)) -> Self {
        let mut rng = setup.rng("clients");
        let span = to.since(from).0 as usize;
        let draw = |_| Order {
            region: rng.below(regions.len()),
            at: from + Millis(rng.below(span.max(1)) as u32),
            done: false,
        };
        let orders = (0..setup.orders).map(draw).collect();
        let positions = vec![0; regions.len()];
        let rovers = Rover::all(setup, regions);
        Self { rng, regions: regions.to_vec(), orders, positions, attempts: Vec::new(), rovers, calm: false }
    }

    /// All is healed: no vehicle sets out any more, and there is one more order for each region.
    pub(super) fn order_everywhere(&mut self, at: Instant) -> std::ops::Range<usize> {
        self.calm = true;
        let first = self.orders.len();
        self.orders.extend((0..self.regions.len()).map(|region| Order { region, at, done: false }));
        first..self.orders.len()
    }

    /// When each order is sent for the first time.
    pub(super) fn orders(&self) -> impl Iterator<Item = (usize, Instant)> {
        self.orders.iter().map(|order| order.at).enumerate()
    }

    /// What somebody sends now, if there is anything left to send.
    pub(super) fn call(&mut self, now: Instant, who: Who) -> Option<Call> {
        let (region, what) = match who {
            Who::Order(number) => {
                let order = self.orders.get(number).filter(|order| !order.done)?;
                (self.regions[order.region].clone(), What::Place { order: number as u64, keyed: true })
            }
            Who::Reader(region) => {
                (self.regions[region].clone(), What::Read { after: *self.positions.get(region)? })
            }
            Who::Rover(number) => self.rovers.get_mut(number)?.call(&self.regions, self.calm, &mut self.rng),
        };
        let attempt = self.attempts.len() as u64;
        self.attempts.push(Attempt { who, sent: now, open: true });
        Some(Call { attempt, region, what })
    }

    /// Which of so many doors is tried.
    pub(super) fn door(&mut self, doors: usize) -> usize {
        self.rng.below(doors.max(1))
    }

    /// Whose attempt it is, and for how long it has been under way; whether it is still waited for, which it then is no more.
    pub(super) fn close(&mut self, now: Instant, attempt: u64) -> Option<(Who, Millis, bool)> {
        let attempt = self.attempts.get_mut(attempt as usize)?;
        Some((attempt.who, now.since(attempt.sent), std::mem::take(&mut attempt.open)))
    }

    /// A vehicle has joined or left. Returns whether it has left, and when it is asked about next.
    pub(super) fn roved(&mut self, now: Instant, number: usize) -> (bool, Instant) {
        match self.rovers.get_mut(number) {
            Some(rover) => rover.done(now, &mut self.rng),
            None => (false, now),
        }
    }

    pub(super) fn done(&mut self, order: usize) {
        if let Some(order) = self.orders.get_mut(order) {
            order.done = true;
        }
    }

    /// The region of an order, by its number.
    pub(super) fn region_of(&self, order: usize) -> usize {
        self.orders.get(order).map_or(0, |order| order.region)
    }

    pub(super) fn position(&self, region: usize) -> u64 {
        self.positions.get(region).copied().unwrap_or(0)
    }

    pub(super) fn read_to(&mut self, region: usize, position: u64) {
        if let Some(at) = self.positions.get_mut(region) {
            *at = position;
        }
    }

    /// Orders that nobody has answered.
    pub(super) fn unanswered(&self) -> impl Iterator<Item = usize> {
        self.orders.iter().enumerate().filter(|(_, order)| !order.done).map(|(number, _)| number)
    }
}
