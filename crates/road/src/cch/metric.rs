//! A metric is a value: what driving each edge takes, and the hierarchy's arcs weighed by it. Immutable and shared, so that a
//! tick uses one from start to end while the next is being customised.
//!
//! Customisation runs bottom up: an arc costs the least of the edges along it and of every detour through a lower port, both
//! of whose arcs are weighed already. Subtrees of the elimination tree have nothing in common, so threads take subtrees
//! and one thread the few ports above them all. A weight is a minimum, the same whoever computes it.
//! Source: Dibbelt, Strasser, Wagner, ACM JEA 21, 2016, section 5.

use super::layout::Hierarchy;
use super::order::join;
use super::perfect::{Climbs, climbs};
use super::weight::{Both, Weight};
use crate::leg::{EdgeId, Leg};
use paceline_model::Millis;
use std::num::NonZeroUsize;

/// How much is done for a new metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Customisation {
    /// Bottom up only: for a metric that lives for seconds.
    Basic,
    /// And top down: arcs that no fastest drive needs are dropped, and questions take less time.
    Perfect,
}

/// Times, lengths and efforts of all edges, ready for questions.
#[derive(Clone, Debug)]
pub struct Metric {
    weights: Vec<Leg>,
    customisation: Customisation,
    pub(crate) arcs: Vec<Both>,
    pub(crate) climbs: Climbs,
}

/// Below this many ports a second thread costs more than it brings.
const WORTH_A_THREAD: usize = 4_096;

impl Metric {
    /// Customises for new weights of all edges. A closed edge is [`Leg::UNREACHABLE`].
    pub(crate) fn new(
        hierarchy: &Hierarchy<'_>,
        mut weights: Vec<Leg>,
        customisation: Customisation,
        threads: NonZeroUsize,
    ) -> Self {
        weights.iter_mut().for_each(|leg| *leg = lasting(*leg));
        let mut arcs = vec![Both::NONE; hierarchy.arcs()];
        bottom_up(hierarchy, &weights, &mut arcs, threads);
        let climbs = climbs(hierarchy, &arcs, customisation, threads);
        Self { weights, customisation, arcs, climbs }
    }
    /// The metric after a change of some edges: only ports whose arcs may differ are customised again.
    pub(crate) fn changed(
        &self,
        hierarchy: &Hierarchy<'_>,
        changes: &[(EdgeId, Leg)],
        threads: NonZeroUsize,
    ) -> Self {
        let mut weights = self.weights.clone();
        let mut arcs = self.arcs.clone();
        let mut dirty = vec![false; hierarchy.ports()];
        for &(edge, leg) in changes {
            weights[edge.index()] = lasting(leg);
            let head = hierarchy.port_of[edge.index()];
            hierarchy.entered_from(edge.0).for_each(|from| dirty[from.min(head) as usize] = true);
        }
        partly(hierarchy, &weights, &mut arcs, &mut dirty);
        let climbs = climbs(hierarchy, &arcs, self.customisation, threads);
        Self { weights, customisation: self.customisation, arcs, climbs }
    }
    /// What driving each edge takes.
    pub fn weights(&self) -> &[Leg] {
        &self.weights
    }
    /// Bytes that it holds.
    pub fn bytes(&self) -> usize {
        size_of_val(self.weights.as_slice()) + size_of_val(self.arcs.as_slice()) + self.climbs.bytes()
    }
}

/// Every edge takes some time, so that no drive goes in circles for nothing.
fn lasting(leg: Leg) -> Leg {
    Leg { time: leg.time.max(Millis(1)), ..leg }
}

/// The roots of subtrees that threads may take, ascending, and the ports above them all.
pub(super) struct Shares {
    /// First and last port of each subtree.
    pub(super) subtrees: Vec<(usize, usize)>,
    pub(super) above: Vec<usize>,
}

impl Shares {
    /// Subtrees of at most an eighth of a thread's share.
    pub(super) fn of(hierarchy: &Hierarchy<'_>, threads: NonZeroUsize) -> Self {
        let ports = hierarchy.ports();
        if threads.get() == 1 || ports < WORTH_A_THREAD {
            return Self { subtrees: Vec::new(), above: (0..ports).collect() };
        }
        let mut size = vec![1usize; ports];
        for port in 0..ports {
            if let Some(parent) = size.get(hierarchy.parent(port as u32) as usize).copied() {
                size[hierarchy.parent(port as u32) as usize] = parent + size[port];
            }
        }
        let most = ports / (threads.get() * 8) + 1;
        let (mut subtrees, mut above) = (Vec::new(), Vec::new());
        let mut port = ports;
        while port > 0 {
            port -= 1;
            if size[port] <= most {
                subtrees.push((port + 1 - size[port], port));
                port = port + 1 - size[port];
            } else {
                above.push(port);
            }
        }
        subtrees.reverse();
        above.reverse();
        Self { subtrees, above }
    }
    /// Subtrees by thread: the largest first, each to the thread with the least.
    pub(super) fn by_thread(&self, threads: NonZeroUsize) -> Vec<usize> {
        let mut largest: Vec<usize> = (0..self.subtrees.len()).collect();
        largest.sort_by_key(|&i| (std::cmp::Reverse(self.subtrees[i].1 - self.subtrees[i].0), i));
        let mut load = vec![0usize; threads.get()];
        let mut thread_of = vec![0; self.subtrees.len()];
        for i in largest {
            let least = (0..load.len()).min_by_key(|&thread| (load[thread], thread)).unwrap_or(0);
            load[least] += self.subtrees[i].1 - self.subtrees[i].0 + 1;
            thread_of[i] = least;
        }
        thread_of
    }
}

/// A run of arcs that one thread writes: those of one subtree.
struct Run<'a> {
    ports: (usize, usize),
    arcs: &'a mut [Both],
}

fn bottom_up(hierarchy: &Hierarchy<'_>, weights: &[Leg], arcs: &mut [Both], threads: NonZeroUsize) {
    let shares = Shares::of(hierarchy, threads);
    if !shares.subtrees.is_empty() {
        let mut by_thread: Vec<Vec<Run<'_>>> = (0..threads.get()).map(|_| Vec::new()).collect();
        let (mut rest, mut cut) = (&mut *arcs, 0);
        for (&ports, thread) in shares.subtrees.iter().zip(shares.by_thread(threads)) {
            let (from, to) = (hierarchy.up(ports.0).start, hierarchy.up(ports.1).end);
            let (run, later) = rest.split_at_mut(from - cut).1.split_at_mut(to - from);
            by_thread[thread].push(Run { ports, arcs: run });
            (rest, cut) = (later, to);
        }
        std::thread::scope(|scope| {
            let work = |runs: Vec<Run<'_>>| {
                let mut spot = vec![0u32; hierarchy.ports()];
                for run in runs {
                    let base = hierarchy.up(run.ports.0).start;
                    for port in run.ports.0..=run.ports.1 {
                        settle(hierarchy, weights, port, run.arcs, base, &mut spot);
                    }
                }
            };
            let mut runs = by_thread.into_iter();
            let mine = runs.next();
            let handles: Vec<_> = runs.map(|runs| scope.spawn(move || work(runs))).collect();
            mine.into_iter().for_each(work);
            handles.into_iter().for_each(join);
        });
    }
    let mut spot = vec![0u32; hierarchy.ports()];
    for &port in &shares.above {
        settle(hierarchy, weights, port, arcs, 0, &mut spot);
    }
}

/// Weighs the arcs upwards from `port`; all lower ports are done. `arcs` begins with arc number `base`.
#[inline]
fn settle(
    hierarchy: &Hierarchy<'_>,
    weights: &[Leg],
    port: usize,
    arcs: &mut [Both],
    base: usize,
    spot: &mut [u32],
) {
    for arc in hierarchy.up(port) {
        spot[hierarchy.up_heads[arc] as usize] = (arc - base) as u32;
        arcs[arc - base] = along(hierarchy, weights, arc);
    }
    for &[tail, low] in hierarchy.low(port) {
        let below = arcs[low as usize - base];
        let beyond = low as usize + 1..hierarchy.up(tail as usize).end;
        let heads = &hierarchy.up_heads[beyond.clone()];
        match (below.down.is_finite(), below.up.is_finite()) {
            (false, false) => {}
            (down, up) => {
                for (&head, arc) in heads.iter().zip(beyond) {
                    let (via, at) = (arcs[arc - base], spot[head as usize] as usize);
                    if down {
                        arcs[at].up.lower(below.down.plus(via.up));
                    }
                    if up {
                        arcs[at].down.lower(via.down.plus(below.up));
                    }
                }
            }
        }
    }
}

/// The least of the edges along an arc, both ways.
fn along(hierarchy: &Hierarchy<'_>, weights: &[Leg], arc: usize) -> Both {
    let mut both = Both::NONE;
    for &input in hierarchy.inputs(arc) {
        let weight = Weight::of(weights[(input >> 1) as usize]);
        if input & 1 == 0 { both.up.lower(weight) } else { both.down.lower(weight) }
    }
    both
}

/// Weighs the arcs of dirty ports again, upwards; what changed makes dirty the ports whose arcs use it.
fn partly(hierarchy: &Hierarchy<'_>, weights: &[Leg], arcs: &mut [Both], dirty: &mut [bool]) {
    let mut spot = vec![0u32; hierarchy.ports()];
    let mut before = Vec::new();
    for port in 0..hierarchy.ports() {
        if !dirty[port] {
            continue;
        }
        let up = hierarchy.up(port);
        before.clear();
        before.extend_from_slice(&arcs[up.clone()]);
        settle(hierarchy, weights, port, arcs, 0, &mut spot);
        let Some(last) = before.iter().zip(&arcs[up.clone()]).rposition(|(old, new)| old != new) else {
            continue;
        };
        // An arc to `head` is half of a detour for the arcs between `head` and the port's other higher neighbours, which belong
        // to the lower of both: if an arc changed, that may be any neighbour up to the last but one.
        let heads = &hierarchy.up_heads[up];
        heads[..(last + 1).min(heads.len() - 1)].iter().for_each(|&head| dirty[head as usize] = true);
    }
}
