//! A city of shared bikes that lives by itself: riders who come to stations, crews who do what they are told, and a feed that says what
//! stands where. It does one thing after the other as its time comes, says what the region is to be told, and hears what the region says.
//! `play` brings it and the region together in virtual time; `paceline demo` carries what both say over HTTP.

use super::counts::Counts;
use super::crews::{Crews, Pace};
use super::heard::Heard;
use super::history::History;
use super::jams::Jams;
use super::learnt;
use super::options::BikesRun;
use super::policy::BikesPolicy;
use super::riders::{Crowd, QUARTER, walk};
use super::scenario::BikesScenario;
use super::town::{Stand, Town};
use crate::error::SimError;
use paceline_model::bikes::{
    AsOf, BikeCounts, Command, Room, Service, SiteKind, StationId, StationReport, StationSpec, Stock,
    StockReading, StockTarget, Task, VanId, VanSpec,
};
use paceline_model::{Instant, Millis, Position};
use paceline_plan::bikes::Drives;
use paceline_road::Roads;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A feed says of every station what it knows; the region is told of those that are as before so often.
const TOLD_ALL_EVERY: Millis = Millis::from_secs(900);

/// What a city has for the region.
#[derive(Clone, Debug, PartialEq)]
pub enum BikesAct {
    /// Where vans are.
    Positions(Vec<(VanId, Position, Instant)>),
    /// A command.
    Command(Command),
}

/// What happens in a city by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Happens {
    /// Who comes in the next quarter of an hour is drawn.
    Quarter,
    /// A rider wants a bike.
    Wants(usize, Attempt),
    /// A rider brings one.
    Brings(usize),
    /// The region hears of stations that are other than before, and where vans are.
    Feed,
    /// A station gives no bikes from now on.
    Jams(usize),
    /// The operator's own van was at a station: so many bikes came, or went (below 0).
    Moved(usize, i32),
}

/// Which station of a rider's it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Attempt {
    First,
    /// After one that had no bike, or gave none of those that it had.
    Second {
        gave_none: bool,
    },
}

/// A city with its riders and crews.
pub struct BikesCity {
    pub(super) town: Town,
    pub(super) crews: Crews,
    pub(super) counts: Counts,
    pub(super) jams: Jams,
    roads: Option<Arc<Roads>>,
    crowd: Crowd,
    agenda: BTreeMap<(Instant, u64), Happens>,
    put_at_first: Vec<Command>,
    drawn: u64,
    walk_m: f64,
    feed_every: Millis,
    told_all_at: Option<Instant>,
}

/// How a city stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BikesCount {
    /// Stations of it.
    pub stations: usize,
    /// Bikes that stand at them.
    pub bikes: u32,
    /// Stations without a bike.
    pub empty: usize,
    /// Stations without a free dock.
    pub full: usize,
    /// Riders who wanted a bike so far.
    pub riders: u64,
    /// Who found none, and gave up.
    pub lost: u64,
    /// Bikes that vans loaded or unloaded.
    pub moved: u64,
}

impl BikesCity {
    /// A city as its history had it at `from`, or soon after it. Errors: files, or a scenario that lacks what the policy needs.
    pub fn new(
        scenario: &BikesScenario,
        run: &BikesRun,
        history: &mut History,
        from: Instant,
    ) -> Result<Self, SimError> {
        let source = &scenario.history;
        let roads = scenario.open_roads()?;
        let drives = roads.clone().map(Drives::along).unwrap_or_default();
        let rates = learnt::rates(history, &source.zone, source.riders)?;
        let (town, numbers) = Town::of_history(history, (&source.zone, scenario.days), from)?;
        let moves = match run.policy {
            BikesPolicy::Operator => learnt::moves(history, (&source.zone, scenario.days), &numbers)?,
            _ => Vec::new(),
        };
        let ids: BTreeMap<StationId, usize> =
            town.stands.iter().enumerate().map(|(at, stand)| (stand.id.clone(), at)).collect();
        let planned = Jams::planned(scenario, &ids);
        let jams = planned.map_err(|invalid| SimError::Invalid { path: scenario.path.clone(), invalid })?;
        let vans = match run.policy {
            BikesPolicy::NoVans | BikesPolicy::Operator => 0,
            _ => run.vans.unwrap_or(scenario.vans.count),
        };
        let van = |number: u32| {
            let id = VanId::new(&format!("van-{}", number + 1)).expect("letters, a hyphen and digits, short");
            (id, scenario.vans.capacity, scenario.vans.depot)
        };
        let pace = Pace { bike: scenario.vans.handling, stop: scenario.vans.stop };
        let crews = Crews::new((0..vans).map(van), ids, (pace, drives));
        let mut city = Self {
            put_at_first: put_at_first(scenario, run.policy, &town, &crews),
            crowd: Crowd::new(rates, numbers, scenario.riders.ride_kmh, run.seed),
            crews,
            town,
            roads,
            agenda: BTreeMap::new(),
            drawn: 0,
            walk_m: scenario.riders.walk_m,
            feed_every: scenario.riders.feed_every,
            told_all_at: None,
            counts: Counts::default(),
            jams: Jams::default(),
        };
        for (at, station) in jams.into_iter().filter(|(at, _)| *at >= from) {
            city.agenda_at(at, Happens::Jams(station));
        }
        for first in [Happens::Feed, Happens::Quarter] {
            city.agenda_at(from, first);
        }
        for (at, station, bikes) in moves.into_iter().filter(|(at, ..)| *at >= from) {
            city.agenda_at(at, Happens::Moved(station, bikes));
        }
        Ok(city)
    }

    /// Stations and vans, which the region is told of before anything else.
    pub fn put_at_first(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.put_at_first)
    }

    /// The streets that vans drive along, if any are known.
    pub fn roads(&self) -> Option<&Arc<Roads>> {
        self.roads.as_ref()
    }

    /// The region hears of the city so often, whatever the scenario says.
    pub fn tell_every(&mut self, span: Millis) {
        self.feed_every = span;
    }

    /// When it next does something.
    pub fn next_at(&self) -> Option<Instant> {
        let agenda = self.agenda.keys().next().map(|(at, _)| *at);
        [agenda, self.crews.next_at()].into_iter().flatten().min()
    }

    /// Does the next thing that is due by `now`; what it has for the region. `None`: nothing is due.
    pub fn step(&mut self, now: Instant) -> Option<Vec<BikesAct>> {
        if let Some(entry) = self.agenda.first_entry().filter(|entry| entry.key().0 <= now) {
            let ((at, _), happens) = entry.remove_entry();
            return Some(self.happen(at, happens));
        }
        let word = self.crews.step(now, (&mut self.town, &mut self.jams))?;
        Some(vec![BikesAct::Command(Command::Report(word))])
    }

    /// Hears what the region says; what crews answer.
    pub fn hear(&mut self, now: Instant, heard: &Heard) -> Vec<BikesAct> {
        self.counts.see(now, heard);
        if let Heard::Proposed(_, station, Task::Inspect) = heard
            && let Some(station) = self.crews.station(station)
        {
            self.jams.looked_for(now, station);
        }
        let words = self.crews.hear(now, heard, &self.town);
        words.into_iter().map(|word| BikesAct::Command(Command::Report(word))).collect()
    }

    /// Where a van is now. `None`: there is none of that name.
    pub(super) fn van_at(&self, van: &VanId, now: Instant) -> Option<Position> {
        self.crews.position(van, now, &self.town)
    }

    /// How it stands.
    pub fn count(&self) -> BikesCount {
        let stands = &self.town.stands;
        let many = |is: fn(&Stand) -> bool| stands.iter().filter(|stand| is(stand)).count();
        BikesCount {
            stations: stands.len(),
            bikes: stands.iter().map(|stand| stand.bikes).sum(),
            empty: many(|stand| stand.bikes == 0),
            full: many(|stand| stand.room() == 0),
            riders: self.counts.riders,
            lost: self.counts.lost,
            moved: self.crews.driven.moved,
        }
    }

    fn agenda_at(&mut self, at: Instant, happens: Happens) {
        self.drawn += 1;
        self.agenda.insert((at, self.drawn), happens);
    }

    fn happen(&mut self, now: Instant, happens: Happens) -> Vec<BikesAct> {
        match happens {
            Happens::Quarter => {
                for (at, station) in self.crowd.quarter(now) {
                    self.agenda_at(at, Happens::Wants(station, Attempt::First));
                }
                self.agenda_at(now + QUARTER, Happens::Quarter);
            }
            Happens::Wants(station, attempt) => self.wants(now, station, attempt),
            Happens::Brings(station) => self.brings(now, station),
            Happens::Feed => {
                self.agenda_at(now + self.feed_every, Happens::Feed);
                return self.feed(now);
            }
            Happens::Jams(station) => self.jams.begin(now, station, &mut self.town),
            Happens::Moved(station, bikes) => _ = self.town.change(now, station, bikes),
        }
        Vec::new()
    }

    fn wants(&mut self, now: Instant, station: usize, attempt: Attempt) {
        self.counts.riders += u64::from(attempt == Attempt::First);
        if self.town.rent(now, station) {
            self.counts.rides += 1;
            let to = self.crowd.destination(&self.town, station);
            let metres = self.town.stands[station].position.distance_m(self.town.stands[to].position);
            return self.agenda_at(now + self.crowd.ride(metres), Happens::Brings(to));
        }
        // Who has walked to a station that had a bike, and finds none, gives up.
        let gave_none = self.town.stands[station].bikes > 0;
        let first = attempt == Attempt::First;
        let other = self.town.nearest(station, self.walk_m, |stand| stand.bikes > 0).filter(|_| first);
        match other {
            Some((other, metres)) => {
                self.counts.walked += 1;
                self.agenda_at(now + walk(metres), Happens::Wants(other, Attempt::Second { gave_none }));
            }
            None => {
                self.counts.lost += 1;
                let jammed = gave_none || attempt == Attempt::Second { gave_none: true };
                self.jams.lost += u64::from(jammed);
            }
        }
    }

    fn brings(&mut self, now: Instant, station: usize) {
        if self.town.change(now, station, 1) == 1 {
            return;
        }
        self.counts.refused_returns += 1;
        let other = self.town.nearest(station, f64::INFINITY, |stand| stand.room() > 0);
        // Where all docks around are taken, the rider waits for one.
        let (to, metres) = other.unwrap_or((station, 0.0));
        self.agenda_at(now + self.crowd.ride(metres), Happens::Brings(to));
    }

    /// Stations that are other than before; now and then all of them, as a feed says of each that it is still there.
    fn feed(&mut self, now: Instant) -> Vec<BikesAct> {
        if self.told_all_at.is_none_or(|at| now.since(at) >= TOLD_ALL_EVERY) {
            self.told_all_at = Some(now);
            self.town.changed.fill(true);
        }
        let changed = std::mem::replace(&mut self.town.changed, vec![false; self.town.stands.len()]);
        let stands = self.town.stands.iter().zip(changed).filter(|(_, changed)| *changed);
        let reports: Vec<StationReport> =
            stands.map(|(stand, _)| report(&stand.id, (stand.bikes, stand.room()), now)).collect();
        let mut acts = vec![BikesAct::Positions(self.crews.positions(now, &self.town))];
        if !reports.is_empty() {
            acts.push(BikesAct::Command(Command::TakeStock(reports)));
        }
        acts
    }
}

fn put_at_first(scenario: &BikesScenario, policy: BikesPolicy, town: &Town, crews: &Crews) -> Vec<Command> {
    let target =
        |stand: &Stand| (policy == BikesPolicy::Usual).then(|| StockTarget::usual(Some(stand.docks)));
    let stations = town.stands.iter().map(|stand| put_station(stand, target(stand)));
    let vans = crews.vans.iter().map(|van| Command::PutVan(spec(van.id(), scenario), Some(0)));
    stations.chain(vans).collect()
}

fn put_station(stand: &Stand, target: Option<StockTarget>) -> Command {
    Command::PutStation(StationSpec {
        id: stand.id.clone(),
        kind: SiteKind::Station,
        name: (!stand.name.is_empty()).then(|| stand.name.clone()),
        position: stand.position,
        docks: Some(stand.docks),
        target,
    })
}

fn report(id: &StationId, (bikes, docks): (u32, u32), now: Instant) -> StationReport {
    StationReport {
        station: id.clone(),
        service: Service::OPEN,
        stock: StockReading::Known(Stock {
            bikes: BikeCounts { of_unknown_kind: bikes, ..BikeCounts::default() },
            bikes_broken: 0,
            docks_broken: 0,
            room: Room::docks(docks),
            as_of: AsOf::Said(now),
        }),
        batteries: None,
    }
}

fn spec(id: &VanId, scenario: &BikesScenario) -> VanSpec {
    VanSpec {
        id: id.clone(),
        capacity: scenario.vans.capacity,
        position: scenario.vans.depot,
        shift_ends: None,
        handling: scenario.vans.handling,
        repairs: false,
    }
}
