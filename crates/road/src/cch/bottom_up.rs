//! Weighs the arcs of a hierarchy bottom up: an arc costs the least of the edges along it and of every detour through a lower
//! port, both of whose arcs are weighed already.
//!
//! A port takes from all lower ports that are joined to it. Ports in a row that have the same higher neighbours (the separators
//! of the dissection, mostly) are taken together: their arcs lie in the order of the port's own, so whole rows are compared
//! at a time. In sparse linear algebra such rows are supernodes, and this is left-looking factorisation in the algebra of
//! (min, +). Threads take subtrees, which have nothing in common; above them, long rows of ports are shared out port by port.
//! A weight is a minimum, the same in whichever order it is computed.
//! Sources: Dibbelt, Strasser, Wagner, ACM JEA 21, 2016, section 5; Ng and Peyton, *Block sparse Cholesky algorithms on advanced
//! uniprocessor computers*, SIAM J. Sci. Comput. 14(5), 1993.

use super::layout::Hierarchy;
use super::relax::{Vectors, Work, lower, on_widest};
use super::shares::{Shares, Subtree, run_shares};
use super::weight::{Arcs, Both, Efforts, Keys, Run, RunMut, Weight};
use crate::leg::Leg;
use crate::threads::join;
use std::num::NonZeroUsize;
use std::ops::Range;

/// Ports in a row, and arcs beyond, from which rows are worth their set-up.
const ROWS_LEAST: usize = 3;
const ARCS_LEAST: usize = 8;
/// Ports in a row that threads share out at a time, and the comparisons from which that is worth a thread.
const BLOCK: usize = 64;
const COMPARISONS_LEAST: usize = 500_000;

pub(super) fn bottom_up(hierarchy: &Hierarchy<'_>, weights: &[Leg], arcs: &mut Arcs, threads: NonZeroUsize) {
    let shares = Shares::of(hierarchy, threads);
    run_shares(shares.runs(hierarchy, arcs.all_mut(), threads), |subtrees: Vec<Subtree<'_>>| {
        let mut settler = Settler::new(hierarchy, weights);
        for subtree in subtrees {
            let base = hierarchy.up(subtree.ports.0).start;
            let ports = subtree.ports.0..subtree.ports.1 + 1;
            on_widest(Settle { settler: &mut settler, ports, arcs: subtree.arcs, base });
        }
    });
    let mut settler = Settler::new(hierarchy, weights);
    let mut ports = shares.above.as_slice();
    while let Some(&port) = ports.first() {
        let block = port..port + row_of(hierarchy, ports);
        let comparisons = block.len() * hierarchy.low(port).len() * hierarchy.up(port).len() / 2;
        ports = &ports[block.len()..];
        if threads.get() > 1 && comparisons >= COMPARISONS_LEAST {
            settle_block(hierarchy, weights, block, arcs.all_mut(), threads);
        } else {
            on_widest(Settle { settler: &mut settler, ports: block, arcs: arcs.all_mut(), base: 0 });
        }
    }
}

/// How many of `ports`, from the first on, follow each other and have the same higher neighbours; at most a block.
fn row_of(hierarchy: &Hierarchy<'_>, ports: &[usize]) -> usize {
    let pairs = ports.windows(2).take(BLOCK - 1);
    1 + pairs.take_while(|pair| pair[1] == pair[0] + 1 && in_a_row(hierarchy, pair[0])).count()
}

/// Whether a port and the next one have the same higher neighbours, but for the next itself. What a port is joined to, its
/// parent is joined to, so counting is enough.
#[inline(always)]
pub(super) fn in_a_row(hierarchy: &Hierarchy<'_>, port: usize) -> bool {
    let up = hierarchy.up(port);
    up.len() == hierarchy.up(port + 1).len() + 1 && hierarchy.up_heads[up.start] as usize == port + 1
}

/// Settles ports in a row: what comes from below the row, port by port on all threads; then what comes from within it.
fn settle_block(
    hierarchy: &Hierarchy<'_>,
    weights: &[Leg],
    block: Range<usize>,
    arcs: RunMut<'_>,
    threads: NonZeroUsize,
) {
    let begin = hierarchy.up(block.start).start;
    let (done, rest) = arcs.split_at(begin);
    let (mut own, _) = rest.split_at(hierarchy.up(block.end - 1).end - begin);
    let done = Done { arcs: done.as_run(), base: 0 };
    let each = block.len().div_ceil(threads.get());
    let from_below = |(ports, own)| {
        let mut settler = Settler::new(hierarchy, weights);
        on_widest(FromBelow { settler: &mut settler, ports, own, done, bound: block.start });
    };
    std::thread::scope(|scope| {
        let mut later = own.reborrow();
        let mut shares = Vec::new();
        for first in block.clone().step_by(each) {
            let ports = first..(first + each).min(block.end);
            let (mine, others) = later.split_at(hierarchy.up(ports.end - 1).end - hierarchy.up(first).start);
            shares.push((ports, mine));
            later = others;
        }
        let (mut shares, from_below) = (shares.into_iter(), &from_below);
        let first = shares.next();
        let others: Vec<_> = shares.map(|share| scope.spawn(move || from_below(share))).collect();
        first.into_iter().for_each(from_below);
        others.into_iter().for_each(join);
    });
    let mut settler = Settler::new(hierarchy, weights);
    on_widest(FromWithin { settler: &mut settler, ports: block, own });
}

/// Settles ports one after the other. `arcs` begins with arc number `base`; all that they take from is in it.
struct Settle<'s, 'h, 'a> {
    settler: &'s mut Settler<'h>,
    ports: Range<usize>,
    arcs: RunMut<'a>,
    base: usize,
}

impl Work for Settle<'_, '_, '_> {
    #[inline(always)]
    fn run<V: Vectors>(mut self) {
        for port in self.ports {
            self.settler.settle::<V>(port, self.arcs.reborrow(), self.base);
        }
    }
}

/// The first half of settling ports in a row: what comes from ports below `bound`.
struct FromBelow<'s, 'h, 'a> {
    settler: &'s mut Settler<'h>,
    ports: Range<usize>,
    own: RunMut<'a>,
    done: Done<'a>,
    bound: usize,
}

impl Work for FromBelow<'_, '_, '_> {
    #[inline(always)]
    fn run<V: Vectors>(self) {
        let Self { settler, ports, mut own, done, bound } = self;
        for port in ports {
            let (mut mine, others) = own.split_at(settler.hierarchy.up(port).len());
            let (below, _) = parted(settler.hierarchy, port, bound);
            settler.along(port, &mut mine);
            settler.relax::<V>(port, below, done, &mut mine);
            own = others;
        }
    }
}

/// The second half: what ports in a row take from each other. `own` are their arcs.
struct FromWithin<'s, 'h, 'a> {
    settler: &'s mut Settler<'h>,
    ports: Range<usize>,
    own: RunMut<'a>,
}

impl Work for FromWithin<'_, '_, '_> {
    #[inline(always)]
    fn run<V: Vectors>(mut self) {
        let (hierarchy, first) = (self.settler.hierarchy, self.ports.start);
        let base = hierarchy.up(first).start;
        for port in self.ports {
            let (done, rest) = self.own.reborrow().split_at(hierarchy.up(port).start - base);
            let (mut mine, _) = rest.split_at(hierarchy.up(port).len());
            let (_, within) = parted(hierarchy, port, first);
            self.settler.relax::<V>(port, within, Done { arcs: done.as_run(), base }, &mut mine);
        }
    }
}

/// The arcs into a port from below: those from ports below `bound`, and the others.
fn parted<'a>(hierarchy: &Hierarchy<'a>, port: usize, bound: usize) -> (&'a [[u32; 2]], &'a [[u32; 2]]) {
    let low = hierarchy.low(port);
    low.split_at(low.partition_point(|&[tail, _]| (tail as usize) < bound))
}

/// Arcs that are weighed: of some run of ports, the first with number `base`.
#[derive(Clone, Copy)]
struct Done<'a> {
    arcs: Run<'a>,
    base: usize,
}

/// Weighs the arcs upwards from one port after the other. Holds scratch.
struct Settler<'a> {
    hierarchy: &'a Hierarchy<'a>,
    weights: &'a [Leg],
    /// For the port at hand: where among its arcs is the one to each of its higher neighbours.
    arc_to: Vec<u32>,
    keys: Vec<Keys>,
    efforts: Vec<Efforts>,
}

impl<'a> Settler<'a> {
    fn new(hierarchy: &'a Hierarchy<'a>, weights: &'a [Leg]) -> Self {
        let arc_to = vec![0; hierarchy.ports()];
        Self { hierarchy, weights, arc_to, keys: Vec::new(), efforts: Vec::new() }
    }
    /// Weighs the arcs upwards from `port`; all lower ports are done. `arcs` begins with arc number `base`.
    #[inline(always)]
    fn settle<V: Vectors>(&mut self, port: usize, arcs: RunMut<'_>, base: usize) {
        let up = self.hierarchy.up(port);
        let (done, rest) = arcs.split_at(up.start - base);
        let (mut own, _) = rest.split_at(up.len());
        self.along(port, &mut own);
        self.relax::<V>(port, self.hierarchy.low(port), Done { arcs: done.as_run(), base }, &mut own);
    }
    /// The least of the edges along each arc, in both directions.
    #[inline(always)]
    fn along(&self, port: usize, own: &mut RunMut<'_>) {
        for (at, arc) in self.hierarchy.up(port).enumerate() {
            let mut both = Both::NONE;
            for &input in self.hierarchy.inputs(arc) {
                let weight = Weight::of(self.weights[(input >> 1) as usize]);
                if input & 1 == 0 { both.up.lower(weight) } else { both.down.lower(weight) }
            }
            own.set(at, both);
        }
    }
    /// Lowers the port's arcs by detours over the lower ports that the arcs `low` come from.
    #[inline(always)]
    fn relax<V: Vectors>(&mut self, port: usize, mut low: &[[u32; 2]], done: Done<'_>, own: &mut RunMut<'_>) {
        let up = self.hierarchy.up(port);
        for (at, &head) in (0..).zip(&self.hierarchy.up_heads[up]) {
            self.arc_to[head as usize] = at;
        }
        while let Some(&[tail, arc]) = low.first() {
            let beyond = self.hierarchy.up(tail as usize).end - arc as usize - 1;
            if beyond == 0 {
                low = &low[1..];
                continue;
            }
            let row = if beyond < ARCS_LEAST { 1 } else { self.tails_in_a_row(low) };
            if row < ROWS_LEAST {
                for &[_, arc] in &low[..row] {
                    self.relax_one(arc as usize, beyond, done, own);
                }
            } else {
                self.relax_row::<V>(&low[..row], beyond, done, own);
            }
            low = &low[row..];
        }
    }
    /// How many of these arcs, from the first on, come from ports in a row.
    #[inline(always)]
    fn tails_in_a_row(&self, low: &[[u32; 2]]) -> usize {
        let together = |pair: &&[[u32; 2]]| {
            pair[0][0] + 1 == pair[1][0] && in_a_row(self.hierarchy, pair[0][0] as usize)
        };
        1 + low.windows(2).take_while(together).count()
    }
    /// One lower port, whose arc to ours is `low` and who has `beyond` higher neighbours above us.
    #[inline(always)]
    fn relax_one(&self, low: usize, beyond: usize, done: Done<'_>, own: &mut RunMut<'_>) {
        let below = done.arcs.get(low - done.base);
        let (keys, efforts) = ([below.down.key, below.up.key], [below.down.effort, below.up.effort]);
        let heads = &self.hierarchy.up_heads[low + 1..low + 1 + beyond];
        let via = done.arcs.part(low + 1 - done.base..low + 1 - done.base + beyond);
        for ((&head, &via), &via_efforts) in heads.iter().zip(via.keys).zip(via.efforts) {
            let at = self.arc_to[head as usize] as usize;
            lower(&mut own.keys[at], &mut own.efforts[at], via, via_efforts, keys, efforts);
        }
    }
    /// Lower ports in a row, who all have the same `beyond` higher neighbours above us.
    #[inline(always)]
    fn relax_row<V: Vectors>(
        &mut self,
        low: &[[u32; 2]],
        beyond: usize,
        done: Done<'_>,
        own: &mut RunMut<'_>,
    ) {
        if beyond == own.len() {
            return self.lower_rows::<V>(low, beyond, done, own.reborrow());
        }
        let first = low[0][1] as usize + 1;
        let heads = &self.hierarchy.up_heads[first..first + beyond];
        let (mut keys, mut efforts) = (std::mem::take(&mut self.keys), std::mem::take(&mut self.efforts));
        keys.clear();
        efforts.clear();
        keys.extend(heads.iter().map(|&head| own.keys[self.arc_to[head as usize] as usize]));
        efforts.extend(heads.iter().map(|&head| own.efforts[self.arc_to[head as usize] as usize]));
        self.lower_rows::<V>(low, beyond, done, RunMut { keys: &mut keys, efforts: &mut efforts });
        for ((&head, &key), &effort) in heads.iter().zip(&keys).zip(&efforts) {
            let at = self.arc_to[head as usize] as usize;
            own.keys[at] = key;
            own.efforts[at] = effort;
        }
        (self.keys, self.efforts) = (keys, efforts);
    }
    #[inline(always)]
    fn lower_rows<V: Vectors>(&self, low: &[[u32; 2]], beyond: usize, done: Done<'_>, mut best: RunMut<'_>) {
        for &[_, arc] in low {
            let at = arc as usize - done.base;
            let below = done.arcs.get(at);
            if below.up.is_finite() || below.down.is_finite() {
                let via = done.arcs.part(at + 1..at + 1 + beyond);
                let (keys, efforts) = ([below.down.key, below.up.key], [below.down.effort, below.up.effort]);
                V::lower_all(best.reborrow(), via, keys, efforts);
            }
        }
    }
}

/// Weighs the arcs of dirty ports again, upwards; what changed makes dirty the ports whose arcs use it.
pub(super) fn partly(hierarchy: &Hierarchy<'_>, weights: &[Leg], arcs: &mut Arcs, dirty: &mut [bool]) {
    let mut settler = Settler::new(hierarchy, weights);
    let mut before = Vec::new();
    for port in 0..hierarchy.ports() {
        if !dirty[port] {
            continue;
        }
        let up = hierarchy.up(port);
        before.clear();
        before.extend(up.clone().map(|arc| arcs.get(arc)));
        on_widest(Settle { settler: &mut settler, ports: port..port + 1, arcs: arcs.all_mut(), base: 0 });
        let Some(last) = before.iter().zip(up.clone()).rposition(|(&old, arc)| old != arcs.get(arc)) else {
            continue;
        };
        // An arc to `head` is half of a detour for the arcs between `head` and the port's other higher neighbours, which belong
        // to the lower of both: if an arc changed, that may be any neighbour up to the last but one.
        let heads = &hierarchy.up_heads[up];
        heads[..(last + 1).min(heads.len() - 1)].iter().for_each(|&head| dirty[head as usize] = true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Roads;

    /// The definition: every pair of arcs over a lower port, one comparison after the other.
    fn slowly(hierarchy: &Hierarchy<'_>, weights: &[Leg]) -> Vec<Both> {
        let mut arcs = Arcs::unweighed(hierarchy.arcs());
        let settler = Settler::new(hierarchy, weights);
        for port in 0..hierarchy.ports() {
            let (_, rest) = arcs.all_mut().split_at(hierarchy.up(port).start);
            settler.along(port, &mut rest.split_at(hierarchy.up(port).len()).0);
        }
        let mut arcs: Vec<Both> = (0..hierarchy.arcs()).map(|arc| arcs.get(arc)).collect();
        for via in 0..hierarchy.ports() {
            for (near, far) in
                hierarchy.up(via).flat_map(|a| (a + 1..hierarchy.up(via).end).map(move |b| (a, b)))
            {
                let between = hierarchy.up(hierarchy.up_heads[near] as usize);
                let head = hierarchy.up_heads[far];
                let at = between.start + hierarchy.up_heads[between].binary_search(&head).unwrap();
                let (near, far) = (arcs[near], arcs[far]);
                arcs[at].up.lower(near.down.plus(far.up));
                arcs[at].down.lower(far.down.plus(near.up));
            }
        }
        arcs
    }

    /// Rows of ports at once, single ports, and rows shared out among threads, whatever their size.
    #[test]
    fn rows_and_threads_weigh_as_the_definition_does() {
        let roads = Roads::synthetic_city(2_500, 5).unwrap().0;
        let hierarchy = roads.hierarchy();
        let weights = roads.metric().weights();
        let wanted = slowly(&hierarchy, weights);
        for threads in [1, 2, 3].map(|count| NonZeroUsize::new(count).unwrap()) {
            let mut arcs = Arcs::unweighed(hierarchy.arcs());
            bottom_up(&hierarchy, weights, &mut arcs, threads);
            assert!(wanted.iter().enumerate().all(|(arc, &both)| arcs.get(arc) == both), "{threads} threads");
            let mut arcs = Arcs::unweighed(hierarchy.arcs());
            let all: Vec<usize> = (0..hierarchy.ports()).collect();
            let mut ports = all.as_slice();
            while let Some(&port) = ports.first() {
                let block = port..port + row_of(&hierarchy, ports);
                ports = &ports[block.len()..];
                settle_block(&hierarchy, weights, block, arcs.all_mut(), threads);
            }
            assert!(wanted.iter().enumerate().all(|(arc, &both)| arcs.get(arc) == both), "in blocks");
        }
    }
}
