//! Contraction without weights: which arcs the hierarchy has, whatever the weights will be.
//!
//! Contracting a port joins all its higher neighbours to each other. The parent of a port is its lowest higher neighbour;
//! everything that a port is joined to lies on its path to the root of that *elimination tree*. Ports are numbered so that each
//! subtree is a run of numbers, whose last is its root.
//! Source: Dibbelt, Strasser, Wagner, *Customizable contraction hierarchies*, ACM JEA 21, 2016; numbering by post-order after
//! Liu, *The role of elimination trees in sparse factorization*, 1990.

/// Arcs upwards from each port; ports are numbered in order of contraction.
pub(super) struct Chordal {
    pub(super) first: Vec<u32>,
    /// Ascending for each port.
    pub(super) heads: Vec<u32>,
}

impl Chordal {
    pub(super) fn up(&self, port: usize) -> &[u32] {
        &self.heads[self.first[port] as usize..self.first[port + 1] as usize]
    }
    pub(super) fn len(&self) -> usize {
        self.first.len() - 1
    }
    /// Contracts ports 0, 1, 2… of a graph given by its pairs of neighbours.
    pub(super) fn new(ports: usize, pairs: impl Iterator<Item = (u32, u32)>) -> Self {
        let mut higher: Vec<Vec<u32>> = vec![Vec::new(); ports];
        for (a, b) in pairs.filter(|(a, b)| a != b) {
            higher[a.min(b) as usize].push(a.max(b));
        }
        let (mut first, mut heads) = (Vec::with_capacity(ports + 1), Vec::new());
        first.push(0);
        for port in 0..ports {
            let mut up = std::mem::take(&mut higher[port]);
            up.sort_unstable();
            up.dedup();
            if let Some((&parent, others)) = up.split_first() {
                let inherited = &mut higher[parent as usize];
                inherited.extend_from_slice(others);
                // Many children hand the same neighbours up; without this a list could outgrow memory.
                if inherited.len() > 4 * (others.len() + 64) {
                    inherited.sort_unstable();
                    inherited.dedup();
                }
            }
            heads.extend_from_slice(&up);
            first.push(heads.len() as u32);
        }
        Self { first, heads }
    }
    /// The new number of each port, with subtrees as runs; the order of contraction stays an order of contraction.
    pub(super) fn post_order(&self) -> Vec<u32> {
        let ports = self.len();
        let mut size = vec![1u32; ports];
        for port in 0..ports {
            if let Some(&parent) = self.up(port).first() {
                size[parent as usize] += size[port];
            }
        }
        // From the root down: a child's run ends where its parent's own number, or the next child's run, begins.
        let mut free = vec![0u32; ports];
        let mut number = vec![0u32; ports];
        let mut roots = 0;
        for port in (0..ports).rev() {
            let above = self.up(port).first().map(|&parent| parent as usize);
            let begin = above.map_or(roots, |parent| free[parent]);
            match above {
                Some(parent) => free[parent] += size[port],
                None => roots += size[port],
            }
            free[port] = begin;
            number[port] = free[port] + size[port] - 1;
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(seed: u64) -> impl FnMut(u64) -> u64 {
        let mut state = seed;
        move |below| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        }
    }

    /// Contracts one by one, joining all higher neighbours: slow and plain.
    fn slowly(ports: usize, pairs: &[(u32, u32)]) -> Vec<Vec<u32>> {
        let mut joined = vec![vec![false; ports]; ports];
        for &(a, b) in pairs.iter().filter(|(a, b)| a != b) {
            joined[a as usize][b as usize] = true;
            joined[b as usize][a as usize] = true;
        }
        for v in 0..ports {
            for a in v + 1..ports {
                for b in v + 1..ports {
                    if a != b && joined[v][a] && joined[v][b] {
                        joined[a][b] = true;
                    }
                }
            }
        }
        (0..ports).map(|v| (v + 1..ports).filter(|&a| joined[v][a]).map(|a| a as u32).collect()).collect()
    }

    #[test]
    fn contraction_joins_what_contracting_one_by_one_joins() {
        for seed in 0..300 {
            let mut next = random(seed);
            let ports = 2 + next(12) as usize;
            let pairs: Vec<(u32, u32)> =
                (0..next(30)).map(|_| (next(ports as u64) as u32, next(ports as u64) as u32)).collect();
            let chordal = Chordal::new(ports, pairs.iter().copied());
            for (port, up) in slowly(ports, &pairs).iter().enumerate() {
                assert_eq!(chordal.up(port), up, "seed {seed}");
            }
            check_post_order(&chordal, &pairs, seed);
        }
    }

    fn check_post_order(chordal: &Chordal, pairs: &[(u32, u32)], seed: u64) {
        let number = chordal.post_order();
        let mut sorted = number.clone();
        sorted.sort_unstable();
        assert!(sorted.iter().copied().eq(0..number.len() as u32), "seed {seed}");
        let renumbered = pairs.iter().map(|&(a, b)| (number[a as usize], number[b as usize]));
        let again = Chordal::new(number.len(), renumbered);
        assert_eq!(again.heads.len(), chordal.heads.len(), "seed {seed}: no arc more");
        let mut low: Vec<u32> = (0..number.len() as u32).collect();
        let mut size = vec![1; number.len()];
        for port in 0..again.len() {
            assert_eq!(low[port] + size[port] - 1, port as u32, "seed {seed}: a subtree is a run");
            if let Some(&parent) = again.up(port).first() {
                low[parent as usize] = low[parent as usize].min(low[port]);
                size[parent as usize] += size[port];
            }
        }
    }
}
