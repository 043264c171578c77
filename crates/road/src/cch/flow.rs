//! The fewest nodes that part one side of a map from the other: maximum flow with every node passed once.
//!
//! Source: Menger's theorem by augmenting paths (Ford and Fulkerson, 1956) on the split graph, in rounds of depth-first
//! search that share their marks. Nodes are numbered along the direction of the cut and the highest neighbour is tried first, so
//! that most paths run straight across.

/// A graph whose nodes are numbered from one side of the map to the other; neighbours descending.
pub(super) struct Strip {
    pub(super) first: Vec<u32>,
    pub(super) neighbours: Vec<u32>,
}

impl Strip {
    pub(super) fn len(&self) -> usize {
        self.first.len() - 1
    }
    fn of(&self, node: u32) -> &[u32] {
        &self.neighbours[self.first[node as usize] as usize..self.first[node as usize + 1] as usize]
    }
}

/// On which side of the cut a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Near,
    Far,
    Cut,
}

const UNUSED: u32 = u32::MAX;
/// Stands for the source before, and for the sink behind, a node on a path.
const OUTSIDE: u32 = u32::MAX - 1;

/// Every node as two places: entered (even) and left (odd).
fn entered(node: u32) -> u32 {
    node * 2
}
fn left(node: u32) -> u32 {
    node * 2 + 1
}

/// The paths so far and the marks of the round.
struct Flow<'a> {
    strip: &'a Strip,
    /// Nodes below are sources, nodes from `far` on are sinks.
    near: u32,
    far: u32,
    before: Vec<u32>,
    behind: Vec<u32>,
    seen: Vec<bool>,
    /// Places on the path, each with the next neighbour to try.
    stack: Vec<(u32, u32)>,
}

/// Parts the first `ends` nodes from the last `ends` nodes by as few nodes as possible.
pub(super) fn part(strip: &Strip, ends: usize) -> Vec<Side> {
    let nodes = strip.len();
    let mut flow = Flow {
        strip,
        near: ends as u32,
        far: (nodes - ends) as u32,
        before: vec![UNUSED; nodes],
        behind: vec![UNUSED; nodes],
        seen: vec![false; nodes * 2],
        stack: Vec::new(),
    };
    while flow.round() {
        flow.seen.fill(false);
    }
    let side = |node: u32| match (flow.seen[entered(node) as usize], flow.seen[left(node) as usize]) {
        (_, true) => Side::Near,
        (true, false) => Side::Cut,
        (false, false) => Side::Far,
    };
    (0..nodes as u32).map(side).collect()
}

impl Flow<'_> {
    /// Finds paths until none is left that avoids this round's marks; whether there was one.
    fn round(&mut self) -> bool {
        let mut found = false;
        for source in (0..self.near).rev() {
            if self.seen[entered(source) as usize] {
                continue;
            }
            self.seen[entered(source) as usize] = true;
            if self.before[source as usize] == OUTSIDE {
                continue;
            }
            self.stack.clear();
            self.stack.push((entered(source), 0));
            if self.walk() {
                self.augment();
                found = true;
            }
        }
        found
    }
    /// Depth first to a sink; the path stays on the stack.
    fn walk(&mut self) -> bool {
        while let Some(&(place, _)) = self.stack.last() {
            let node = place / 2;
            let next = if place.is_multiple_of(2) {
                self.beyond_entered(node)
            } else {
                if node >= self.far && self.behind[node as usize] != OUTSIDE {
                    return true;
                }
                self.beyond_left(node)
            };
            match next {
                Some(next) => {
                    self.seen[next as usize] = true;
                    self.stack.push((next, 0));
                }
                None => {
                    self.stack.pop();
                }
            }
        }
        false
    }
    /// Through the node if no path has it; otherwise back along the path that has.
    fn beyond_entered(&self, node: u32) -> Option<u32> {
        let before = self.before[node as usize];
        let next = match before {
            UNUSED => left(node),
            OUTSIDE => return None,
            before => left(before),
        };
        (!self.seen[next as usize]).then_some(next)
    }
    /// To a neighbour; or back through the node if a path has it.
    fn beyond_left(&mut self, node: u32) -> Option<u32> {
        let neighbours = self.strip.of(node);
        let behind = self.behind[node as usize];
        let turn = &mut self.stack.last_mut()?.1;
        while let Some(&other) = neighbours.get(*turn as usize) {
            *turn += 1;
            if other != behind && !self.seen[entered(other) as usize] {
                return Some(entered(other));
            }
        }
        let own = entered(node);
        (self.before[node as usize] != UNUSED && !self.seen[own as usize]).then_some(own)
    }
    /// Lays the path on the stack over the others.
    fn augment(&mut self) {
        let places: Vec<u32> = self.stack.iter().map(|&(place, _)| place).collect();
        self.before[(places[0] / 2) as usize] = OUTSIDE;
        for pair in places.windows(2) {
            let (here, there) = (pair[0] / 2, pair[1] / 2);
            if pair[0].is_multiple_of(2) {
                continue;
            }
            if here == there {
                self.before[here as usize] = UNUSED;
                self.behind[here as usize] = UNUSED;
            } else {
                self.behind[here as usize] = there;
                self.before[there as usize] = here;
            }
        }
        self.behind[(places[places.len() - 1] / 2) as usize] = OUTSIDE;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strip(nodes: usize, edges: &[(u32, u32)]) -> Strip {
        let mut lists = vec![Vec::new(); nodes];
        for &(a, b) in edges {
            lists[a as usize].push(b);
            lists[b as usize].push(a);
        }
        let mut first = vec![0];
        let mut neighbours = Vec::new();
        for mut list in lists {
            list.sort_unstable_by_key(|&n| std::cmp::Reverse(n));
            list.dedup();
            neighbours.extend(list);
            first.push(neighbours.len() as u32);
        }
        Strip { first, neighbours }
    }

    #[test]
    fn a_bridge_is_cut_in_one_node() {
        let bow = [(0, 1), (0, 2), (1, 2), (2, 3), (3, 4), (4, 5), (4, 6), (5, 6)];
        let sides = part(&strip(7, &bow), 2);
        assert_eq!(sides.iter().filter(|&&side| side == Side::Cut).count(), 1);
    }

    /// On random graphs: the cut parts the sides, and no smaller set of nodes does.
    #[test]
    fn no_smaller_cut_parts_the_ends() {
        let mut random = 7u64;
        let mut next = move |below: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % below
        };
        for case in 0..400 {
            let nodes = 4 + next(7) as usize;
            let edges: Vec<(u32, u32)> = (0..nodes as u64 + next(12))
                .map(|_| (next(nodes as u64) as u32, next(nodes as u64) as u32))
                .filter(|(a, b)| a != b)
                .collect();
            let ends = 1 + next(nodes as u64 / 2) as usize;
            let sides = part(&strip(nodes, &edges), ends);
            let crosses =
                |a: Side, b: Side| (a == Side::Near && b == Side::Far) || (a == Side::Far && b == Side::Near);
            assert!(
                !edges.iter().any(|&(a, b)| crosses(sides[a as usize], sides[b as usize])),
                "case {case}"
            );
            let cut = sides.iter().filter(|&&side| side == Side::Cut).count() as u32;
            let least =
                (0..1u32 << nodes).filter(|&set| parts(nodes, &edges, ends, set)).map(u32::count_ones).min();
            assert_eq!(Some(cut), least, "case {case}");
        }
    }

    /// Whether taking `set` away leaves no path from the first to the last `ends` nodes.
    fn parts(nodes: usize, edges: &[(u32, u32)], ends: usize, set: u32) -> bool {
        let mut reached = ((1u32 << ends) - 1) & !set;
        for _ in 0..nodes {
            for &(a, b) in edges {
                for (a, b) in [(a, b), (b, a)] {
                    if reached >> a & 1 == 1 && set >> b & 1 == 0 {
                        reached |= 1 << b;
                    }
                }
            }
        }
        reached >> (nodes - ends) == 0
    }
}
