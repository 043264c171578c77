//! The scores that a problem names, made of what it knows.

use super::problem::Problem;
use crate::edge::placement::scores::{
    Balance, Bandwidth, Battery, BestFit, Clustering, DotProduct, FourFactor, FourFactorComparable,
    Fragmentation, Locality, ModelPresent, Offcut, Packing, Power, RoundTrip, Scarcity, Signal, Thermal,
};
use crate::edge::placement::{Mix, Placer};
use crate::edge::policy::{PlacementPolicies, ScoreName};

impl Problem {
    /// Places by the problem's policies.
    pub fn placer(&self) -> Placer {
        self.placer_by(&self.policies)
    }
    /// Places by other policies, in what the problem knows.
    pub fn placer_by(&self, policies: &PlacementPolicies) -> Placer {
        let add = |mix, score: &ScoreName| self.add(mix, policies.weights_of(*score), *score);
        Placer::new(policies.scores().iter().fold(Mix::default(), add))
    }

    fn add(&self, mix: Mix, weights: Vec<i32>, score: ScoreName) -> Mix {
        let known = &self.known;
        match score {
            // The policies name what it stands for.
            ScoreName::Own => mix,
            ScoreName::Offcut => mix.and_by(weights, Offcut::new(&known.expected)),
            ScoreName::Balance => mix.and_by(weights, Balance::new(&known.expected)),
            ScoreName::Scarcity => mix.and_by(weights, self.scarcity()),
            ScoreName::Fragmentation => mix.and_by(weights, Fragmentation::new(&known.expected)),
            ScoreName::BestFit => mix.and_by(weights, BestFit),
            ScoreName::DotProduct => mix.and_by(weights, DotProduct),
            ScoreName::Packing => mix.and_by(weights, Packing),
            ScoreName::Clustering => mix.and_by(weights, Clustering),
            ScoreName::Power => mix.and_by(weights, Power::smoothed(known.watts.clone())),
            ScoreName::Thermal => mix.and_by(weights, Thermal),
            ScoreName::Battery => mix.and_by(weights, Battery),
            ScoreName::RoundTrip => mix.and_by(weights, RoundTrip),
            ScoreName::Signal => mix.and_by(weights, Signal),
            ScoreName::Bandwidth => mix.and_by(weights, Bandwidth),
            ScoreName::Locality => mix.and_by(weights, Locality),
            ScoreName::ModelPresent => mix.and_by(weights, ModelPresent),
            ScoreName::FourFactor => mix.and_by(weights, FourFactor),
            ScoreName::FourFactorComparable => mix.and_by(weights, FourFactorComparable),
        }
    }

    fn scarcity(&self) -> Scarcity {
        let shares = self
            .nodes
            .iter()
            .map(|node| (node.class, node.devices.iter().map(|device| u64::from(device.milli)).sum()));
        Scarcity::of_shares(&self.known.expected, shares)
    }
}
