//! Ruin and recreate: takes neighbouring stops out, puts what is worth most back, under a falling temperature.
//!
//! Sources: Christiaens and Vanden Berghe, Transportation Science 54(2), 2020 (ruin and recreate with blinks); Schrimpf and others,
//! Journal of Computational Physics 159, 2000. That a stop and the one that its bikes come from go in together is ours: apart, neither
//! is worth its way.

use super::check::changes;
use super::loads::{Choices, Loads};
use super::near::Near;
use super::problem::{Site, SiteIdx, TourProblem, TourStop, Van, VanIdx};
use super::tour::{Route, Tour};
use crate::budget::Budget;
use crate::rng::Rng;
use paceline_model::Millis;
use std::collections::BTreeSet;

/// Stops that a ruin takes out at most.
const RUIN_MAX: usize = 6;
/// How often an insertion is passed over.
const BLINK_SHARE: f64 = 0.02;
/// How often a ruin takes a whole tour out.
const WHOLE_SHARE: f64 = 0.1;
/// Of so many insertions that look best and are worth something when they are worked out in full, the best is taken.
const LOOKED_AT: usize = 3;
/// Insertions that are worked out in full at most to find these.
const TRIED_MAX: usize = 24;
/// Insertions of one kind into one tour of which loads are gone through: those that could be worth most.
const HOPES_MAX: usize = 10;
/// Insertions that are judged by what they could be worth in the time of a step.
const HOPES_A_STEP: u64 = 4;
/// Useful sites far from the ruin that a recreate looks at too.
const AFAR: usize = 4;
/// Places in a tour that sites are tried at: those with the least detour.
const PLACES: usize = 3;
/// Temperatures at the beginning and at the end of the budget, in rides.
const TEMPERATURE: (f64, f64) = (0.3, 0.005);
/// After so many ruins without anything better, and so many for each useful site, there is nothing better to be found.
const STALLED: (u64, u64) = (100, 50);
/// What is worth less, in rides, is left alone.
const WORTH_MIN: f64 = 1e-6;

/// The tours of all vans as they stand.
pub(super) struct TourSearch<'a> {
    problem: &'a TourProblem,
    near: Near,
    tours: Vec<Tour>,
    /// Which van visits a site.
    visited_by: Vec<Option<VanIdx>>,
    rng: &'a mut Rng,
    budget: &'a mut Budget,
    pub(super) iterations: u64,
}

/// A way to put sites in: before stop `at` of `van`.
struct Insertion {
    estimate: f64,
    van: VanIdx,
    at: usize,
    sites: [Option<SiteIdx>; 2],
}

impl<'a> TourSearch<'a> {
    /// Begins with what crews have been told, as far as it can still be driven.
    pub(super) fn new(problem: &'a TourProblem, rng: &'a mut Rng, budget: &'a mut Budget) -> Self {
        let near = Near::of(problem);
        let mut search = Self {
            problem,
            near,
            tours: Vec::new(),
            visited_by: vec![None; problem.sites.len()],
            rng,
            budget,
            iterations: 0,
        };
        for (idx, van) in problem.vans.iter().enumerate() {
            let free = |site: &SiteIdx| search.visited_by[*site].is_none() && !van.declined.contains(site);
            let mut told: Vec<SiteIdx> = Vec::new();
            for site in van.told.iter().filter(|site| free(site)) {
                if !told.contains(site) {
                    told.push(*site);
                }
            }
            let tour = loop {
                match Tour::along(problem, van, &told) {
                    Some(tour) => break tour,
                    None => told.pop(),
                };
            };
            search.tours.push(tour);
            search.mark(idx, Some(idx));
        }
        search
    }
    /// Improves until the budget ends, and returns the best that was seen.
    pub(super) fn run(mut self) -> (Vec<Tour>, u64) {
        let useful = self.near.useful().to_vec();
        self.recreate(&useful);
        let (mut best, mut best_worth) = (self.tours.clone(), self.worth());
        let stalled_max = STALLED.0 + STALLED.1 * useful.len() as u64;
        let mut improved_at = 0;
        while !useful.is_empty() && !self.budget.is_over() && self.iterations - improved_at < stalled_max {
            self.iterations += 1;
            let before = (self.tours.clone(), self.visited_by.clone(), self.worth());
            let sites = self.ruin();
            self.recreate(&sites);
            let temperature = TEMPERATURE.0 * (TEMPERATURE.1 / TEMPERATURE.0).powf(self.budget.share());
            let slack = -temperature * (1.0 - self.rng.unit()).ln();
            let worth = self.worth();
            if worth + slack < before.2 {
                (self.tours, self.visited_by) = (before.0, before.1);
            } else if worth > best_worth + WORTH_MIN {
                (best, best_worth) = (self.tours.clone(), worth);
                improved_at = self.iterations;
            }
        }
        (best, self.iterations)
    }
    fn worth(&self) -> f64 {
        self.tours.iter().map(|tour| tour.worth).sum()
    }
    fn mark(&mut self, van: VanIdx, by: Option<VanIdx>) {
        for stop in &self.tours[van].stops {
            self.visited_by[stop.site] = by;
        }
    }
    fn replace(&mut self, van: VanIdx, tour: Tour) {
        self.mark(van, None);
        self.tours[van] = tour;
        self.mark(van, Some(van));
    }

    /// Takes stops around a site out; returns what may go back: these, useful ones around, and some from afar.
    fn ruin(&mut self) -> Vec<SiteIdx> {
        let useful = self.near.useful();
        let seed = useful[self.rng.below(useful.len())];
        let mut sites = vec![seed];
        sites.extend(self.near.neighbours(seed));
        for _ in 0..AFAR {
            let site = useful[self.rng.below(useful.len())];
            if !sites.contains(&site) {
                sites.push(site);
            }
        }
        let count = 1 + self.rng.below(RUIN_MAX);
        let mut out: Vec<SiteIdx> =
            sites.iter().copied().filter(|&site| self.visited_by[site].is_some()).take(count).collect();
        if self.rng.chance(WHOLE_SHARE) {
            let whole = out.first().and_then(|&site| self.visited_by[site]);
            out.extend(whole.into_iter().flat_map(|van| self.tours[van].sites().collect::<Vec<_>>()));
        }
        for van in 0..self.tours.len() {
            if self.tours[van].sites().any(|site| out.contains(&site)) {
                let kept: Vec<SiteIdx> = self.tours[van].sites().filter(|site| !out.contains(site)).collect();
                self.drive(van, kept);
            }
        }
        sites.extend(out);
        sites.retain(|&site| self.near.is_useful(site));
        sites.sort_unstable();
        sites.dedup();
        sites
    }
    /// Drives `van` along what is left of its tour, which is sooner everywhere; what it moves may be other than before.
    fn drive(&mut self, van: VanIdx, mut kept: Vec<SiteIdx>) {
        loop {
            // Without a stop the loads of others change, and with them their handling: in rare cases the last no longer fits.
            match Tour::along(self.problem, &self.problem.vans[van], &kept) {
                Some(tour) => return self.replace(van, tour),
                None => kept.pop(),
            };
        }
    }

    /// Puts in what is worth most, again and again, until nothing is.
    fn recreate(&mut self, sites: &[SiteIdx]) {
        let mut looks: Vec<Vec<Insertion>> = (0..self.tours.len()).map(|van| self.look(van, sites)).collect();
        while !self.budget.is_over() {
            let mut found: Vec<&Insertion> =
                looks.iter().flatten().filter(|found| self.is_open(found)).collect();
            found.sort_by(|one, other| other.estimate.total_cmp(&one.estimate));
            let worked_out =
                found.into_iter().take(TRIED_MAX).filter_map(|insertion| self.worked_out(insertion));
            let worth_it = worked_out.filter(|found| found.0 > WORTH_MIN).take(LOOKED_AT);
            let Some((_, van, tour)) = worth_it.max_by(|one, other| one.0.total_cmp(&other.0)) else {
                return;
            };
            self.replace(van, tour);
            looks[van] = self.look(van, sites);
        }
    }
    fn is_open(&self, insertion: &Insertion) -> bool {
        insertion.sites.iter().flatten().all(|&site| self.visited_by[site].is_none())
    }
    /// What an insertion is worth when all times and quantities are worked out again.
    fn worked_out(&self, insertion: &Insertion) -> Option<(f64, VanIdx, Tour)> {
        let mut along: Vec<SiteIdx> = self.tours[insertion.van].sites().collect();
        along.splice(insertion.at..insertion.at, insertion.sites.into_iter().flatten());
        let tour = Tour::along(self.problem, &self.problem.vans[insertion.van], &along)?;
        Some((tour.worth - self.tours[insertion.van].worth, insertion.van, tour))
    }
    /// The insertions into one tour that look best: of one site, of one that more bikes for the stops of the tour can come from, and of
    /// one together with where its bikes come from.
    fn look(&mut self, idx: VanIdx, sites: &[SiteIdx]) -> Vec<Insertion> {
        let look = Look::of(self.problem, idx, &self.tours[idx]);
        let open = |site: SiteIdx| self.visited_by[site].is_none() && !look.van.declined.contains(&site);
        let more = self.tours[idx].sites().flat_map(|site| self.near.donors(site)).copied();
        let told = look.van.told.iter().copied();
        let single: BTreeSet<SiteIdx> =
            sites.iter().copied().chain(more).chain(told).filter(|&site| open(site)).collect();
        let pairs = sites.iter().filter(|&&site| open(site)).flat_map(|&site| {
            let donors = self.near.donors(site).iter().filter(|&&donor| open(donor));
            donors.map(move |&donor| [Some(donor), Some(site)])
        });
        let single = look.hopes(single.into_iter().map(|site| [Some(site), None]));
        let pairs = look.hopes(pairs);
        let mut steps = self.tours[idx].steps + (single.tried + pairs.tried) / HOPES_A_STEP;
        let mut found = Vec::new();
        for hope in single.best.into_iter().chain(pairs.best) {
            if !self.rng.chance(BLINK_SHARE) {
                found.extend(look.insertion(hope.at, hope.sites, hope.detour, &mut steps));
            }
        }
        self.budget.spend(steps);
        found.sort_by(|one, other| other.estimate.total_cmp(&one.estimate));
        found
    }
}

/// An insertion, and what it is worth if there are bikes and room enough for it.
struct Hope {
    worth: f64,
    detour: i64,
    at: usize,
    sites: [Option<SiteIdx>; 2],
}

/// The insertions that could be worth most.
struct Hopes {
    best: Vec<Hope>,
    tried: u64,
}

/// One tour as insertions are tried on it.
struct Look<'a> {
    problem: &'a TourProblem,
    idx: VanIdx,
    van: &'a Van,
    tour: &'a Tour,
    loads: Loads,
    /// What the tour would save beyond what it does if there were always bikes and room.
    more: f64,
    /// Of what the crew has been told.
    changed: f64,
}

impl<'a> Look<'a> {
    fn of(problem: &'a TourProblem, idx: VanIdx, tour: &'a Tour) -> Self {
        let van = &problem.vans[idx];
        let route = Route::new(problem, van, tour.sites().collect());
        let arrivals: Vec<_> = tour.stops.iter().map(|stop| stop.arrives_in).collect();
        let loads = route.loads(&route.choices(&arrivals, 0.0));
        let best = |stop: &TourStop| problem.sites[stop.site].gains.best(stop.arrives_in);
        let more = tour.stops.iter().map(best).sum::<f64>() - loads.saved;
        let changed = changes(van, tour.sites()) as f64;
        Self { problem, idx, van, tour, loads, more, changed }
    }
    /// Those of some insertions that could be worth most, the best first.
    fn hopes(&self, tried: impl Iterator<Item = [Option<SiteIdx>; 2]>) -> Hopes {
        let mut hopes = Hopes { best: Vec::new(), tried: 0 };
        for sites in tried {
            for (detour, at) in self.places(sites) {
                hopes.tried += 1;
                let worth = self.hope(at, sites) - self.way(sites, detour);
                if worth + self.more > WORTH_MIN {
                    hopes.best.push(Hope { worth, detour, at, sites });
                }
            }
        }
        let order = |one: &Hope, other: &Hope| {
            other.worth.total_cmp(&one.worth).then_with(|| (one.sites, one.at).cmp(&(other.sites, other.at)))
        };
        if hopes.best.len() > HOPES_MAX {
            hopes.best.select_nth_unstable_by(HOPES_MAX - 1, order);
            hopes.best.truncate(HOPES_MAX);
        }
        hopes.best.sort_unstable_by(order);
        hopes
    }
    /// What stops save at about the hour at which a van would come, with bikes and room enough; where the bikes come from, a few are missed.
    fn hope(&self, at: usize, [first, second]: [Option<SiteIdx>; 2]) -> f64 {
        let time = at.checked_sub(1).map_or(self.van.free_in, |before| self.tour.stops[before].arrives_in);
        let best = |site: SiteIdx| {
            let site = &self.problem.sites[site];
            site.gains.best(time) + self.errand(site)
        };
        let missed = |site: SiteIdx| self.problem.sites[site].gains.of_few_taken(time);
        match (first, second) {
            (Some(donor), Some(site)) => missed(donor) + best(site),
            (one, other) => one.or(other).map_or(0.0, best),
        }
    }
    /// What else there is to do at a site, if this crew does it.
    fn errand(&self, site: &Site) -> f64 {
        site.errand.filter(|errand| self.van.does(errand)).map_or(0.0, |errand| errand.rides)
    }
    /// Where in the tour `sites` are least out of the way, with the detour in milliseconds.
    fn places(&self, sites: [Option<SiteIdx>; 2]) -> Vec<(i64, usize)> {
        let leg = |from, to| i64::from(self.problem.times.get(from, to).0);
        let place = |site: SiteIdx| self.problem.sites[site].place;
        let ends =
            |first: SiteIdx, last: SiteIdx| (place(first), place(last), leg(place(first), place(last)));
        let [Some(first), second] = sites else { return Vec::new() };
        let (first, last, within) = ends(first, second.unwrap_or(first));
        let mut detours: Vec<(i64, usize)> = (0..=self.tour.stops.len())
            .map(|at| {
                let before =
                    at.checked_sub(1).map_or(self.van.place, |before| place(self.tour.stops[before].site));
                let after = self.tour.stops.get(at).map(|stop| place(stop.site));
                let without = after.map_or(0, |after| leg(before, after));
                (leg(before, first) + within + after.map_or(0, |after| leg(last, after)) - without, at)
            })
            .collect();
        if detours.len() > PLACES {
            detours.select_nth_unstable(PLACES - 1);
            detours.truncate(PLACES);
        }
        detours
    }
    /// What putting `sites` in before stop `at` would be worth if everything else kept its time.
    fn insertion(
        &self,
        at: usize,
        sites: [Option<SiteIdx>; 2],
        detour: i64,
        steps: &mut u64,
    ) -> Option<Insertion> {
        let before = at.checked_sub(1).map(|before| &self.tour.stops[before]);
        let mut place = before.map_or(self.van.place, |stop| self.problem.sites[stop.site].place);
        let mut time = before.map_or(self.van.free_in, |stop| {
            let bikes = self.van.handling.bike.0.saturating_mul(stop.change.unsigned_abs());
            stop.arrives_in.saturating_add(self.van.handling.stop).saturating_add(Millis(bikes))
        });
        let costs = self.costs(at, sites, detour);
        let mut choices: Vec<Choices<'_>> = Vec::with_capacity(2);
        let (mut errands, mut most) = (0.0, 0.0);
        for site in sites.into_iter().flatten() {
            let site = &self.problem.sites[site];
            time = time.saturating_add(self.problem.times.get(place, site.place));
            most += site.gains.best(time);
            choices.push(Choices::of(&site.gains, time, 0.0));
            errands += self.errand(site);
            time = time.saturating_add(self.van.handling.stop);
            place = site.place;
        }
        *steps += 1;
        // Loads need not be gone through where even all the bikes and all the room that anybody on the tour asks for are not worth the way.
        if time > self.problem.horizon || most + errands + self.more - costs <= WORTH_MIN {
            return None;
        }
        *steps += (u64::from(self.van.capacity) + 1) * choices.len() as u64;
        let estimate = self.loads.saved_with(at, &choices)? - self.loads.saved + errands - costs;
        (estimate > WORTH_MIN).then_some(Insertion { estimate, van: self.idx, at, sites })
    }
    /// Driving, and what the crew has been told otherwise.
    fn costs(&self, at: usize, sites: [Option<SiteIdx>; 2], detour: i64) -> f64 {
        let before = self.tour.sites().take(at);
        let along = before.chain(sites.into_iter().flatten()).chain(self.tour.sites().skip(at));
        let changed = changes(self.van, along) as f64 - self.changed;
        self.way(sites, detour) + self.problem.prices.change * changed
    }
    /// What driving and stopping there costs.
    fn way(&self, sites: [Option<SiteIdx>; 2], detour: i64) -> f64 {
        let stops = sites.iter().flatten().count() as f64;
        self.problem.prices.hour * detour as f64 / 3_600_000.0 + self.problem.prices.stop * stops
    }
}
