//! Crews: they go where they are told as far as they have heard it, and say so, sometimes twice, late, or not at all.

use super::crew::{Act, Crew, Told};
use super::drawn;
use super::feed::Feed;
use super::names::order_id;
use crate::agenda::Agenda;
use crate::faults::setup::{Fault, Setup};
use paceline_engine::bikes::Bikes;
use paceline_model::bikes::{
    BatteryLoad, CrewReport, CrewWord, DoneWork, Event, Found, OrderPhase, StationId, Task, VanId, VanSpec,
    VanState, WorkOrderId,
};
use paceline_model::{Instant, Millis, Position};
use paceline_plan::Rng;
use std::collections::BTreeMap;

/// All crews of a run.
pub(super) struct Crews {
    rng: Rng,
    crews: Vec<Crew>,
    /// Where orders are and what is to be done, as far as word of it came through.
    stops: BTreeMap<WorkOrderId, (StationId, Task)>,
    deeds: Agenda<(usize, Act)>,
    /// What leaves the phones when.
    words: Agenda<CrewReport>,
    /// How often of a thousand times a crew says what is not so.
    lies: usize,
    calm: bool,
}

impl Crews {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            rng: setup.rng("crews"),
            crews: (0..setup.vehicles).map(|number| Crew::new(number, setup)).collect(),
            stops: BTreeMap::new(),
            deeds: Agenda::default(),
            words: Agenda::default(),
            lies: if setup.has(Fault::Liars) { 20 + 6 * setup.per_mille } else { 0 },
            calm: false,
        }
    }

    pub(super) fn calm(&mut self) {
        (self.lies, self.calm) = (0, true);
    }

    /// The vans as their first shifts begin, with what is aboard.
    pub(super) fn begin(&mut self, start: Instant) -> Vec<(VanSpec, u32, BatteryLoad)> {
        let begin = |crew: &mut Crew| {
            let load = drawn::batteries(&mut crew.rng);
            crew.charged = load.charged;
            (crew.spec(start), crew.aboard, load)
        };
        self.crews.iter_mut().map(begin).collect()
    }

    /// One of the vans as another shift begins, or with other racks in it.
    pub(super) fn redrawn(&mut self, at: Instant, rng: &mut Rng) -> VanSpec {
        let number = rng.below(self.crews.len());
        self.crews[number].redrawn(at, rng)
    }

    pub(super) fn next_at(&self) -> Option<Instant> {
        self.deeds.next_at().into_iter().chain(self.words.next_at()).min()
    }

    /// What crews do by now, and what leaves their phones.
    pub(super) fn due(&mut self, now: Instant, feed: &mut Feed) -> Vec<CrewReport> {
        while let Some((crew, act)) = self.deeds.due(now) {
            self.act(now, crew, act, feed);
        }
        self.words.all_due(now).collect()
    }

    /// Vans say where they are; some break down, and some say what is not so.
    pub(super) fn roll_call(&mut self, now: Instant) -> Vec<(VanId, Position)> {
        for crew in 0..self.crews.len() {
            let [breaks, lies] = [(); 2].map(|()| self.rng.below(1_000));
            if !self.calm && breaks < 15 {
                self.break_down(now, crew);
            }
            if lies < self.lies {
                self.lie(now, crew);
            }
        }
        self.crews.iter().map(|crew| (crew.id.clone(), crew.position)).collect()
    }

    /// Whoever it concerns hears what was published.
    pub(super) fn hear(&mut self, now: Instant, event: &Event) {
        if let Event::OrderProposed(new) = event {
            self.stops.insert(new.id.clone(), (new.station.clone(), new.task));
        }
        let crew = event.van().and_then(|van| self.crews.iter().position(|crew| crew.id == *van));
        if let Some(crew) = crew {
            self.one_hears(now, crew, event);
        }
    }

    pub(super) fn catch_up(&mut self, now: Instant, world: &Bikes) {
        (0..self.crews.len()).for_each(|crew| self.one_catches_up(now, crew, world));
    }

    /// A crew says something of now: it leaves the phone at once, or later, or twice.
    fn say(&mut self, now: Instant, crew: usize, word: CrewWord) {
        let calm = self.calm;
        let crew = &mut self.crews[crew];
        let report = crew.report(now, word);
        let (late, twice) = (crew.rng.below(6) == 0, crew.rng.below(8) == 0);
        let waits = Millis(if late && !calm { crew.rng.below(crew.late_ms) } else { 0 } as u32);
        let again = Millis(crew.rng.below(10_000) as u32);
        self.words.add(now + waits, report.clone());
        if twice {
            self.words.add(now + waits + again, report);
        }
    }

    fn break_down(&mut self, now: Instant, crew: usize) {
        self.say(now, crew, CrewWord::BrokenDown("smoke".into()));
        let later = Millis::from_secs(3 + self.rng.below(25) as u32);
        let report = self.crews[crew].report(now + later, CrewWord::Recovered);
        self.words.add(now + later, report);
    }

    /// Anything that a crew can say, about any order, or its last word's name again for something else.
    fn lie(&mut self, now: Instant, crew: usize) {
        let order = order_id(1 + self.rng.below(40));
        let bikes = self.rng.below(24) as u32;
        let docks_broken = if self.rng.below(4) == 0 { self.rng.below(3) as u32 } else { 0 };
        let word = match self.rng.below(10) {
            0 => CrewWord::Accepted(order),
            1 => CrewWord::Declined(order, "why not".into()),
            2 => CrewWord::Arrived(order),
            3 => CrewWord::Counted(bikes),
            4 => CrewWord::Recovered,
            5 => CrewWord::Inspected(order, look(&mut self.rng)),
            6 => CrewWord::BatteriesCounted(bikes / 4),
            _ => CrewWord::Done(order, DoneWork { bikes, docks_broken }),
        };
        let (ahead, reused) = (self.rng.below(60_000), self.rng.below(5) == 0);
        let done_at = Instant(now.0 + ahead as u64 - 40_000);
        let known = self.crews[crew].last.clone();
        let report = match known.filter(|_| reused) {
            Some(known) => CrewReport { word, done_at, ..known },
            None => self.crews[crew].report(done_at, word),
        };
        self.words.add(now, report);
    }

    fn one_hears(&mut self, now: Instant, crew: usize, event: &Event) {
        let (calm, crews) = (self.calm, &mut self.crews);
        let told = &mut crews[crew].told;
        match event {
            Event::OrderIssued { order, bikes, .. } => {
                let stop = self.stops.get(order).cloned();
                let known = Told { stop, most: bikes.most, is_made: false };
                // Heard again it is no other order.
                if told.insert(order.clone(), known).is_none() {
                    self.take(now, crew, order);
                }
            }
            Event::OrderCut { order, bikes, .. } => {
                told.entry(order.clone()).and_modify(|told| told.most = bikes.most);
            }
            Event::OrderDone { order, .. } => _ = told.remove(order),
            // Who is nearly there does it all the same, now and then.
            Event::OrderReturned { order, .. } | Event::OrderWithdrawn { order, .. }
                if calm || crews[crew].rng.below(3) > 0 =>
            {
                crews[crew].told.remove(order);
            }
            _ => {}
        }
    }

    /// It will answer, be there, and do it.
    fn take(&mut self, now: Instant, crew: usize, order: &WorkOrderId) {
        let rng = &mut self.crews[crew].rng;
        let mut at = now;
        for (span, act) in [
            (4_000, Act::Answer(order.clone())),
            (15_000, Act::Arrive(order.clone())),
            (20_000, Act::Finish(order.clone())),
        ] {
            at = at + Millis(200 + rng.below(span) as u32);
            self.deeds.add(at, (crew, act));
        }
    }

    fn act(&mut self, now: Instant, crew: usize, act: Act, feed: &mut Feed) {
        let calm = self.calm;
        let (Act::Answer(order) | Act::Arrive(order) | Act::Finish(order)) = &act;
        if !self.crews[crew].told.contains_key(order) {
            return;
        }
        let silent = self.crews[crew].rng.below(12) == 0 && !calm;
        match act {
            _ if silent => {}
            Act::Answer(order) if self.crews[crew].rng.below(8) == 0 && !calm => {
                self.crews[crew].told.remove(&order);
                self.say(now, crew, CrewWord::Declined(order, "too far".into()));
            }
            Act::Answer(order) => self.say(now, crew, CrewWord::Accepted(order)),
            Act::Arrive(order) => self.say(now, crew, CrewWord::Arrived(order)),
            Act::Finish(order) => self.finish((now, crew), order, feed),
        }
    }

    /// Moves what is there and fits, once, and says how many that was.
    fn finish(&mut self, (now, crew): (Instant, usize), order: WorkOrderId, feed: &mut Feed) {
        let breaks = self.rng.below(20) == 0 && !self.calm;
        let (capacity, aboard) = (self.crews[crew].capacity(), self.crews[crew].aboard);
        let Some(told) = self.crews[crew].told.get_mut(&order).filter(|told| !told.is_made) else { return };
        let (most, stop) = (told.most, told.stop.clone());
        told.is_made = true;
        if let Some((station, Task::SwapBattery)) = &stop {
            return self.change_batteries(
                (now, crew),
                order,
                feed.change(station, most.min(self.crews[crew].charged)),
            );
        }
        let found = stop.as_ref().and_then(|(station, _)| feed.found(station)).unwrap_or((0, 0));
        let moved = match stop.as_ref().map(|(_, task)| *task) {
            Some(Task::Collect) => i64::from(most.min(found.0).min(capacity.saturating_sub(aboard))),
            Some(Task::Deliver) => -i64::from(most.min(aboard).min(found.1)),
            Some(_) => 0,
            // Nobody said what it was: the crew does what it was told to do with so many bikes, blindly.
            None => i64::from(most.min(capacity.saturating_sub(aboard))),
        };
        let moves = most > 0;
        if moves && moved == 0 {
            self.crews[crew].told.remove(&order);
            return self.say(now, crew, CrewWord::Declined(order, "nothing to be done".into()));
        }
        if let Some((station, _)) = &stop {
            feed.moved(station, -moved);
        }
        self.crews[crew].aboard = (i64::from(aboard) + moved) as u32;
        let done = DoneWork { bikes: moved.unsigned_abs() as u32, docks_broken: u32::from(breaks) };
        let word = match stop {
            Some((_, Task::Inspect)) => CrewWord::Inspected(order, look(&mut self.rng)),
            _ => CrewWord::Done(order, done),
        };
        self.say(now, crew, word);
    }

    /// Says how many batteries it has changed; of none left it fetches more, and says so.
    fn change_batteries(&mut self, (now, crew): (Instant, usize), order: WorkOrderId, changed: u32) {
        let own = &mut self.crews[crew];
        own.charged -= changed;
        if changed == 0 {
            own.told.remove(&order);
            return self.say(now, crew, CrewWord::Declined(order, "nothing to be done".into()));
        }
        self.say(now, crew, CrewWord::Done(order, DoneWork { bikes: changed, docks_broken: 0 }));
    }

    /// A crew reads its list: what it never heard of it does now, and if it is believed to have other bikes than it has, it says how many.
    fn one_catches_up(&mut self, now: Instant, crew: usize, world: &Bikes) {
        let Some(row) = world.van(&self.crews[crew].id) else { return };
        if row.state == VanState::BrokenDown {
            self.say(now, crew, CrewWord::Recovered);
        }
        self.crews[crew].spec = Some((*row.spec).clone());
        if row.aboard != self.crews[crew].aboard.min(row.spec.capacity) {
            let aboard = self.crews[crew].aboard.min(row.spec.capacity);
            self.crews[crew].aboard = aboard;
            self.say(now, crew, CrewWord::Counted(aboard));
        }
        if row.batteries.charged != self.crews[crew].charged.min(row.batteries.most) {
            let charged = self.crews[crew].charged.min(row.batteries.most);
            self.crews[crew].charged = charged;
            self.say(now, crew, CrewWord::BatteriesCounted(charged));
        }
        for order in &row.orders {
            let Some(known) = world.order(order) else { continue };
            let stop = Some((known.station.clone(), known.task));
            let told = Told { stop, most: known.bikes.most, is_made: false };
            // What it thinks that it has done and is on its list was not believed: it is done again.
            self.crews[crew].told.insert(order.clone(), told);
            let later = now + Millis(3_000);
            if known.phase != OrderPhase::UnderWay {
                self.deeds.add(later, (crew, Act::Arrive(order.clone())));
            }
            self.deeds.add(later + Millis(2_000), (crew, Act::Finish(order.clone())));
        }
    }
}

/// What a crew finds that looks: anything.
fn look(rng: &mut Rng) -> Found {
    match rng.below(3) {
        0 => Found::Well,
        1 => Found::Repaired,
        _ => Found::LockedIn(1 + rng.below(8) as u32),
    }
}
