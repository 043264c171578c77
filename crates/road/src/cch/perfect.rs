//! From weighed arcs to what questions read: the arcs upwards from each port, for drives that leave it and for drives that
//! come to it, without those that lead nowhere; after a perfect customisation also without those that a detour beats.
//!
//! Perfect customisation runs top down: an arc is the fastest path between its ends unless a path over a higher port is faster.
//! Source: Dibbelt, Strasser, Wagner, ACM JEA 21, 2016, section 5.3.

use super::bottom_up::in_a_row;
use super::layout::Hierarchy;
use super::relax::{Vectors, Work, on_widest};
use super::shares::{Shares, Subtree, run_shares};
use super::weight::{Arcs, Both, Efforts, Keys, Run, RunMut, Weight};
use crate::threads::join;
use std::num::NonZeroUsize;
use std::ops::Range;

/// How much is done for a new metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Customisation {
    /// Bottom up only: for a metric that lives for seconds.
    Basic,
    /// And top down: arcs that no fastest drive needs are dropped, and questions take less time.
    Perfect,
}

/// One arc upwards.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct UpwardArc {
    pub(crate) key: i64,
    pub(crate) effort: u32,
    pub(crate) head: u32,
}

impl UpwardArc {
    #[inline]
    pub(crate) fn weight(self) -> Weight {
        Weight { key: self.key, effort: self.effort }
    }
}

/// Arcs upwards by port: those of port p are `arcs[first[p]..first[p + 1]]`.
#[derive(Clone, Debug, Default)]
pub(crate) struct UpwardGraph {
    first: Vec<u32>,
    arcs: Vec<UpwardArc>,
}

impl UpwardGraph {
    #[inline]
    pub(crate) fn at(&self, port: u32) -> &[UpwardArc] {
        &self.arcs[self.first[port as usize] as usize..self.first[port as usize + 1] as usize]
    }
}

/// Both upward graphs of a metric.
#[derive(Clone, Debug, Default)]
pub(crate) struct UpwardGraphs {
    /// For drives that leave: from the port to its higher neighbours.
    pub(crate) forward: UpwardGraph,
    /// For drives that come: from the higher neighbours to the port.
    pub(crate) backward: UpwardGraph,
}

impl UpwardGraphs {
    pub(crate) fn bytes(&self) -> usize {
        let of =
            |graph: &UpwardGraph| size_of_val(graph.first.as_slice()) + size_of_val(graph.arcs.as_slice());
        of(&self.forward) + of(&self.backward)
    }
}

/// What questions read of weighed arcs.
pub(super) fn upward_graphs(
    hierarchy: &Hierarchy<'_>,
    arcs: &Arcs,
    customisation: Customisation,
    threads: NonZeroUsize,
) -> UpwardGraphs {
    let best = (customisation == Customisation::Perfect).then(|| top_down(hierarchy, arcs, threads));
    let best = best.as_ref();
    if threads.get() == 1 {
        let forward = upward_graph(hierarchy, arcs, best, |both| both.up);
        return UpwardGraphs { forward, backward: upward_graph(hierarchy, arcs, best, |both| both.down) };
    }
    std::thread::scope(|scope| {
        let forward = scope.spawn(|| upward_graph(hierarchy, arcs, best, |both| both.up));
        let backward = upward_graph(hierarchy, arcs, best, |both| both.down);
        UpwardGraphs { forward: join(forward), backward }
    })
}

/// The arcs of one sense that lead somewhere and that, if the `best` are known, no detour beats.
fn upward_graph(
    hierarchy: &Hierarchy<'_>,
    arcs: &Arcs,
    best: Option<&Arcs>,
    pick: impl Fn(Both) -> Weight,
) -> UpwardGraph {
    let (mut first, mut kept) =
        (vec![0; hierarchy.ports() + 1], vec![UpwardArc::default(); hierarchy.arcs()]);
    let mut count = 0;
    for port in 0..hierarchy.ports() {
        for arc in hierarchy.up(port) {
            let weight = pick(arcs.get(arc));
            let keep = weight.is_finite() && best.is_none_or(|best| pick(best.get(arc)) == weight);
            // Written in any case and counted if kept: which arcs are kept is hard to foresee for the processor.
            kept[count] = UpwardArc { key: weight.key, effort: weight.effort, head: hierarchy.up_heads[arc] };
            count += usize::from(keep);
        }
        first[port + 1] = count as u32;
    }
    kept.truncate(count);
    kept.shrink_to_fit();
    UpwardGraph { first, arcs: kept }
}

/// The fastest drive between the ends of every arc. Above the subtrees one thread; then a thread per share of subtrees.
fn top_down(hierarchy: &Hierarchy<'_>, arcs: &Arcs, threads: NonZeroUsize) -> Arcs {
    let mut best = arcs.clone();
    let shares = Shares::of(hierarchy, threads);
    let mut square = Square::default();
    let mut above = shares.above.as_slice();
    while let Some(&last) = above.last() {
        let run = above.iter().rev().enumerate().take_while(|&(i, &port)| port + i == last).count();
        let (ports, above_them) = (last + 1 - run..last + 1, Arcs::unweighed(0));
        let best = best.all_mut();
        on_widest(Descend { hierarchy, square: &mut square, ports, best, base: 0, above: above_them.all() });
        above = &above[..above.len() - run];
    }
    let above = if shares.above.is_empty() { Arcs::unweighed(0) } else { best.clone() };
    let work = |subtrees: Vec<Subtree<'_>>| {
        let mut square = Square::default();
        for subtree in subtrees {
            let base = hierarchy.up(subtree.ports.0).start;
            let ports = subtree.ports.0..subtree.ports.1 + 1;
            let (square, best) = (&mut square, subtree.arcs);
            on_widest(Descend { hierarchy, square, ports, best, base, above: above.all() });
        }
    };
    run_shares(shares.runs(hierarchy, best.all_mut(), threads), work);
    best
}

/// The drives between all higher neighbours of ports in a row, as a square of so many rows and columns. At row i, column j: from
/// i to j, and back.
#[derive(Default)]
struct Square {
    side: usize,
    keys: Vec<Keys>,
    efforts: Vec<Efforts>,
    /// Copies of a port's arcs: before, and while they are lowered.
    before: (Vec<Keys>, Vec<Efforts>),
    own: (Vec<Keys>, Vec<Efforts>),
}

impl Square {
    /// Makes room for so many rows, of which each leads from itself nowhere.
    fn clear(&mut self, side: usize) {
        self.side = side;
        if self.keys.len() < side * side {
            self.keys.resize(side * side, [0; 2]);
            self.efforts.resize(side * side, [0; 2]);
        }
        (0..side).for_each(|i| self.keys[i * side + i] = [Weight::NONE.key; 2]);
    }
    #[inline(always)]
    fn set(&mut self, row: usize, column: usize, [there, back]: Keys, [effort, effort_back]: Efforts) {
        let (one, other) = (row * self.side + column, column * self.side + row);
        (self.keys[one], self.efforts[one]) = ([there, back], [effort, effort_back]);
        (self.keys[other], self.efforts[other]) = ([back, there], [effort_back, effort]);
    }
}

/// Lowers the arcs of ports, the highest first, by paths over their higher neighbours. `best` begins with arc number `base`;
/// arcs that it does not hold are read in `above`.
struct Descend<'s, 'h, 'a> {
    hierarchy: &'h Hierarchy<'h>,
    square: &'s mut Square,
    ports: Range<usize>,
    best: RunMut<'a>,
    base: usize,
    above: Run<'a>,
}

impl Work for Descend<'_, '_, '_> {
    #[inline(always)]
    fn run<V: Vectors>(mut self) {
        let mut last = self.ports.end;
        while last > self.ports.start {
            let mut first = last - 1;
            while first > self.ports.start && in_a_row(self.hierarchy, first - 1) {
                first -= 1;
            }
            self.descend::<V>(first..last);
            last = first;
        }
    }
}

impl Descend<'_, '_, '_> {
    /// Ports in a row: the square is filled for the highest, and grows by each port for the next lower one.
    #[inline(always)]
    fn descend<V: Vectors>(&mut self, row: Range<usize>) {
        let side = self.hierarchy.up(row.start).len();
        if side < 2 {
            return;
        }
        self.square.clear(side);
        self.fill(row.end - 1, row.len() - 1);
        for port in row.clone().rev() {
            let begin = port - row.start;
            self.lower::<V>(port, begin);
            if begin > 0 {
                let (keys, efforts) = std::mem::take(&mut self.square.own);
                for (column, (&keys, &efforts)) in keys.iter().zip(&efforts).enumerate() {
                    self.square.set(begin - 1, begin + column, keys, efforts);
                }
                self.square.own = (keys, efforts);
            }
        }
    }
    /// The drives between the higher neighbours of `port`, from row `begin` on. They are arcs of the lower of both, in the same
    /// order.
    #[inline(always)]
    fn fill(&mut self, port: usize, begin: usize) {
        let hierarchy = self.hierarchy;
        let heads = &hierarchy.up_heads[hierarchy.up(port)];
        for (row, &low) in heads.iter().enumerate() {
            let mut column = row + 1;
            for arc in hierarchy.up(low as usize) {
                if column == heads.len() {
                    break;
                }
                if hierarchy.up_heads[arc] == heads[column] {
                    let held = arc.wrapping_sub(self.base) < self.best.len();
                    let (run, at) =
                        if held { (self.best.as_run(), arc - self.base) } else { (self.above, arc) };
                    self.square.set(begin + row, begin + column, run.keys[at], run.efforts[at]);
                    column += 1;
                }
            }
        }
    }
    /// The arcs of `port`, whose higher neighbours are the rows from `begin` on.
    #[inline(always)]
    fn lower<V: Vectors>(&mut self, port: usize, begin: usize) {
        let Square { side, keys, efforts, before, own } = &mut *self.square;
        let up = self.hierarchy.up(port);
        let arcs = self.best.as_run().part(up.start - self.base..up.end - self.base);
        for copy in [&mut *before, &mut *own] {
            copy.0.clear();
            copy.0.extend_from_slice(arcs.keys);
            copy.1.clear();
            copy.1.extend_from_slice(arcs.efforts);
        }
        for (row, (&add, &add_efforts)) in before.0.iter().zip(&before.1).enumerate() {
            let columns = (begin + row) * *side + begin..(begin + row + 1) * *side;
            let via = Run { keys: &keys[columns.clone()], efforts: &efforts[columns] };
            V::lower_all(RunMut { keys: &mut own.0, efforts: &mut own.1 }, via, add, add_efforts);
        }
        let to = up.start - self.base..up.end - self.base;
        self.best.keys[to.clone()].copy_from_slice(&own.0);
        self.best.efforts[to].copy_from_slice(&own.1);
    }
}
