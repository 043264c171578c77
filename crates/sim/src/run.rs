//! A run: the engine and the city in one process, in virtual time. Called by `paceline sim`, tests and benchmarks.
//!
//! Time jumps from one thing that happens to the next; rounds are solved at once, or after the delay that the scenario
//! sets. Budgets are work steps, so that a run repeats exactly. Wall time is measured for the table and read by nobody.

use crate::city::{Act, City};
use crate::day::Day;
use crate::error::SimError;
use crate::kpi::{BIN, Courses, Kpis, Outcomes, Tally, quantile, ratio};
use crate::options::RunOptions;
use crate::scenario::Scenario;
use crate::stopwatch::Stopwatch;
use crate::traffic::{Streets, TrafficReport};
use paceline_engine::{Change, Fleet, Input, Ledger, Output, Record, Setting, Ticket, TripLeg, record};
use paceline_journal::{Durability, Journal, Options};
use paceline_model::{Answer, Command, Instant, Millis, Refusal, VehicleIdx};
use paceline_plan::fleet::{charging, dispatch, pooling, reposition};
use paceline_plan::shadow::{Difference, Given};
use paceline_plan::{Budget, Memory, Plan, Snapshot};
use paceline_road::Roads;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// What a run came to.
pub struct Outcome {
    /// The table.
    pub kpis: Kpis,
    /// What the report draws.
    pub courses: Courses,
    /// When it began.
    pub start: Instant,
    /// The world's checksum at the end.
    pub digest: u64,
    /// What came of the traffic, if there was some.
    pub traffic: Option<TrafficReport>,
    /// Wall time that the fleet took as a sensor: to match its positions and to work out what every edge takes.
    pub sensing_seconds: f64,
}

/// How far a run has got.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Virtual time.
    pub at: Instant,
    /// Share of the day that has passed, 0 to 1.
    pub share: f64,
    /// Orders placed so far.
    pub placed: u32,
    /// Orders by outcome so far.
    pub outcomes: Outcomes,
}

/// How long after the end of the day orders may be under way before that counts as a bug.
const AFTERMATH_HOURS: u32 = 6;
/// Records between two commits of the journal.
const COMMIT_EVERY: u32 = 4_096;
/// Virtual time between two looks at what the vehicles do, and two reports of progress.
const LOOK_EVERY: Millis = Millis(BIN.0 / 3);

/// Runs a day to its end. Errors: files, values out of bounds, or accounts that do not add up.
pub fn run(
    scenario: &Scenario,
    roads: &Arc<Roads>,
    options: &RunOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, SimError> {
    let load = Stopwatch::start();
    let invalid = |invalid| SimError::Invalid { path: scenario.path.clone(), invalid };
    let scenario = &options.vary(scenario).map_err(invalid)?;
    let day = Day::draw(scenario, roads, &options.draw)?;
    let load_seconds = load.elapsed().as_secs_f64();
    let watch = Stopwatch::start();
    let (start, end, moved_trips) = (day.start, day.end, day.notes.moved_trips);
    let vehicles = day.vehicles.len() as u32;
    let mut host = Host::new(scenario, roads, day, options)?;
    host.play(start, end, progress)?;
    host.commit()?;
    let mut kpis = Kpis {
        scenario: scenario.name.clone(),
        policy: scenario.fleet.policy.kind.to_string(),
        seed: options.draw.seed,
        vehicles,
        demand_scale: options.draw.demand_scale,
        moved_trips,
        load_seconds,
        ..Kpis::default()
    };
    let (traffic, sensing) = host.streets.take().map(Streets::report).unzip();
    let (courses, digest) = host.close(&mut kpis)?;
    kpis.sim_seconds = watch.elapsed().as_secs_f64();
    kpis.memory_mb = memory_mb();
    let sensing_seconds = sensing.map_or(0.0, |sensing| sensing.as_secs_f64());
    Ok(Outcome { kpis, courses, start, digest, traffic, sensing_seconds })
}

/// Everything around the engine.
struct Host {
    fleet: Ledger<Fleet>,
    city: City,
    roads: Arc<Roads>,
    streets: Option<Streets>,
    memory: Memory,
    budget_steps: u64,
    tick: Millis,
    solver_delay: Millis,
    journal: Option<Journal>,
    uncommitted: u32,
    now: Instant,
    tickets: u64,
    asked: BTreeMap<Ticket, Command>,
    inputs: VecDeque<Input<Fleet>>,
    published: Vec<Arc<Change>>,
    answered: Vec<(Ticket, Answer)>,
    /// A plan on its way from a slow solver.
    delayed: Option<(Instant, Box<Plan>)>,
    tally: Tally,
    /// Wall time of rounds with something to decide, in microseconds.
    decisions_us: Vec<u32>,
    /// Wall time of the check within the round at hand; not a part of the decision.
    check_us: u128,
    decided: bool,
    degraded: u64,
    held_back: u64,
    check_notes: u64,
    /// What the shadow policy would have done otherwise, if there is one.
    shadow: Option<Difference>,
    shadow_memory: Memory,
}

impl Host {
    fn new(
        scenario: &Scenario,
        roads: &Arc<Roads>,
        day: Day,
        options: &RunOptions,
    ) -> Result<Self, SimError> {
        let journal = match &options.journal {
            Some(dir) => Some(
                Journal::open(dir, Options { durability: Durability::None, ..Options::default() })?.journal,
            ),
            None => None,
        };
        let start = day.start;
        let mut fleet = Ledger::new(Fleet::new(roads.clone(), scenario.fleet.clone()));
        if let Some(values) = &options.values {
            fleet.handle(start, Input::Set(Setting::Values(values.clone())));
        }
        Ok(Self {
            fleet,
            city: City::new(scenario, roads.clone(), day, options.draw.seed),
            memory: Memory::new(roads),
            roads: roads.clone(),
            streets: Streets::of_run(scenario, roads, options.traffic.as_ref(), start)?,
            budget_steps: scenario.engine.budget_steps,
            tick: scenario.engine.tick,
            solver_delay: scenario.engine.solver_delay,
            journal,
            uncommitted: 0,
            now: start,
            tickets: 0,
            asked: BTreeMap::new(),
            inputs: VecDeque::new(),
            published: Vec::new(),
            answered: Vec::new(),
            delayed: None,
            tally: Tally::new(start),
            decisions_us: Vec::new(),
            check_us: 0,
            decided: false,
            degraded: 0,
            held_back: 0,
            check_notes: 0,
            shadow: None,
            shadow_memory: Memory::new(roads),
        })
    }

    /// The loop: whatever is due next, until every order has its outcome.
    fn play(
        &mut self,
        start: Instant,
        end: Instant,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), SimError> {
        let last = end + Millis::from_secs(AFTERMATH_HOURS * 3_600);
        let (mut next_tick, mut next_look) = (start + self.tick, start);
        while self.now < end || self.city.unsettled() + self.city.to_come() > 0 {
            if self.now >= next_look {
                next_look = next_look + LOOK_EVERY;
                self.tally.states(self.city.states());
                progress(self.progress(start, end));
            }
            let plan_at = self.delayed.as_ref().map(|(at, _)| *at);
            let city_at = self.city.next_at();
            let streets_at = self.streets.as_ref().map(Streets::next_at);
            self.now = [plan_at, city_at, streets_at]
                .into_iter()
                .flatten()
                .fold(next_tick, Instant::min)
                .max(self.now);
            self.drive_on()?;
            self.act()?;
            if let Some((_, plan)) = self.delayed.take_if(|(at, _)| *at <= self.now) {
                self.feed(Input::Proposed(plan))?;
            }
            if self.now >= next_tick {
                next_tick = next_tick + self.tick;
                self.round()?;
            }
            if self.now > last {
                let open = self.city.unsettled();
                return Err(SimError::Unfinished { open, hours: AFTERMATH_HOURS });
            }
        }
        Ok(())
    }

    /// Lets the streets change, if they do now: engine, drivers and solver go over to the new times together, between two rounds.
    fn drive_on(&mut self) -> Result<(), SimError> {
        let Some(streets) = self.streets.as_mut().filter(|streets| streets.next_at() <= self.now) else {
            return Ok(());
        };
        let change = streets.change(self.now)?;
        self.roads = change.believed.clone();
        self.fleet.handle(self.now, Input::Set(Setting::Roads(change.believed.clone())));
        let planned = self.city.traffic(self.now, change.real, change.believed);
        if let Some(streets) = &mut self.streets {
            streets.planned_again(planned);
        }
        Ok(())
    }

    fn progress(&self, start: Instant, end: Instant) -> Progress {
        let share = f64::from(self.now.since(start).0) / f64::from(end.since(start).0.max(1));
        let outcomes = self.tally.outcomes();
        Progress { at: self.now, share: share.min(1.0), placed: self.city.placed(), outcomes }
    }

    /// Lets the city do what is due, and again what comes of that.
    fn act(&mut self) -> Result<(), SimError> {
        while self.city.next_at().is_some_and(|at| at <= self.now) {
            let mut positions = Vec::new();
            for act in self.city.step(self.now) {
                match act {
                    Act::Position(vehicle, reading) => {
                        if let Some(streets) = &mut self.streets {
                            let leg = self.fleet.world().vehicle(&vehicle).and_then(TripLeg::of);
                            streets.ingest(&vehicle, leg, reading);
                        }
                        positions.push((vehicle, reading));
                    }
                    Act::Command(request) => {
                        // In the order in which it happened: a fault is judged where the vehicle is by then.
                        if !positions.is_empty() {
                            self.feed(Input::Telemetry(std::mem::take(&mut positions)))?;
                        }
                        self.tickets += 1;
                        self.asked.insert(Ticket(self.tickets), request.command.clone());
                        self.feed(Input::Command(Ticket(self.tickets), request))?;
                    }
                }
            }
            if !positions.is_empty() {
                self.feed(Input::Telemetry(positions))?;
            }
        }
        Ok(())
    }

    /// One tick, with its wall time if there was something to decide.
    fn round(&mut self) -> Result<(), SimError> {
        (self.decided, self.check_us) = (false, 0);
        let watch = Stopwatch::start();
        self.exchange(Input::Tick)?;
        let taken = watch.elapsed().as_micros().saturating_sub(self.check_us);
        if self.decided {
            self.decisions_us.push(u32::try_from(taken).unwrap_or(u32::MAX));
        }
        self.tell()?;
        self.act()
    }

    fn feed(&mut self, input: Input<Fleet>) -> Result<(), SimError> {
        self.exchange(input)?;
        self.tell()
    }

    /// Gives the engine one input and does what it asks for, until it asks for nothing more.
    fn exchange(&mut self, input: Input<Fleet>) -> Result<(), SimError> {
        self.inputs.push_back(input);
        while let Some(input) = self.inputs.pop_front() {
            self.fleet.handle(self.now, input);
            while let Some(output) = self.fleet.poll() {
                match output {
                    Output::Append(record) => self.append(&record)?,
                    Output::Solve(snapshot) => self.solve(&snapshot),
                    Output::Publish(change) => self.published.push(change),
                    Output::Reply(ticket, answer) => self.answered.push((ticket, answer)),
                    Output::Round(summary) => {
                        self.degraded += u64::from(!summary.degraded.is_empty());
                        self.held_back += u64::from(summary.held_back);
                    }
                }
            }
        }
        Ok(())
    }

    /// Tells the city what the engine said. Errors: a vehicle or charger that the engine does not take.
    fn tell(&mut self) -> Result<(), SimError> {
        for change in std::mem::take(&mut self.published) {
            self.tally.see(&change);
            self.city.react(self.now, &change);
        }
        for (ticket, answer) in std::mem::take(&mut self.answered) {
            if let (Some(command), Err(refusal)) = (self.asked.remove(&ticket), answer) {
                self.city.refused(self.now, &command, &refusal);
                refuse_setup(&command, &refusal)?;
            }
        }
        Ok(())
    }

    fn append(&mut self, record: &Record) -> Result<(), SimError> {
        if let Some(journal) = &mut self.journal {
            let encoded = record::encode(record);
            journal.append(encoded.format, &encoded.bytes)?;
            self.uncommitted += 1;
            if self.uncommitted >= COMMIT_EVERY {
                self.commit()?;
            }
        }
        self.inputs.push_back(Input::Durable(record.version));
        Ok(())
    }

    fn commit(&mut self) -> Result<(), SimError> {
        self.uncommitted = 0;
        if let Some(journal) = &mut self.journal {
            journal.commit()?;
        }
        Ok(())
    }

    fn solve(&mut self, snapshot: &Snapshot) {
        let mut budget = Budget::steps(self.budget_steps);
        let policies = &snapshot.policies;
        let plan = paceline_plan::solve(&self.roads, &mut self.memory, snapshot, policies, &mut budget);
        let watch = Stopwatch::start();
        let notes =
            dispatch::check(&self.roads, &mut self.memory.search, snapshot, policies, &plan.assignments);
        let shared = pooling::check_shared(
            &self.roads,
            &mut self.memory.search,
            snapshot,
            policies.usual(),
            &plan.routes,
        );
        self.check_notes += (notes.len() + shared.len()) as u64 + self.check_idle(snapshot, &plan);
        self.solve_shadow(snapshot, &plan);
        self.check_us += watch.elapsed().as_micros();
        self.decided |= snapshot.orders.iter().any(|order| order.held.is_none());
        if self.solver_delay == Millis::ZERO {
            self.inputs.push_back(Input::Proposed(Box::new(plan)));
        } else {
            self.delayed = Some((self.now + self.solver_delay, Box::new(plan)));
        }
    }

    /// Solves the round as the shadow policy would, and adds up what it would have done otherwise.
    fn solve_shadow(&mut self, snapshot: &Snapshot, live: &Plan) {
        let Some(policies) = &snapshot.shadow else { return };
        let mut budget = Budget::steps(self.budget_steps);
        let plan =
            paceline_plan::solve(&self.roads, &mut self.shadow_memory, snapshot, policies, &mut budget);
        let difference = Difference::between(&Given::of(live), &Given::of(&plan));
        *self.shadow.get_or_insert_default() += difference;
    }

    /// Findings on vehicles that charge or stand: those that were idle were weighed together, the others are low on charge.
    fn check_idle(&mut self, snapshot: &Snapshot, plan: &Plan) -> u64 {
        let (roads, search) = (&self.roads, &mut self.memory.search);
        let standing = snapshot.standing.as_ref();
        let is_idle = |vehicle: VehicleIdx| {
            standing.is_some_and(|standing| standing.idle.iter().any(|idle| idle.supply.idx == vehicle))
        };
        let (idle, low): (Vec<_>, Vec<_>) =
            plan.charges.iter().cloned().partition(|charge| is_idle(charge.vehicle));
        let charging = charging::check(roads, search, snapshot, &low).len();
        let standing = standing.map_or(0, |standing| {
            reposition::check(roads, search, snapshot, standing, &plan.stands, &idle).len()
        });
        (charging + standing) as u64
    }

    /// Closes the books. Errors: orders without an outcome, or with two.
    fn close(mut self, kpis: &mut Kpis) -> Result<(Courses, u64), SimError> {
        let account = self.city.account(self.now);
        kpis.orders = u64::from(self.city.placed());
        let rider_cm = account.with_riders_cm as f64;
        let empty_cm = (account.to_pickup_cm + account.to_charger_cm + account.to_rank_cm) as f64;
        kpis.rider_km = rider_cm / 1e5;
        kpis.pickup_km = account.to_pickup_cm as f64 / 1e5;
        kpis.charger_km = account.to_charger_cm as f64 / 1e5;
        kpis.rank_km = account.to_rank_cm as f64 / 1e5;
        kpis.total_km = (rider_cm + empty_cm) / 1e5;
        kpis.empty_km_share = ratio(empty_cm, rider_cm + empty_cm);
        kpis.pooled_share = ratio(account.shared_orders as f64, self.tally.outcomes().served as f64);
        kpis.occupancy = ratio(account.party_cm as f64, rider_cm);
        kpis.km_per_order = ratio(kpis.total_km, self.tally.outcomes().served as f64);
        kpis.delay_mean_s = ratio(account.delay_ms as f64, self.tally.outcomes().served as f64) / 1_000.0;
        kpis.detour = ratio(account.riding_ms as f64, account.direct_ms as f64);
        kpis.energy_kwh = account.driving_mwh as f64 / 1e6 + account.idling_uwh as f64 / 1e9;
        kpis.charged_kwh = account.charged_uwh as f64 / 1e9;
        (kpis.charges, kpis.stranded, kpis.faults) = (account.charges, account.stranded, account.faults);
        (kpis.degraded_ticks, kpis.check_notes) = (self.degraded, self.check_notes);
        self.decisions_us.sort_unstable();
        let ms = |share| f64::from(quantile(&self.decisions_us, share)) / 1_000.0;
        kpis.decisions = self.decisions_us.len() as u64;
        (kpis.decision_p50_ms, kpis.decision_p99_ms, kpis.decision_max_ms) = (ms(0.5), ms(0.99), ms(1.0));
        (kpis.shadow, kpis.held_back) = (self.shadow, self.held_back);
        let errors = self.fleet.forecast_errors();
        (kpis.forecast_wape, kpis.forecast_wape_last_hour) = (errors.wape(), errors.wape_last_hour());
        let open = under_way(&self.fleet);
        let digest = self.fleet.digest();
        let courses = self.tally.finish(account.refused_orders, kpis);
        if open > 0 {
            return Err(SimError::Unfinished { open, hours: 0 });
        }
        courses.outcomes.account_for(kpis.orders)?;
        Ok((courses, digest))
    }
}

/// A day that starts without all its vehicles and chargers would be another day.
fn refuse_setup(command: &Command, refusal: &Refusal) -> Result<(), SimError> {
    let what = match command {
        Command::PutVehicle(spec, _) => format!("vehicle {}", spec.id),
        Command::PutCharger(spec) => format!("charger {}", spec.id),
        _ => return Ok(()),
    };
    Err(SimError::Refused { what, why: refusal.to_string() })
}

/// Orders that the world still has without an outcome.
fn under_way(fleet: &Fleet) -> usize {
    fleet.world().orders().filter(|order| !order.phase.is_final()).count()
}

/// Most memory that this process has had, where the system says so.
fn memory_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kb = line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<f64>().ok());
    kb.unwrap_or(0.0) / 1_024.0
}
