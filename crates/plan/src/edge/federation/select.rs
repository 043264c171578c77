//! Which clusters have any of a workload, where a policy says how many, or how many locations, may.
//!
//! Exact: for each number of locations and of clusters, the set of most value by dynamic programming over locations; within one location the best
//! come first. Values are room, for how much can be placed at all, or what stays where it is. Work: clusters x locations x clusters at most.

/// A cluster that can have some.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    /// Its number.
    pub(super) cluster: usize,
    /// Dense, from 0.
    pub(super) location: usize,
    /// Replicas that it can have: at least the least.
    pub(super) room: u32,
    /// Of those that it has, how many can stay.
    pub(super) stays: u32,
    /// What it weighs beside others: as its policy says, or what it has room for.
    pub(super) weight: u32,
}

/// Locations of which some are free: what cannot be moved is there anyway.
pub(super) struct Locations {
    /// By number: whether it counts already.
    pub(super) counted: Vec<bool>,
}

/// For each number of locations and clusters, which set is worth most.
pub(super) struct Best {
    /// Most locations and clusters.
    pub(super) most: (usize, usize),
    values: Vec<Option<i64>>,
    /// By location, what it adds to which best value: how many of its candidates.
    taken: Vec<Vec<u16>>,
    /// By location, its candidates, the best first.
    sorted: Vec<Vec<Candidate>>,
    costs: Vec<usize>,
}

impl Best {
    /// Shape: `most` is locations that do not count already, and clusters.
    pub(super) fn of(
        candidates: &[Candidate],
        locations: &Locations,
        most: (usize, usize),
        value: impl Fn(&Candidate) -> i64,
    ) -> Self {
        let mut sorted = vec![Vec::new(); locations.counted.len()];
        for candidate in candidates {
            sorted[candidate.location].push(*candidate);
        }
        for of in &mut sorted {
            of.sort_by_key(|candidate| (std::cmp::Reverse(value(candidate)), candidate.cluster));
        }
        let costs: Vec<usize> = locations.counted.iter().map(|counted| usize::from(!counted)).collect();
        let mut best =
            Self { most, values: vec![None; (most.0 + 1) * (most.1 + 1)], taken: Vec::new(), sorted, costs };
        best.values[0] = Some(0);
        for location in 0..best.sorted.len() {
            best.add(location, &value);
        }
        best
    }

    fn at(&self, locations: usize, clusters: usize) -> usize {
        locations * (self.most.1 + 1) + clusters
    }

    fn add(&mut self, location: usize, value: &impl Fn(&Candidate) -> i64) {
        let mut sums = vec![0];
        for candidate in &self.sorted[location] {
            sums.push(sums[sums.len() - 1] + value(candidate));
        }
        let (cost, before) = (self.costs[location], self.values.clone());
        let mut taken = vec![0; before.len()];
        for locations in 0..=self.most.0 {
            for clusters in 0..=self.most.1 {
                let here = self.at(locations, clusters);
                for (count, sum) in sums.iter().enumerate().skip(1).take(clusters) {
                    if locations < cost {
                        break;
                    }
                    let Some(rest) = before[self.at(locations - cost, clusters - count)] else { continue };
                    if self.values[here].is_none_or(|known| rest + sum > known) {
                        self.values[here] = Some(rest + sum);
                        taken[here] = count as u16;
                    }
                }
            }
        }
        self.taken.push(taken);
    }

    /// The value of the best set of so many locations and clusters; `None`: there is none.
    pub(super) fn value(&self, locations: usize, clusters: usize) -> Option<i64> {
        self.values[self.at(locations, clusters)]
    }

    /// That set.
    pub(super) fn set(&self, mut locations: usize, mut clusters: usize) -> Vec<Candidate> {
        let mut set: Vec<Candidate> = Vec::with_capacity(clusters);
        for location in (0..self.sorted.len()).rev() {
            let count = usize::from(self.taken[location][self.at(locations, clusters)]);
            if count > 0 {
                set.extend(self.sorted[location][..count].iter().copied());
                locations -= self.costs[location];
                clusters -= count;
            }
        }
        set.sort_by_key(|candidate| candidate.cluster);
        set
    }
}
