//! Keeps the largest strongly connected part: from everywhere in it, everywhere in it can be reached.
//!
//! Source: Tarjan, SIAM J. Comput. 1(2), 1972, with an explicit stack, since streets are deeper than a thread's stack.

use super::draft::Draft;

const UNSEEN: u32 = u32::MAX;

/// Drops every street that is not between two nodes of the largest part; returns how many.
/// Of equally large parts the one found first stays.
pub(super) fn keep_largest(draft: &mut Draft) -> u64 {
    let (part, largest) = parts(&adjacency(draft));
    let before = draft.streets.len();
    draft.streets.retain(|s| part[s.from as usize] == largest && part[s.to as usize] == largest);
    (before - draft.streets.len()) as u64
}

/// For each node, the nodes that a car gets to next.
fn adjacency(draft: &Draft) -> Vec<Vec<u32>> {
    let mut next = vec![Vec::new(); draft.nodes.len()];
    for street in &draft.streets {
        if street.ahead_kmh.is_some() {
            next[street.from as usize].push(street.to);
        }
        if street.back_kmh.is_some() {
            next[street.to as usize].push(street.from);
        }
    }
    next
}

/// The number of each node's strongly connected part, given what follows each node, and the number of the largest part; of equally large
/// ones that of the one found first.
pub(super) fn parts(next: &[Vec<u32>]) -> (Vec<u32>, u32) {
    let mut walk = Walk {
        seen: vec![UNSEEN; next.len()],
        low: vec![0; next.len()],
        part: vec![UNSEEN; next.len()],
        open: Vec::new(),
        clock: 0,
        parts: 0,
    };
    for root in 0..next.len() as u32 {
        if walk.seen[root as usize] == UNSEEN {
            walk.from(root, next);
        }
    }
    let mut sizes = vec![0u64; walk.parts as usize];
    walk.part.iter().for_each(|&part| sizes[part as usize] += 1);
    let largest = (0..sizes.len()).max_by_key(|&part| (sizes[part], std::cmp::Reverse(part))).unwrap_or(0);
    (walk.part, largest as u32)
}

struct Walk {
    seen: Vec<u32>,
    low: Vec<u32>,
    part: Vec<u32>,
    open: Vec<u32>,
    clock: u32,
    parts: u32,
}

impl Walk {
    fn enter(&mut self, node: u32) {
        self.seen[node as usize] = self.clock;
        self.low[node as usize] = self.clock;
        self.clock += 1;
        self.open.push(node);
    }
    fn from(&mut self, root: u32, next: &[Vec<u32>]) {
        self.enter(root);
        let mut stack = vec![(root, 0usize)];
        while let Some((node, turn)) = stack.last_mut() {
            let here = *node as usize;
            if let Some(&other) = next[here].get(*turn) {
                *turn += 1;
                let there = other as usize;
                if self.seen[there] == UNSEEN {
                    self.enter(other);
                    stack.push((other, 0));
                } else if self.part[there] == UNSEEN {
                    self.low[here] = self.low[here].min(self.seen[there]);
                }
            } else {
                stack.pop();
                if let Some(&(parent, _)) = stack.last() {
                    self.low[parent as usize] = self.low[parent as usize].min(self.low[here]);
                }
                if self.low[here] == self.seen[here] {
                    self.close(here as u32);
                }
            }
        }
    }
    fn close(&mut self, root: u32) {
        while let Some(node) = self.open.pop() {
            self.part[node as usize] = self.parts;
            if node == root {
                break;
            }
        }
        self.parts += 1;
    }
}
