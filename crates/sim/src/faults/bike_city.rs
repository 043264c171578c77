//! Who speaks to a bikes region: a feed that counts stations and what stands on the street, oddly at times and from some hours ago; riders, who are seen in its counts alone;
//! crews that go where they are told, decline, break down, say the same twice, late and against what they said; operators who close and take
//! out stations, want other stocks, change vans and withdraw orders. Drawn from the seed.

use super::around::{Around, Said};
use super::bike_book::BikeBook;
use super::promise::Promise;
use super::setup::{Fault, Setup};
use crate::agenda::Agenda;
use crate::bikes::Books;
use paceline_engine::bikes::{Bikes, Recorded};
use paceline_engine::ledger::Entry;
use paceline_model::bikes::{Command, Event, VanId};
use paceline_model::{Instant, Millis, Position};
use paceline_plan::bikes::dispatch::{Plan, Planner, Problem};
use paceline_plan::{Budget, Rng};

mod crew;
mod crews;
mod drawn;
mod feed;
mod names;
mod operator;

use crews::Crews;
use feed::Feed;
use operator::Operator;

/// Between two looks of the feed at its stations, at most.
const POLL_MS_MAX: usize = 8_000;

/// Work of a round: enough to find good tours of a few stations.
const STEPS: u64 = 20_000;

/// A city with its riders, its crews and its operator.
pub(super) struct BikeCity {
    rng: Rng,
    agenda: Agenda<Due>,
    feed: Feed,
    crews: Crews,
    /// How often of a thousand times an operator withdraws what was just told to somebody.
    withdrawals: usize,
    planner: Planner,
    calm: bool,
}

/// Something that is to happen.
enum Due {
    /// Somebody says this.
    Say(String, Command),
    /// The feed is read.
    Poll,
}

impl Around for BikeCity {
    type World = Bikes;
    type Book = BikeBook;

    fn empty(setup: &Setup) -> Bikes {
        Bikes::new(drawn::options(setup))
    }

    fn book(setup: &Setup) -> BikeBook {
        BikeBook(Books::new(drawn::options(setup)))
    }

    fn new(setup: &Setup, start: Instant) -> Self {
        let mut city = Self {
            rng: setup.rng("bikes"),
            agenda: Agenda::default(),
            feed: Feed::new(setup),
            crews: Crews::new(setup),
            withdrawals: if setup.has(Fault::LateCancels) { 20 + 6 * setup.per_mille } else { 0 },
            planner: Planner::default(),
            calm: false,
        };
        city.open(setup, start);
        city.operate(setup, start);
        city
    }

    fn calm(&mut self) {
        (self.withdrawals, self.calm) = (0, true);
        self.feed.calm();
        self.crews.calm();
    }

    fn next_at(&self) -> Option<Instant> {
        self.agenda.next_at().into_iter().chain(self.crews.next_at()).min()
    }

    fn due(&mut self, now: Instant) -> Vec<Said<Command>> {
        let due: Vec<Due> = self.agenda.all_due(now).collect();
        let mut said: Vec<Said<Command>> = due.into_iter().filter_map(|due| self.happens(now, due)).collect();
        for report in self.crews.due(now, &mut self.feed) {
            said.push(Said { party: report.van.to_string(), command: Command::Report(report) });
        }
        said
    }

    fn hear(&mut self, now: Instant, event: &Recorded) {
        let Entry::Event(event) = event else { return };
        self.withdraw_at_once(now, event);
        self.crews.hear(now, event);
    }

    fn roll_call(&mut self, now: Instant) -> Vec<(String, Vec<(VanId, Position, Instant)>)> {
        let said = self.crews.roll_call(now).into_iter();
        said.map(|(van, position)| (van.to_string(), vec![(van, position, now)])).collect()
    }

    /// Crews read their lists, and the feed says what stands there by now.
    fn catch_up(&mut self, now: Instant, world: &Bikes) {
        self.agenda.add(now, Due::Poll);
        self.crews.catch_up(now, world);
    }

    fn party(event: &Recorded) -> String {
        match event {
            Entry::Event(event) => event.van().map_or("operator".to_owned(), ToString::to_string),
            Entry::Reply(_) => "operator".to_owned(),
        }
    }

    fn solve(&mut self, problem: &Problem) -> Plan {
        self.planner.solve(problem, &mut Budget::steps(STEPS))
    }

    fn is_new_work(command: &Command) -> bool {
        matches!(command, Command::PutStation(_) | Command::PutVan(..) | Command::EquipVan(..))
    }

    fn missing(book: &BikeBook, command: &Command) -> Option<String> {
        book.0.missing(command)
    }

    fn differs(book: &BikeBook, world: &Bikes) -> Option<(Promise, String)> {
        book.0.differs(world).map(|what| (Promise::Bikes, what))
    }

    fn unsettled(book: &BikeBook, now: Instant) -> Option<(Promise, String)> {
        book.0.unsettled(now).map(|what| (Promise::WorkOrders, what))
    }
}

impl BikeCity {
    fn say(&mut self, at: Instant, party: &str, command: Command) {
        self.agenda.add(at, Due::Say(party.to_owned(), command));
    }

    /// Stations and vans are registered, and the feed is read until the end and once more after it.
    fn open(&mut self, setup: &Setup, start: Instant) {
        for spec in self.feed.specs() {
            self.say(start, "operator", Command::PutStation(spec));
        }
        for (spec, aboard, load) in self.crews.begin(start) {
            let at = start + Millis(self.rng.below(3_000) as u32);
            self.say(at, "operator", Command::EquipVan(spec, (aboard > 0).then_some(aboard), load));
        }
        let mut at = start + Millis(500);
        let end = start + setup.lasts;
        while at < end {
            self.agenda.add(at, Due::Poll);
            at = at + Millis(1_000 + self.rng.below(POLL_MS_MAX) as u32);
        }
        self.agenda.add(end + Millis::from_secs(2), Due::Poll);
    }

    fn operate(&mut self, setup: &Setup, start: Instant) {
        let (rng, feed, crews) = (&mut setup.rng("operator"), &mut self.feed, &mut self.crews);
        let mut operator = Operator { rng, feed, crews, says: Vec::new() };
        operator.operate(start, setup.lasts);
        let says = operator.says;
        says.into_iter().for_each(|(at, command)| self.say(at, "operator", command));
    }

    fn happens(&mut self, now: Instant, due: Due) -> Option<Said<Command>> {
        match due {
            Due::Say(party, command) => Some(Said { command, party }),
            Due::Poll => {
                let reports = self.feed.poll(now)?;
                // Cells that are not known, or were taken out, come by the way.
                let command = match self.rng.below(2) {
                    0 => Command::TakeStock(reports),
                    _ => Command::TakeCells(self.feed.cells(), reports),
                };
                Some(Said { command, party: "feed".to_owned() })
            }
        }
    }

    /// An operator withdraws what a crew was told a moment ago.
    fn withdraw_at_once(&mut self, now: Instant, event: &Event) {
        let (Event::OrderIssued { order, .. } | Event::OrderUnderWay { order, .. }) = event else { return };
        let (order, withdraws) = (order.clone(), self.rng.below(1_000) < 10 + self.withdrawals);
        if withdraws && !self.calm {
            let at = now + Millis(self.rng.below(3_000) as u32);
            self.say(at, "operator", Command::Withdraw(order, "no more".into()));
        }
    }
}
