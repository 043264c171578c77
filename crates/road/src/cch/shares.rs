//! Which part of the hierarchy each thread customises or sweeps: subtrees of the elimination tree, which have nothing in common,
//! and the few ports above them all.

use super::layout::Hierarchy;
use super::weight::RunMut;
use crate::threads::join;
use std::num::NonZeroUsize;

/// Below this many ports a second thread costs more than it brings.
const WORTH_A_THREAD: usize = 1_024;

/// The roots of subtrees that threads may take, ascending, and the ports above them all.
pub(crate) struct Shares {
    /// First and last port of each subtree.
    pub(crate) subtrees: Vec<(usize, usize)>,
    pub(crate) above: Vec<usize>,
}

impl Shares {
    /// Subtrees of at most an eighth of a thread's share; for one thread, everything as if it were one.
    pub(crate) fn of(hierarchy: &Hierarchy<'_>, threads: NonZeroUsize) -> Self {
        let ports = hierarchy.ports();
        if threads.get() == 1 || ports < WORTH_A_THREAD {
            return Self { subtrees: vec![(0, ports - 1)], above: Vec::new() };
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
    /// The arcs of each thread's subtrees, apart.
    pub(super) fn runs<'a>(
        &self,
        hierarchy: &Hierarchy<'_>,
        arcs: RunMut<'a>,
        threads: NonZeroUsize,
    ) -> Vec<Vec<Subtree<'a>>> {
        let mut by_thread: Vec<Vec<Subtree<'a>>> = (0..threads.get()).map(|_| Vec::new()).collect();
        let (mut rest, mut cut) = (arcs, 0);
        for (&ports, thread) in self.subtrees.iter().zip(self.by_thread(threads)) {
            let (from, to) = (hierarchy.up(ports.0).start, hierarchy.up(ports.1).end);
            let (run, later) = rest.split_at(from - cut).1.split_at(to - from);
            by_thread[thread].push(Subtree { ports, arcs: run });
            (rest, cut) = (later, to);
        }
        by_thread
    }
    /// Subtrees by thread: the largest first, each to the thread with the least.
    pub(crate) fn by_thread(&self, threads: NonZeroUsize) -> Vec<usize> {
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

/// A subtree that one thread writes: its first and last port, and their arcs.
pub(super) struct Subtree<'a> {
    pub(super) ports: (usize, usize),
    pub(super) arcs: RunMut<'a>,
}

/// Each thread's subtrees to that thread; the first ones to the caller's.
pub(super) fn run_shares<'a>(by_thread: Vec<Vec<Subtree<'a>>>, work: impl Fn(Vec<Subtree<'a>>) + Sync) {
    std::thread::scope(|scope| {
        let work = &work;
        let mut shares = by_thread.into_iter().filter(|share| !share.is_empty());
        let mine = shares.next();
        let handles: Vec<_> = shares.map(|share| scope.spawn(move || work(share))).collect();
        mine.into_iter().for_each(work);
        handles.into_iter().for_each(join);
    });
}
