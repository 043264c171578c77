//! Tries every order of every choice of sites for every van, with every number of bikes, errands done in order while there is room and a battery.

use paceline_model::Millis;
use paceline_plan::bikes::tours::{SiteIdx, TourPlan, TourProblem, TourStop, VanIdx, check, worth};

/// What the best plan is worth.
pub(crate) fn best(problem: &TourProblem) -> f64 {
    let mut plan = TourPlan { tours: vec![Vec::new(); problem.vans.len()] };
    let mut best = f64::NEG_INFINITY;
    let by_van = vec![Vec::new(); problem.vans.len()];
    sequences(problem, by_van, &mut |sequences| {
        let mut total = 0.0;
        for (van, sites) in sequences.iter().enumerate() {
            plan.tours.iter_mut().for_each(Vec::clear);
            total += best_along(problem, van, sites, &mut plan);
        }
        best = best.max(total);
    });
    best
}

/// Each way to give sites to vans in an order.
fn sequences(problem: &TourProblem, by_van: Vec<Vec<SiteIdx>>, told: &mut impl FnMut(&[Vec<SiteIdx>])) {
    fn deeper(sites: usize, site: SiteIdx, by_van: &[Vec<SiteIdx>], told: &mut impl FnMut(&[Vec<SiteIdx>])) {
        if site == sites {
            return told(by_van);
        }
        deeper(sites, site + 1, by_van, told);
        for van in 0..by_van.len() {
            for at in 0..=by_van[van].len() {
                let mut with = by_van.to_vec();
                with[van].insert(at, site);
                deeper(sites, site + 1, &with, told);
            }
        }
    }
    deeper(problem.sites.len(), 0, &by_van, told);
}

/// The best worth of one van along `sites`, over all numbers of bikes; what others were told is left out.
fn best_along(problem: &TourProblem, van: VanIdx, sites: &[SiteIdx], plan: &mut TourPlan) -> f64 {
    let alone = TourProblem { vans: vec![problem.vans[van].clone()], ..problem.clone() };
    plan.tours.truncate(1);
    let mut best = f64::NEG_INFINITY;
    quantities(&alone, sites, plan, &mut best);
    plan.tours.resize(problem.vans.len(), Vec::new());
    best
}

fn quantities(problem: &TourProblem, sites: &[SiteIdx], plan: &mut TourPlan, best: &mut f64) {
    let stops = &plan.tours[0];
    if stops.len() == sites.len() {
        if check(problem, plan).is_empty() {
            *best = best.max(worth(problem, plan).total);
        }
        return;
    }
    let (van, site) = (&problem.vans[0], sites[stops.len()]);
    let (mut place, mut free) = (van.place, van.free_in);
    let (mut room, mut batteries) = (van.capacity.saturating_sub(van.broken), van.batteries);
    for stop in stops {
        let errand = problem.sites[stop.site].errand.filter(|_| stop.errand);
        room -= errand.map_or(0, |errand| errand.load);
        batteries -= errand.map_or(0, |errand| errand.batteries);
        let bikes = Millis(van.handling.bike.0 * stop.change.unsigned_abs());
        let spent = [van.handling.stop, bikes, errand.map_or(Millis::ZERO, |errand| errand.handling)];
        free = spent.into_iter().fold(stop.arrives_in, Millis::saturating_add);
        place = problem.sites[stop.site].place;
    }
    let arrives_in = free.saturating_add(problem.times.get(place, problem.sites[site].place));
    let errand = problem.sites[site].errand.is_some_and(|errand| {
        room >= errand.load && room - errand.load >= van.load && batteries >= errand.batteries
    });
    let gains = &problem.sites[site].gains;
    for change in -i32::from(gains.take_max())..=i32::from(gains.bring_max()) {
        plan.tours[0].push(TourStop { site, arrives_in, change, errand });
        quantities(problem, sites, plan, best);
        plan.tours[0].pop();
    }
}
