//! Who reaches whom, and when: between servers, clients and the store, each direction for itself.

use super::process::Pid;
use super::setup::{Fault, Setup};
use paceline_model::{Instant, Millis};
use paceline_plan::Rng;

/// Longest delay of a request.
const DELAY_MS_MAX: usize = 3_000;
/// Longest that a statement is under way: longer than anybody waits for it.
const STATEMENT_MS_MAX: usize = 20_000;

/// An end of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Store,
    Clients,
    Process(Pid),
}

/// What is between them.
pub(super) struct Network {
    rng: Rng,
    delay: bool,
    slow_store: bool,
    loss: usize,
    duplicates: usize,
    lost_answers: usize,
    per_mille: usize,
    cuts: Vec<(Node, Node, Instant)>,
}

impl Network {
    pub(super) fn new(setup: &Setup) -> Self {
        let often = |fault| if setup.has(fault) { setup.per_mille } else { 0 };
        Self {
            rng: setup.rng("network"),
            delay: setup.has(Fault::Delay),
            slow_store: setup.has(Fault::SlowStore),
            loss: often(Fault::Loss),
            duplicates: 2 * often(Fault::Duplicates),
            lost_answers: often(Fault::LostAnswers),
            per_mille: setup.per_mille,
            cuts: Vec::new(),
        }
    }

    /// From now on all arrives, and soon.
    pub(super) fn heal(&mut self) {
        (self.delay, self.slow_store) = (false, false);
        (self.loss, self.duplicates, self.lost_answers) = (0, 0, 0);
        self.cuts.clear();
    }

    /// Lets nothing through in this direction until then.
    pub(super) fn cut(&mut self, from: Node, to: Node, until: Instant) {
        self.cuts.push((from, to, until));
    }

    fn is_cut(&mut self, now: Instant, from: Node, to: Node) -> bool {
        self.cuts.retain(|(_, _, until)| *until > now);
        self.cuts.iter().any(|(a, b, _)| *a == from && *b == to)
    }

    /// When a request or what answers it arrives: once, twice, or never.
    pub(super) fn arrivals(&mut self, now: Instant, from: Node, to: Node) -> [Option<Instant>; 2] {
        // Drawn whatever becomes of them, so that one kind of fault does not move the others.
        let [lost, doubled] = [(); 2].map(|()| self.rng.below(1_000));
        let [first, second] = [(); 2].map(|()| now + self.request_delay());
        if lost < self.loss || self.is_cut(now, from, to) {
            return [None, None];
        }
        [Some(first), (doubled < self.duplicates).then_some(second)]
    }

    /// When a statement is done, and whether it ever is.
    pub(super) fn statement(&mut self, now: Instant, from: Pid) -> Option<Instant> {
        let (usual, rare, long) =
            (self.rng.below(4), self.rng.below(1_000), self.rng.below(STATEMENT_MS_MAX));
        let late = self.slow_store && rare < self.per_mille;
        let at = now + Millis(if late { long } else { usual } as u32 + 1);
        (!self.is_cut(now, Node::Process(from), Node::Store)).then_some(at)
    }

    /// When its answer arrives.
    pub(super) fn answer(&mut self, now: Instant, to: Pid) -> Option<Instant> {
        let (lost, usual) = (self.rng.below(1_000), self.rng.below(3));
        let cut = self.is_cut(now, Node::Store, Node::Process(to));
        (!cut && lost >= self.lost_answers).then_some(now + Millis(usual as u32 + 1))
    }

    /// Time until who sent something that was lost notices it: a connection that is reset says so, one that is silent does not.
    pub(super) fn noticed(&mut self, longest: Millis) -> Millis {
        let reset = self.rng.below(2) == 0;
        let span = self.rng.below(longest.0 as usize) as u32;
        if reset { Millis(span / 20 + 1) } else { longest }
    }

    fn request_delay(&mut self) -> Millis {
        let (usual, long, most) = (self.rng.below(4), self.rng.below(DELAY_MS_MAX), self.rng.below(4) == 0);
        Millis(if self.delay && most { long } else { usual } as u32 + 1)
    }
}
