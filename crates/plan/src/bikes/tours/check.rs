//! The rules of tours, written from the rules and apart from the solver: what a plan breaks, and what it is worth.

use super::problem::{Errand, SiteIdx, TourPlan, TourProblem, TourStop, Van, VanIdx};
use paceline_model::Millis;
use std::collections::BTreeSet;
use std::fmt;

/// A rule that a plan breaks.
#[derive(Clone, Debug, PartialEq)]
pub enum Broken {
    /// There is not one tour for each van.
    Tours {
        /// As many as there are.
        found: usize,
    },
    /// A site is visited twice.
    Twice(SiteIdx),
    /// A crew is told what it has declined.
    Declined(VanIdx, SiteIdx),
    /// A van arrives at another time than it can.
    Arrival {
        /// Which van.
        van: VanIdx,
        /// Where.
        site: SiteIdx,
        /// When it can be there.
        at: Millis,
    },
    /// A van arrives behind the horizon.
    Late(VanIdx, SiteIdx),
    /// More bikes are moved than may be.
    Change(VanIdx, SiteIdx),
    /// A van would hold more than it can, or less than nothing.
    Load {
        /// Which van.
        van: VanIdx,
        /// Where.
        site: SiteIdx,
        /// Bikes aboard that are fit for hire, then.
        load: i32,
    },
    /// An errand is done where there is none, or by who does none.
    Errand(VanIdx, SiteIdx),
    /// A stop at which nothing is done.
    Idle(VanIdx, SiteIdx),
    /// A van is not back when its shift ends.
    Shift(VanIdx),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tours { found } => write!(f, "{found} tours: there is one for each van"),
            Self::Twice(site) => write!(f, "site {site} is visited twice"),
            Self::Declined(van, site) => write!(f, "van {van} has declined site {site}"),
            Self::Arrival { van, site, at } => {
                write!(f, "van {van} is at site {site} at {at}, no other time")
            }
            Self::Late(van, site) => write!(f, "van {van} is at site {site} behind the horizon"),
            Self::Change(van, site) => write!(f, "van {van} moves more at site {site} than may be"),
            Self::Load { van, site, load } => write!(f, "van {van} leaves site {site} with {load} bikes"),
            Self::Errand(van, site) => write!(f, "van {van} has no errand at site {site}"),
            Self::Idle(van, site) => write!(f, "van {van} has nothing to do at site {site}"),
            Self::Shift(van) => write!(f, "van {van} is not back when its shift ends"),
        }
    }
}

/// All rules that `plan` breaks; none: it is sound.
pub fn check(problem: &TourProblem, plan: &TourPlan) -> Vec<Broken> {
    if plan.tours.len() != problem.vans.len() {
        return vec![Broken::Tours { found: plan.tours.len() }];
    }
    let mut broken = Vec::new();
    let mut visited = BTreeSet::new();
    for (van, stops) in plan.tours.iter().enumerate() {
        for stop in stops {
            if !visited.insert(stop.site) {
                broken.push(Broken::Twice(stop.site));
            }
            if problem.vans[van].declined.contains(&stop.site) {
                broken.push(Broken::Declined(van, stop.site));
            }
        }
        check_times(problem, van, stops, &mut broken);
        check_loads(problem, van, stops, &mut broken);
    }
    broken
}

fn check_times(problem: &TourProblem, idx: VanIdx, stops: &[TourStop], broken: &mut Vec<Broken>) {
    let van = &problem.vans[idx];
    let (mut place, mut free) = (van.place, van.free_in);
    for stop in stops {
        let site = &problem.sites[stop.site];
        let at = free.saturating_add(problem.times.get(place, site.place));
        if at != stop.arrives_in {
            broken.push(Broken::Arrival { van: idx, site: stop.site, at });
        }
        if at > problem.horizon {
            broken.push(Broken::Late(idx, stop.site));
        }
        (place, free) = (site.place, at.saturating_add(time_at(problem, van, stop)));
    }
    let back = free.saturating_add(problem.times.get(place, van.depot));
    if !stops.is_empty() && back > van.shift_ends_in {
        broken.push(Broken::Shift(idx));
    }
}

/// How long the crew is busy at a stop.
fn time_at(problem: &TourProblem, van: &Van, stop: &TourStop) -> Millis {
    let bikes = Millis(van.handling.bike.0.saturating_mul(stop.change.unsigned_abs()));
    let errand = problem.sites[stop.site].errand.filter(|_| stop.errand);
    let errand = errand.map_or(Millis::ZERO, |errand| errand.handling);
    van.handling.stop.saturating_add(bikes).saturating_add(errand)
}

fn check_loads(problem: &TourProblem, idx: VanIdx, stops: &[TourStop], broken: &mut Vec<Broken>) {
    let van = &problem.vans[idx];
    let (mut load, mut unfit) = (i32::from(van.load), i32::from(van.broken));
    let mut batteries = i32::from(van.batteries);
    for stop in stops {
        let site = &problem.sites[stop.site];
        if site.gains.of_change(stop.arrives_in, stop.change).is_none() {
            broken.push(Broken::Change(idx, stop.site));
        }
        batteries -= site.errand.filter(|_| stop.errand).map_or(0, |errand| i32::from(errand.batteries));
        let can = |errand: Errand| (van.mends || !errand.mends) && batteries >= 0;
        if stop.errand && !site.errand.is_some_and(can) {
            broken.push(Broken::Errand(idx, stop.site));
        }
        if stop.change == 0 && !stop.errand {
            broken.push(Broken::Idle(idx, stop.site));
        }
        load -= stop.change;
        unfit += site.errand.filter(|_| stop.errand).map_or(0, |errand| i32::from(errand.load));
        if load < 0 || load + unfit > i32::from(van.capacity) {
            broken.push(Broken::Load { van: idx, site: stop.site, load });
        }
    }
}

/// What a plan is worth, and what that is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Worth {
    /// Rides that it saves, errands included.
    pub rides: f64,
    /// Time that vans drive, the way home left out.
    pub driving: Millis,
    /// Stops that crews have been told and are not to make any more, and next stops that are others.
    pub changes: usize,
    /// Rides less what driving, stops and changes cost.
    pub total: f64,
}

/// Works out what `plan` is worth. A plan that [`check`] finds sound has a worth; one that moves more than may be counts that as nothing.
pub fn worth(problem: &TourProblem, plan: &TourPlan) -> Worth {
    let mut worth = Worth::default();
    for (van, stops) in problem.vans.iter().zip(&plan.tours) {
        let mut place = van.place;
        for stop in stops {
            let site = &problem.sites[stop.site];
            worth.driving = worth.driving.saturating_add(problem.times.get(place, site.place));
            worth.rides += site.gains.of_change(stop.arrives_in, stop.change).unwrap_or(0.0);
            worth.rides += site.errand.filter(|_| stop.errand).map_or(0.0, |errand| errand.rides);
            place = site.place;
        }
        worth.changes += changes(van, stops.iter().map(|stop| stop.site));
    }
    let hours = worth.driving.as_secs_f64() / 3_600.0;
    let stops = plan.tours.iter().map(Vec::len).sum::<usize>() as f64;
    let driven = problem.prices.hour * hours + problem.prices.stop * stops;
    worth.total = worth.rides - driven - problem.prices.change * worth.changes as f64;
    worth
}

/// How much of what a crew has been told is another: each stop that is gone, and the next stop if it is not the one told.
pub(super) fn changes(van: &Van, mut stops: impl Iterator<Item = SiteIdx> + Clone) -> usize {
    let gone = van.told.iter().filter(|&&told| stops.clone().all(|site| site != told)).count();
    let another_next = van.told.first().is_some_and(|&told| stops.next().is_some_and(|next| next != told));
    gone + usize::from(another_next)
}
