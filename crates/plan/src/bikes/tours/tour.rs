//! One van's tour: a sequence of sites becomes stops with times and quantities, and a worth.

use super::check::changes;
use super::loads::{self, Choices, Loads};
use super::problem::{PlaceIdx, SiteIdx, TourProblem, TourStop, Van};
use paceline_model::Millis;

/// Times and quantities depend on each other; after so many turns, the best of them is taken.
const TURNS_MAX: usize = 4;
/// What moving a bike is made to cost, in rides: the first at which the tour ends in time is taken.
const BIKE_PRICES: [f64; 6] = [0.0, 0.02, 0.06, 0.2, 0.6, 2.0];

/// A van's tour with all that follows from its sequence.
#[derive(Clone, Debug)]
pub(super) struct Tour {
    pub(super) stops: Vec<TourStop>,
    /// Rides saved, less what driving and changes cost.
    pub(super) worth: f64,
    /// Work that finding it took.
    pub(super) steps: u64,
}

impl Tour {
    /// The best that `van` can do along `sites`, in this order; a site where nothing is worth doing is left out. `None`: it cannot be driven
    /// within horizon and shift.
    pub(super) fn along(problem: &TourProblem, van: &Van, sites: &[SiteIdx]) -> Option<Self> {
        let mut route = Route::new(problem, van, sites.to_vec());
        let mut steps = 0;
        loop {
            let stops = route.stops(&mut steps)?;
            let idle = |stop: &TourStop| stop.change == 0 && !stop.errand;
            if !stops.iter().any(idle) {
                let worth = worth(problem, van, &stops);
                return Some(Self { stops, worth, steps });
            }
            let kept = stops.iter().filter(|stop| !idle(stop)).map(|stop| stop.site);
            route = Route::new(problem, van, kept.collect());
        }
    }
    pub(super) fn sites(&self) -> impl Iterator<Item = SiteIdx> + Clone {
        self.stops.iter().map(|stop| stop.site)
    }
}

fn worth(problem: &TourProblem, van: &Van, stops: &[TourStop]) -> f64 {
    let mut place = van.place;
    let (mut rides, mut driving) = (0.0, Millis::ZERO);
    for stop in stops {
        let site = &problem.sites[stop.site];
        driving = driving.saturating_add(problem.times.get(place, site.place));
        rides += site.gains.of_change(stop.arrives_in, stop.change).unwrap_or(0.0);
        rides += site.errand.filter(|_| stop.errand).map_or(0.0, |errand| errand.rides);
        place = site.place;
    }
    let changed = changes(van, stops.iter().map(|stop| stop.site)) as f64;
    let driven = problem.prices.hour * driving.as_secs_f64() / 3_600.0;
    rides - driven - problem.prices.stop * stops.len() as f64 - problem.prices.change * changed
}

/// A sequence of sites, and at which of them the errand is done.
pub(super) struct Route<'a> {
    problem: &'a TourProblem,
    van: &'a Van,
    sites: Vec<SiteIdx>,
    errands: Vec<bool>,
    /// Bikes fit for hire that the van holds beside all that errands bring aboard.
    capacity: u16,
}

impl<'a> Route<'a> {
    /// Errands are done in the order of the tour while the van has room for what they bring aboard beside what it sets out with,
    /// and the batteries that they take.
    pub(super) fn new(problem: &'a TourProblem, van: &'a Van, sites: Vec<SiteIdx>) -> Self {
        let (mut room, mut batteries) = (van.capacity.saturating_sub(van.broken), van.batteries);
        let errands = sites.iter().map(|&site| {
            let fits = |load: u16| room.checked_sub(load).filter(|left| *left >= van.load);
            let errand = problem.sites[site].errand.filter(|errand| van.does(errand));
            let left = errand
                .and_then(|errand| Some((fits(errand.load)?, batteries.checked_sub(errand.batteries)?)));
            (room, batteries) = left.unwrap_or((room, batteries));
            left.is_some()
        });
        let errands = errands.collect();
        Self { problem, van, sites, errands, capacity: room }
    }
    /// When the van arrives at each stop, if so many bikes are moved; `None`: too late for one of them, or for the shift's end.
    fn arrivals(&self, changes: &[i32]) -> Option<Vec<Millis>> {
        let (mut place, mut free) = (self.van.place, self.van.free_in);
        let mut arrivals = Vec::with_capacity(self.sites.len());
        for (stop, &change) in changes.iter().enumerate() {
            let at = free.saturating_add(self.problem.times.get(place, self.place(stop)));
            if at > self.problem.horizon {
                return None;
            }
            arrivals.push(at);
            (place, free) = (self.place(stop), at.saturating_add(self.handling(stop, change)));
        }
        let back = free.saturating_add(self.problem.times.get(place, self.van.depot));
        (self.sites.is_empty() || back <= self.van.shift_ends_in).then_some(arrivals)
    }
    fn place(&self, stop: usize) -> PlaceIdx {
        self.problem.sites[self.sites[stop]].place
    }
    fn handling(&self, stop: usize, change: i32) -> Millis {
        let bikes = Millis(self.van.handling.bike.0.saturating_mul(change.unsigned_abs()));
        let errand = self.problem.sites[self.sites[stop]].errand.filter(|_| self.errands[stop]);
        let errand = errand.map_or(Millis::ZERO, |errand| errand.handling);
        self.van.handling.stop.saturating_add(bikes).saturating_add(errand)
    }
    /// What may be done at each stop at these times.
    pub(super) fn choices(&self, arrivals: &[Millis], price: f64) -> Vec<Choices<'a>> {
        let pairs = self.sites.iter().zip(arrivals);
        pairs.map(|(&site, &at)| Choices::of(&self.problem.sites[site].gains, at, price)).collect()
    }
    /// Loads that the van can have on the way.
    pub(super) fn loads(&self, choices: &[Choices<'a>]) -> Loads {
        Loads::of(self.van.load, self.capacity, choices)
    }
    /// The best quantities that were found with the times that follow from them. `None`: even with nothing moved it takes too long.
    fn stops(&self, steps: &mut u64) -> Option<Vec<TourStop>> {
        let still = vec![0; self.sites.len()];
        let arrivals = self.arrivals(&still)?;
        for price in BIKE_PRICES {
            let found = self.agreed(&arrivals, price, steps);
            if found.is_some() {
                return found;
            }
        }
        Some(self.at(&arrivals, &still))
    }
    /// Times by quantities, quantities by times, until they agree: the best on the way. `price` is what moving a bike costs for the time
    /// that it takes.
    fn agreed(&self, arrivals: &[Millis], price: f64, steps: &mut u64) -> Option<Vec<TourStop>> {
        let mut arrivals = arrivals.to_vec();
        let mut seen: Vec<Vec<i32>> = Vec::new();
        let mut best: Option<(f64, Vec<TourStop>)> = None;
        for _ in 0..TURNS_MAX {
            let choices = self.choices(&arrivals, price);
            *steps += self.sites.len() as u64 * (u64::from(self.capacity) + 1);
            let changes = loads::changes(self.van.load, self.capacity, &choices)?;
            if seen.contains(&changes) {
                break;
            }
            let Some(then) = self.arrivals(&changes) else { break };
            let stops = self.at(&then, &changes);
            let worth = worth(self.problem, self.van, &stops);
            if best.as_ref().is_none_or(|best| worth > best.0) {
                best = Some((worth, stops));
            }
            seen.push(changes);
            arrivals = then;
        }
        best.map(|(_, stops)| stops)
    }
    fn at(&self, arrivals: &[Millis], changes: &[i32]) -> Vec<TourStop> {
        let stops = self.sites.iter().zip(arrivals).zip(changes.iter().zip(&self.errands));
        let stop = |((&site, &arrives_in), (&change, &errand))| TourStop { site, arrives_in, change, errand };
        stops.map(stop).collect()
    }
}
