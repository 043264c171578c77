//! Which sites belong together: neighbours by road, and for a site that asks for bikes those that can spare some.

use super::problem::{Site, SiteIdx, TourProblem};
use paceline_model::Millis;

/// Neighbours of a site that a ruin looks at.
const NEIGHBOURS: usize = 12;
/// Sites that bikes for one site may come from.
const DONORS: usize = 4;

/// What is near what.
#[derive(Clone, Debug)]
pub(super) struct Near {
    neighbours: Vec<Vec<SiteIdx>>,
    donors: Vec<Vec<SiteIdx>>,
    /// Sites where something is worth doing by itself, if there were bikes or room for them, and those that a crew has been told.
    useful: Vec<SiteIdx>,
    is_useful: Vec<bool>,
}

impl Near {
    pub(super) fn of(problem: &TourProblem) -> Self {
        let sites = 0..problem.sites.len();
        let is_told = |site| problem.vans.iter().any(|van| van.told.contains(&site));
        let is_useful: Vec<bool> =
            sites.clone().map(|site| use_of(&problem.sites[site]) > 0.0 || is_told(site)).collect();
        let useful = sites.clone().filter(|&site| is_useful[site]).collect();
        // What a few bikes are missed where they are taken from, now.
        let losses: Vec<f64> =
            problem.sites.iter().map(|site| -site.gains.of_few_taken(Millis::ZERO)).collect();
        let span = |from, to| problem.times.get(place(problem, from), place(problem, to));
        let nearest = |to: SiteIdx| {
            let others = sites.clone().filter(move |&other| other != to);
            lowest(others.map(|other| (f64::from(span(other, to).0), other)), NEIGHBOURS)
        };
        let price = |span: Millis| problem.prices.hour * span.as_secs_f64() / 3_600.0;
        let donors_of = |to: SiteIdx| {
            let able =
                sites.clone().filter(|&other| other != to && problem.sites[other].gains.take_max() > 0);
            lowest(able.map(|other| (losses[other] + price(span(other, to)), other)), DONORS)
        };
        Self {
            neighbours: sites.clone().map(nearest).collect(),
            donors: sites.clone().map(donors_of).collect(),
            useful,
            is_useful,
        }
    }
    /// The nearest first.
    pub(super) fn neighbours(&self, site: SiteIdx) -> &[SiteIdx] {
        &self.neighbours[site]
    }
    /// Sites that bikes may come from, the cheapest first.
    pub(super) fn donors(&self, site: SiteIdx) -> &[SiteIdx] {
        &self.donors[site]
    }
    /// Whether it is one of [`Self::useful`].
    pub(super) fn is_useful(&self, site: SiteIdx) -> bool {
        self.is_useful[site]
    }
    /// Where something is worth doing by itself, or has been told.
    pub(super) fn useful(&self) -> &[SiteIdx] {
        &self.useful
    }
}

fn place(problem: &TourProblem, site: SiteIdx) -> usize {
    problem.sites[site].place
}

/// The most that a visit can save.
fn use_of(site: &Site) -> f64 {
    let slots = site.gains.slots_between(Millis::ZERO, Millis::MAX);
    let best = slots.flatten().copied().fold(0.0, f64::max);
    best + site.errand.map_or(0.0, |errand| errand.rides.max(0.0))
}

fn lowest(scored: impl Iterator<Item = (f64, SiteIdx)>, most: usize) -> Vec<SiteIdx> {
    let mut scored: Vec<(f64, SiteIdx)> = scored.collect();
    let order =
        |one: &(f64, SiteIdx), other: &(f64, SiteIdx)| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1));
    if scored.len() > most {
        scored.select_nth_unstable_by(most - 1, order);
        scored.truncate(most);
    }
    scored.sort_unstable_by(order);
    scored.into_iter().map(|(_, site)| site).collect()
}
