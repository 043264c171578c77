//! What a round asks, and what it proposes: vans and stations by their numbers.

use crate::bikes::inventory::OutagePrice;
use crate::forecast::stations::RateSlot;
use paceline_model::{Instant, Millis, Position, Version};
use std::sync::Arc;

/// A stop that a crew has been told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToldStop {
    /// Where it is.
    pub position: Position,
    /// How long it takes once the van is there.
    pub takes: Millis,
}

/// A van, with what its crew has been told.
#[derive(Clone, Debug, PartialEq)]
pub struct Van {
    /// Which of the caller's it is: the same van has the same key from round to round.
    pub key: u32,
    /// Where it is now.
    pub position: Position,
    /// What it does before anything else, in order.
    pub told: Vec<ToldStop>,
    /// Bikes aboard after that.
    pub aboard: u32,
    /// Bikes that it carries at most.
    pub capacity: u32,
    /// What handling one bike takes.
    pub handling: Millis,
    /// Where its shift ends.
    pub depot: Position,
    /// When it does, from now; [`Millis::MAX`]: it does not.
    pub shift_ends_in: Millis,
    /// How many more stops its crew may be told.
    pub stops_left: u32,
    /// Whether its crew mends things.
    pub repairs: bool,
    /// Charged batteries aboard after what its crew has been told.
    pub batteries: u32,
    /// Why it gets nothing at all: a number of the caller's.
    pub out: Option<u8>,
}

impl Van {
    /// Whether its crew may be told anything.
    pub fn is_able(&self) -> bool {
        self.out.is_none() && self.stops_left > 0
    }
}

/// What somebody has to come to a station for, and nobody has been told to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ask {
    /// Bring bikes.
    Bring,
    /// Take bikes away.
    Take,
    /// Mend docks.
    Repair,
    /// Look why no bikes are given.
    Inspect,
    /// Change batteries.
    Swap,
}

/// All that is asked for at one station.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asks {
    /// Bikes are to be brought.
    pub bring: bool,
    /// Bikes are to be taken away.
    pub take: bool,
    /// Docks are to be mended.
    pub repair: bool,
    /// Somebody is to look why no bikes are given; what is to be mended there waits until he has.
    pub inspect: bool,
    /// So many batteries are to be changed, as far as one van has them aboard.
    pub swap: u32,
}

impl Asks {
    /// One after the other.
    pub fn each(self) -> impl Iterator<Item = Ask> {
        let asks = [
            (self.bring, Ask::Bring),
            (self.take, Ask::Take),
            (self.repair, Ask::Repair),
            (self.inspect, Ask::Inspect),
            (self.swap > 0, Ask::Swap),
        ];
        asks.into_iter().filter(|(asked, _)| *asked).map(|(_, ask)| ask)
    }
}

/// A station to which a van may be sent: nobody has been told yet to bring anything there or take anything away.
#[derive(Clone, Debug, PartialEq)]
pub struct Station {
    /// Which of the caller's it is: the same station has the same key from round to round.
    pub key: u32,
    /// Where vans stop.
    pub position: Position,
    /// Docks; `None`: docks are not what limits it.
    pub docks: Option<u32>,
    /// Bikes fit for hire that stand there now.
    pub bikes: u32,
    /// Bikes that may be taken at most.
    pub take_max: u32,
    /// Bikes that may be brought at most.
    pub bring_max: u32,
    /// Bikes that whoever asks wants there: fewer or more of them cost [`Prices::missing`] each.
    pub wanted: (u32, u32),
    /// What an hour without a bike, or without a free dock, costs here.
    pub outage: OutagePrice,
    /// Rates from the beginning of the quarter of an hour of [`Problem::at`] on; the horizon is their sum. `None`: no riders come there.
    pub rates: Option<Arc<[RateSlot]>>,
    /// What waits for somebody.
    pub asks: Asks,
    /// Vans that are not to be asked: their crews have declined it.
    pub declined: Vec<usize>,
}

impl Station {
    /// Riders who are expected to want a bike until the end of the horizon.
    pub fn rentals(&self) -> f64 {
        let slots = self.rates.iter().flat_map(|rates| rates.iter());
        slots.map(|slot| slot.rates.rentals_per_hour * slot.hours()).sum()
    }
}

/// What things cost, in rides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prices {
    /// An hour of driving.
    pub driving_hour: f64,
    /// A stop, whatever is done there.
    pub stop: f64,
    /// Each bike that is missing to what is wanted somewhere, or is beyond it.
    pub missing: f64,
    /// Broken docks that stay so.
    pub repair: f64,
    /// Each battery that stays low.
    pub battery: f64,
}

/// One round.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Of the world that it was made from.
    pub version: Version,
    /// When that was.
    pub at: Instant,
    /// Who can go.
    pub vans: Vec<Van>,
    /// Where to.
    pub stations: Vec<Station>,
    /// What things cost.
    pub prices: Prices,
    /// What changing one battery takes.
    pub change_battery: Millis,
}

impl Problem {
    /// What a crew does at a station beside moving bikes: one thing at a visit, and one that somebody can do. Where somebody has to look, he
    /// looks first.
    pub fn errand(&self, station: &Station) -> Option<Ask> {
        let somebody = |can: &dyn Fn(&Van) -> bool| self.vans.iter().any(|van| van.is_able() && can(van));
        let asks = station.asks;
        if asks.inspect {
            Some(Ask::Inspect)
        } else if asks.repair && somebody(&|van| van.repairs) {
            Some(Ask::Repair)
        } else {
            (self.changed(station) > 0).then_some(Ask::Swap)
        }
    }

    /// Batteries that are changed there at one visit: as many as are low, or as the van with most has aboard.
    pub fn changed(&self, station: &Station) -> u32 {
        let able = self.vans.iter().filter(|van| van.is_able());
        able.map(|van| van.batteries).max().unwrap_or(0).min(station.asks.swap)
    }
}

/// Why a van does not do what is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Excluded {
    /// The caller says so, by this number.
    Caller(u8),
    /// Its crew has declined it.
    Declined,
    /// Its shift ends before.
    ShiftOver,
    /// Its crew has been told enough.
    Busy,
    /// It has no bikes, and there are none to spare.
    NoBikes,
    /// It has no room.
    NoRoom,
    /// Its crew mends nothing.
    CannotRepair,
    /// It has no charged batteries.
    NoBatteries,
    /// It does more good elsewhere.
    Elsewhere,
}

/// One stop of a van.
#[derive(Clone, Debug, PartialEq)]
pub struct Stop {
    /// Which station.
    pub station: usize,
    /// When it is there, from now.
    pub arrives_in: Millis,
    /// Bikes aboard when it comes.
    pub aboard: u32,
    /// Bikes that it brings; negative: takes.
    pub change: i32,
    /// What its crew does there beside: it mends docks, or looks why no bikes are given.
    pub errand: Option<Ask>,
    /// Rides that the change saves at this station; negative: that it loses there, and saves elsewhere.
    pub rides: f64,
    /// The van that could be there next soonest, and when.
    pub next_best: Option<(usize, Millis)>,
    /// Other vans, by why they do not do it.
    pub excluded: Vec<(Excluded, u32)>,
}

/// What nobody does within this round's horizon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unserved {
    /// Which station.
    pub station: usize,
    /// What it asks for.
    pub ask: Ask,
    /// All vans, by why they do not do it.
    pub excluded: Vec<(Excluded, u32)>,
}

/// What is proposed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Of the world that it was made from.
    pub made_from: Version,
    /// By van: its stops, in order. A crew need not be told all of them yet.
    pub tours: Vec<Vec<Stop>>,
    /// What waits on.
    pub unserved: Vec<Unserved>,
    /// Rides that the tours save, less what they cost.
    pub worth: f64,
    /// Whether the budget ended before anything was searched.
    pub ran_short: bool,
}
