//! The regions of a run: one, or several between which a city is cut. Each has a log, rounds and a solver of its own; what is asked goes
//! to whoever it concerns, and vehicles go from one to another as between servers, but that nothing is lost on the way.
//!
//! ```text
//!   VehicleHandedOver(n) of one --delay--> ReceiveHandOver(n) to the other --answer, delay--> AcknowledgeHandOver(n) to the one
//! ```

mod areas;
mod check;
mod neighbours;
mod part;
mod whereabouts;

pub(super) use part::Part;

use super::log::Log;
use super::solver::Solver;
use crate::agenda::Agenda;
use crate::city::Act;
use crate::day::Day;
use crate::error::SimError;
use crate::kpi::RegionsKpis;
use crate::options::RunOptions;
use crate::scenario::Scenario;
use areas::Areas;
use neighbours::Neighbours;
use paceline_engine::region::{Region, RegionOptions};
use paceline_engine::{Change, Fleet, Ledger, Setting};
use paceline_model::{
    Answer, Command, Event, HandOver, Instant, Millis, Refusal, RegionId, Request, VehicleId,
};
use paceline_road::Roads;
use std::sync::Arc;
use whereabouts::{Custody, Whereabouts};

/// All of them, and what is under way between them.
pub(super) struct Regions {
    pub(super) parts: Vec<Part>,
    areas: Areas,
    custody: Custody,
    mail: Agenda<(usize, Command)>,
    delay: Millis,
    near_m: f64,
    neighbours: Option<Neighbours>,
    kpis: RegionsKpis,
}

/// Whom something concerns.
pub(super) enum Concerns {
    /// The region of that number.
    One(usize),
    /// Every region.
    All,
    /// Whoever gets this vehicle, which is on its way from one region to another.
    Next(VehicleId),
}

impl Regions {
    /// Errors: areas that are none, a directory for a journal that holds something else.
    pub(super) fn new(
        scenario: &Scenario,
        roads: &Arc<Roads>,
        day: &Day,
        options: &RunOptions,
    ) -> Result<Self, SimError> {
        let areas = Areas::of(scenario, roads, day)?;
        let tick = scenario.engine.tick;
        // A run is not started again in the middle.
        let driven = RegionOptions { tick, snapshot_every: u64::MAX };
        let is_cut = areas.names().count() > 1;
        let part = |name: &RegionId| {
            let fleet = Fleet::new(roads.clone(), scenario.fleet.clone());
            let region = Region::new(Ledger::new(fleet), driven, day.start + tick);
            let journal = options
                .journal
                .as_deref()
                .map(|dir| if is_cut { dir.join(name.as_str()) } else { dir.into() });
            Ok(Part::new(name.clone(), region, Log::open(journal.as_deref())?, Solver::new(scenario, roads)))
        };
        let parts = areas.names().map(part).collect::<Result<Vec<_>, SimError>>()?;
        let kpis = RegionsKpis { regions: parts.len() as u64, ..RegionsKpis::default() };
        let (custody, mail, delay) = (Custody::default(), Agenda::default(), scenario.regions.delay);
        let near_m = f64::from(scenario.regions.near_m);
        let neighbours = if is_cut { Neighbours::of(scenario, roads, day.start) } else { None };
        Ok(Self { parts, areas, custody, mail, delay, near_m, neighbours, kpis })
    }

    /// What each region is told before the day begins, if there are several.
    pub(super) fn borders(&self) -> Vec<(usize, Setting)> {
        let several = self.parts.len() > 1;
        let all = (0..self.parts.len()).filter(|_| several);
        all.map(|part| (part, Setting::Borders(self.areas.borders(&self.parts[part].name)))).collect()
    }

    /// When something happens next by itself: a tick, a plan that arrives, something that regions tell each other.
    pub(super) fn next_at(&self) -> Option<Instant> {
        let parts = self.parts.iter().filter_map(Part::next_at);
        let neighbours = self.neighbours.as_ref().map(Neighbours::next_at);
        parts.chain(self.mail.next_at()).chain(neighbours).min()
    }

    /// Lets regions look at what others need, if they do now.
    pub(super) fn look_around(&mut self, now: Instant) {
        let reliefs = self.neighbours.as_mut().map(|neighbours| neighbours.look(now, &self.parts));
        for relief in reliefs.into_iter().flatten() {
            if let Some(from) = self.areas.number(&relief.from) {
                self.mail.add(now + self.delay, (from, Command::HandOver(relief.vehicle, relief.to)));
            }
        }
    }

    /// What has arrived by now from other regions, and at which.
    pub(super) fn arrived(&mut self, now: Instant) -> Option<(usize, Command)> {
        self.mail.due(now)
    }

    /// Whom a command concerns. An order is of the region in whose area its pick-up lies.
    pub(super) fn concerned(&mut self, command: &Command) -> Concerns {
        match command {
            Command::PutGeofence(_) => Concerns::All,
            Command::PutCharger(site) => Concerns::One(self.areas.of_place(site.position)),
            Command::PlaceOrder(order) => {
                let region = self.areas.of_place(order.pickup);
                self.custody.place(order.id.clone(), region);
                let near = self.parts.len() > 1 && self.areas.is_near_border(order.pickup, self.near_m);
                self.kpis.near_border += u64::from(near);
                Concerns::One(region)
            }
            Command::CancelOrder(order) => Concerns::One(self.custody.order(order).unwrap_or(0)),
            Command::PutVehicle(spec, reading) => match self.custody.vehicle(&spec.id) {
                None => Concerns::One(self.areas.of_place(reading.position)),
                Some(_) => self.vehicle(&spec.id),
            },
            Command::ReceiveHandOver(region, ..) | Command::AcknowledgeHandOver(region, _) => {
                Concerns::One(self.areas.number(region).unwrap_or(0))
            }
            other => other.vehicle().map_or(Concerns::One(0), |vehicle| self.vehicle(vehicle)),
        }
    }

    /// The region that has a vehicle; whoever is asked says of one that nobody has that it is not there.
    pub(super) fn vehicle(&self, vehicle: &VehicleId) -> Concerns {
        match self.custody.vehicle(vehicle) {
            Some(Whereabouts::In(region)) => Concerns::One(*region),
            Some(Whereabouts::OnTheWay(_)) => Concerns::Next(vehicle.clone()),
            None => Concerns::One(0),
        }
    }

    /// A vehicle on its way asks for something.
    pub(super) fn ask_later(&mut self, vehicle: &VehicleId, request: Request) {
        self.custody.ask_later(vehicle, Act::Command(request));
    }

    /// Takes in what a region published. Gives the vehicle that has come to it from another, with what it asked for on the way.
    pub(super) fn see(
        &mut self,
        now: Instant,
        part: usize,
        change: &Change,
    ) -> Option<(VehicleId, Vec<Act>)> {
        match &change.event {
            Event::VehicleRegistered { spec, .. } => {
                let asked = self.custody.join(&spec.id, part)?;
                return Some((spec.id.clone(), asked));
            }
            Event::VehicleRetired { vehicle } => self.custody.retire(vehicle),
            Event::VehicleHandedOver { vehicle, number, .. } => {
                self.custody.leave(vehicle, part);
                let given = self.parts[part]
                    .world()
                    .hand_overs()
                    .pending()
                    .find(|given| given.number == *number)
                    .cloned();
                given.into_iter().for_each(|given| self.give(now, part, given));
            }
            Event::OrderTimedOut { order }
            | Event::OrderCancelled { order }
            | Event::RidersDroppedOff { order, .. } => self.custody.end(order),
            _ => {}
        }
        None
    }

    /// Tells a region of a vehicle that it is to have.
    fn give(&mut self, now: Instant, from: usize, given: HandOver) {
        let HandOver { number, vehicle, reading, to, .. } = given;
        let Some(to) = self.areas.number(&to) else { return };
        self.kpis.handed_over += 1;
        let from = self.parts[from].name.clone();
        self.mail.add(now + self.delay, (to, Command::ReceiveHandOver(from, number, vehicle, reading)));
    }

    /// Takes in the answer to what one region told another; `false` if it is none of that.
    pub(super) fn answered(
        &mut self,
        now: Instant,
        part: usize,
        command: &Command,
        answer: &Answer<Refusal>,
    ) -> bool {
        match command {
            Command::ReceiveHandOver(from, number, ..) => {
                if let (Ok(_), Some(from)) = (answer, self.areas.number(from)) {
                    let to = self.parts[part].name.clone();
                    self.mail.add(now + self.delay, (from, Command::AcknowledgeHandOver(to, *number)));
                }
                true
            }
            // A vehicle that has got something to do meanwhile stays.
            Command::HandOver(..) => {
                self.kpis.relieved += u64::from(answer.is_ok());
                true
            }
            Command::AcknowledgeHandOver(..) => true,
            _ => false,
        }
    }

    /// What became of vehicles and orders at the borders; `None` where there are none.
    pub(super) fn kpis(&self) -> Option<RegionsKpis> {
        (self.parts.len() > 1).then_some(self.kpis)
    }
}
