//! From noisy positions to the streets that were driven: hidden Markov map matching. See the README beside this file.
//!
//! Source: Newson and Krumm, *Hidden Markov map matching through noise and sparseness*, SIGSPATIAL 2009.

mod groups;
mod lattice;
mod matched;
mod places;
mod routes;

pub use matched::{Fix, Mark, MatchError, MatchOptions, Matched, MatchedFix, Stretch};

use crate::network::Roads;
use lattice::Lattice;
use routes::RouteSearch;

/// Matches traces on one network; holds the scratch of its searches.
#[derive(Debug)]
pub struct Matcher<'a> {
    roads: &'a Roads,
    options: MatchOptions,
    routes: RouteSearch<'a>,
}

impl<'a> Matcher<'a> {
    /// A matcher for traces of one kind.
    pub fn new(roads: &'a Roads, options: MatchOptions) -> Self {
        Self { roads, options, routes: RouteSearch::new(roads) }
    }

    /// The likeliest drive behind a trace. Same trace, same answer.
    ///
    /// Errors: an empty trace; times that fall; no street near any position.
    pub fn run(&mut self, fixes: &[Fix]) -> Result<Matched, MatchError> {
        if fixes.is_empty() {
            return Err(MatchError::Empty);
        }
        if let Some(at) = fixes.windows(2).position(|pair| pair[1].at < pair[0].at) {
            return Err(MatchError::Disordered { index: at + 1 });
        }
        self.routes.begin(self.options.steps_max);
        let groups = groups::groups(fixes, self.options.sigma_m);
        let chains = Lattice::new(self.roads, self.options).chains(&groups, &mut self.routes);
        if chains.is_empty() {
            return Err(MatchError::OffTheMap { radius_m: self.options.radius_m });
        }
        let mut matched = Matched { fixes: vec![None; fixes.len()], ..Matched::default() };
        for chain in &chains {
            places::lay(self.roads, &mut self.routes, fixes, &groups, chain, &mut matched);
        }
        matched.steps = self.routes.steps();
        Ok(matched)
    }
}
