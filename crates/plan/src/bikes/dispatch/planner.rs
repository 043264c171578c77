//! From a round's problem to tours and back.

use super::problem::{Ask, Plan, Problem, Station, Stop, Unserved};
use super::reach::Reach;
use super::why;
use crate::bikes::Drives;
use crate::bikes::inventory::OutagePrice;
use crate::bikes::tours::{self, Errand, Gains, Handling, Site, StationOutlook, TourProblem};
use crate::budget::Budget;
use crate::forecast::QUARTER_MS;
use crate::forecast::stations::RateSlot;
use crate::rng::Rng;
use paceline_model::{Instant, Millis};
use paceline_road::Roads;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// To park, to write down what was found and to leave again.
pub const PARKING: Millis = Millis::from_secs(120);
/// To mend the docks of a station, or to see that it needs a workshop.
const MENDING: Millis = Millis::from_secs(600);
/// To try each dock, and to see whether a bike comes out.
const INSPECTING: Millis = Millis::from_secs(300);
/// Tours are planned so far ahead: what comes later will be planned again before it begins.
const AHEAD: Millis = Millis::from_secs(2 * 3_600);
/// Stations that one search looks at, at most: those where a van can do most good.
const USEFUL_MAX: usize = 240;
/// Others that it may take bikes from, at most: those where they are missed least.
const SPARE_MAX: usize = 160;

/// How long a crew needs at a stop beside handling bikes.
pub(super) fn stop_time(problem: &Problem, station: &Station, errand: Option<Ask>) -> Millis {
    PARKING.saturating_add(errand.map_or(Millis::ZERO, |errand| handling(problem, station, errand)))
}

fn handling(problem: &Problem, station: &Station, errand: Ask) -> Millis {
    match errand {
        Ask::Inspect => INSPECTING,
        Ask::Repair => MENDING,
        Ask::Swap => Millis(problem.change_battery.0.saturating_mul(problem.changed(station))),
        Ask::Bring | Ask::Take => Millis::ZERO,
    }
}

/// What else there is to do at a station. Until somebody has looked, no rider gets a bike where none are given.
fn errand(problem: &Problem, station: &Station) -> Option<Errand> {
    let ask = problem.errand(station)?;
    let changed = if ask == Ask::Swap { problem.changed(station) } else { 0 };
    let rides = match ask {
        Ask::Inspect => station.rentals(),
        Ask::Swap => problem.prices.battery * f64::from(changed),
        _ => problem.prices.repair,
    };
    let handling = handling(problem, station, ask);
    Some(Errand { rides, handling, load: 0, mends: ask == Ask::Repair, batteries: bikes(changed) })
}

/// What is kept from round to round: gains of stations where nothing has changed, and the tours that were found last.
#[derive(Default)]
pub struct Planner {
    gains: BTreeMap<u32, Known>,
    /// By van: the keys of stations.
    tours: BTreeMap<u32, Vec<u32>>,
    rounds: u64,
    drives: Drives,
}

/// A station's gains, and what they were made of.
struct Known {
    bikes: u32,
    docks: Option<u32>,
    moved: (u32, u32),
    outage: OutagePrice,
    rates: Arc<[RateSlot]>,
    gains: Gains,
}

impl Planner {
    /// Goes by these streets, as fast as they say, from now on. Until then drives go by the straight line.
    pub fn drive_along(&mut self, roads: &Arc<Roads>) {
        self.drives.renew(roads);
    }

    /// Plans the tours of all vans from here on.
    ///
    /// Same problems and steps from the beginning on, same plans. When the budget ends, what was found by then is proposed.
    pub fn solve(&mut self, problem: &Problem, budget: &mut Budget) -> Plan {
        self.rounds += 1;
        let able: Vec<usize> = (0..problem.vans.len()).filter(|van| problem.vans[*van].is_able()).collect();
        let mut plan = Plan { made_from: problem.version, ..Plan::default() };
        plan.tours = vec![Vec::new(); problem.vans.len()];
        let capacity = able.iter().map(|van| problem.vans[*van].capacity).max();
        let sites = capacity.map(|capacity| self.sites(problem, capacity)).unwrap_or_default();
        let chosen = chosen(&sites);
        let asking =
            problem.stations.iter().enumerate().filter(|(_, station)| station.asks.each().next().is_some());
        let seen: BTreeSet<usize> = chosen.iter().copied().chain(asking.map(|(number, _)| number)).collect();
        let reach = Reach::of(problem, seen.into_iter(), &mut self.drives);
        if !able.is_empty() {
            let asked = self.tour_problem((problem, &reach), &able, &chosen, &sites);
            let mut rng = Rng::new(self.rounds);
            let (found, report) = tours::solve(&asked, budget, &mut rng);
            (plan.worth, plan.ran_short) = (report.worth.total, report.iterations == 0 && budget.is_over());
            for (&number, stops) in able.iter().zip(found.tours) {
                let keys = stops.iter().map(|stop| problem.stations[chosen[stop.site]].key);
                self.tours.insert(problem.vans[number].key, keys.collect());
                plan.tours[number] = stops_of((problem, &reach), number, &stops, (&asked, &chosen));
            }
        }
        plan.unserved = unserved((problem, &reach), &plan);
        plan
    }

    /// What a van can do at each station.
    fn sites(&mut self, problem: &Problem, capacity: u32) -> Vec<Site> {
        let mut known = std::mem::take(&mut self.gains);
        let mut sites = Vec::with_capacity(problem.stations.len());
        for (place, station) in problem.stations.iter().enumerate() {
            let moved = (station.take_max.min(capacity), station.bring_max.min(capacity));
            let gains = match &station.rates {
                Some(rates) => {
                    let held = known.remove(&station.key).filter(|held| held.is_of(station, moved, rates));
                    let held = held.unwrap_or_else(|| Known::of(problem, station, moved, rates));
                    let gains = held.gains.clone().began(into_slot(problem.at));
                    self.gains.insert(station.key, held);
                    gains
                }
                // Where no riders come, bikes are worth nothing.
                None => Gains::of(Millis(QUARTER_MS as u32), 1, (bikes(moved.0), 0), |_, _| 0.0),
            };
            let (missing, beyond) = asked(station);
            let gains = match (missing, beyond) {
                (0, 0) => gains,
                _ => gains.with(|change| {
                    problem.prices.missing * f64::from(change.clamp(0, missing) + (-change).clamp(0, beyond))
                }),
            };
            sites.push(Site { place, gains, errand: errand(problem, station) });
        }
        sites
    }

    fn tour_problem(
        &self,
        (problem, reach): (&Problem, &Reach),
        able: &[usize],
        chosen: &[usize],
        sites: &[Site],
    ) -> TourProblem {
        let by_key: BTreeMap<u32, usize> =
            chosen.iter().enumerate().map(|(site, &station)| (problem.stations[station].key, site)).collect();
        let vans = able.iter().map(|&number| {
            let (van, start) = (&problem.vans[number], reach.vans[number]);
            let last = self.tours.get(&van.key).into_iter().flatten();
            tours::Van {
                place: start.place,
                free_in: start.free_in,
                capacity: bikes(van.capacity),
                load: bikes(van.aboard),
                broken: 0,
                depot: start.depot,
                shift_ends_in: van.shift_ends_in,
                handling: Handling { stop: PARKING, bike: van.handling },
                mends: van.repairs,
                batteries: bikes(van.batteries),
                told: last.filter_map(|key| by_key.get(key).copied()).collect(),
                declined: declined(problem, number, chosen),
            }
        });
        let sites =
            chosen.iter().map(|&station| Site { place: reach.station(station), ..sites[station].clone() });
        TourProblem {
            times: reach.drives.times(),
            sites: sites.collect(),
            vans: vans.collect(),
            // What was planned last and was not told yet may change for nothing.
            prices: tours::Prices {
                hour: problem.prices.driving_hour,
                stop: problem.prices.stop,
                change: 0.0,
            },
            horizon: AHEAD,
        }
    }
}

impl Known {
    fn of(problem: &Problem, station: &Station, moved: (u32, u32), rates: &Arc<[RateSlot]>) -> Self {
        let mut slots = rates.to_vec();
        if let Some(first) = slots.first_mut() {
            first.lasts = first.lasts.saturating_sub(into_slot(problem.at));
        }
        let Station { docks, bikes: stock, .. } = *station;
        let outlook = StationOutlook { capacity: docks, stock, slots: &slots, price: station.outage };
        let most = (bikes(moved.0), bikes(moved.1));
        let gains = Gains::of_station(outlook, most);
        // Rates beyond all bounds are no reason to stop: such a station is left alone.
        let gains = gains.unwrap_or_else(|_| Gains::of(Millis(QUARTER_MS as u32), 1, (0, 0), |_, _| 0.0));
        Self { bikes: stock, docks, moved, outage: station.outage, rates: rates.clone(), gains }
    }
    fn is_of(&self, station: &Station, moved: (u32, u32), rates: &Arc<[RateSlot]>) -> bool {
        let same = (self.bikes, self.docks, self.moved) == (station.bikes, station.docks, moved);
        same && self.outage == station.outage && Arc::ptr_eq(&self.rates, rates)
    }
}

/// Bikes that are missing to what is asked for at a station, and bikes beyond it.
fn asked(station: &Station) -> (i32, i32) {
    let (low, high) = station.wanted;
    let count = |bikes: u32| i32::try_from(bikes).unwrap_or(i32::MAX);
    let missing = if station.asks.bring { low.saturating_sub(station.bikes) } else { 0 };
    let beyond = if station.asks.take { station.bikes.saturating_sub(high) } else { 0 };
    (count(missing), count(beyond))
}

fn bikes(count: u32) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

/// How much of the quarter of an hour has passed.
fn into_slot(at: Instant) -> Millis {
    Millis((at.0 % QUARTER_MS) as u32)
}

fn declined(problem: &Problem, van: usize, chosen: &[usize]) -> Vec<usize> {
    let declined = chosen.iter().enumerate().filter(|(_, station)| {
        let station = &problem.stations[**station];
        station.declined.contains(&van)
    });
    declined.map(|(site, _)| site).collect()
}

/// The stations that a search looks at, in their order: where a van can do most good, and where bikes are missed least.
fn chosen(sites: &[Site]) -> Vec<usize> {
    let good = |site: &Site| site.gains.best(Millis::ZERO) + site.errand.map_or(0.0, |errand| errand.rides);
    let taken = |site: &Site| (site.gains.take_max() > 0).then(|| site.gains.of_few_taken(Millis::ZERO));
    let numbered = || sites.iter().enumerate();
    let useful =
        most(numbered().map(|(at, site)| (good(site), at)).filter(|(good, _)| *good > 0.0), USEFUL_MAX);
    let spare = most(numbered().filter_map(|(at, site)| Some((taken(site)?, at))), SPARE_MAX);
    let mut chosen: Vec<usize> = useful.into_iter().chain(spare).collect();
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}

fn most(scored: impl Iterator<Item = (f64, usize)>, most: usize) -> Vec<usize> {
    let mut scored: Vec<(f64, usize)> = scored.collect();
    scored.sort_unstable_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
    scored.into_iter().take(most).map(|(_, at)| at).collect()
}

/// A tour as the caller reads it.
fn stops_of(
    of: (&Problem, &Reach),
    number: usize,
    stops: &[tours::TourStop],
    (asked, chosen): (&TourProblem, &[usize]),
) -> Vec<Stop> {
    let mut aboard = of.0.vans[number].aboard;
    let stop = |stop: &tours::TourStop| {
        let station = chosen[stop.site];
        let before = aboard;
        aboard = aboard.saturating_add_signed(-stop.change);
        let errand = of.0.errand(&of.0.stations[station]).filter(|_| stop.errand);
        let ask = match stop.change {
            1.. => Ask::Bring,
            0 => errand.unwrap_or(Ask::Repair),
            _ => Ask::Take,
        };
        Stop {
            station,
            arrives_in: stop.arrives_in,
            aboard: before,
            change: stop.change,
            errand,
            rides: asked.sites[stop.site].gains.of_change(stop.arrives_in, stop.change).unwrap_or(0.0),
            next_best: why::next_best(of, station, number),
            excluded: why::excluded(of, station, ask, Some(number)),
        }
    };
    stops.iter().map(stop).collect()
}

fn unserved((problem, reach): (&Problem, &Reach), plan: &Plan) -> Vec<Unserved> {
    let mut served = BTreeSet::new();
    for stop in plan.tours.iter().flatten() {
        served.extend((stop.change > 0).then_some((stop.station, Ask::Bring)));
        served.extend((stop.change < 0).then_some((stop.station, Ask::Take)));
        served.extend(stop.errand.map(|errand| (stop.station, errand)));
    }
    let asks = problem.stations.iter().enumerate();
    let asks = asks.flat_map(|(number, station)| station.asks.each().map(move |ask| (number, ask)));
    let waits = asks.filter(|ask| !served.contains(ask));
    waits
        .map(|(station, ask)| {
            let excluded = why::excluded((problem, reach), station, ask, None);
            Unserved { station, ask, excluded }
        })
        .collect()
}
