//! Which question is open. A node is asked with a fresh nonce and has one question open at a time; a new one takes the place of the old. An answer to
//! any other is dropped and counted, and says nothing of the node: a link that doubles messages, or anybody with a recording, could send it.

use jiff::Timestamp;
use std::collections::{BTreeMap, VecDeque};

/// Earlier nonces that are remembered of each node: at one a minute a quarter of an hour, five times as long as a proof is good for.
const EARLIER_NONCES: usize = 16;

/// What makes a quote fresh: 32 random bytes, which also name the challenge.
pub type Nonce = [u8; 32];

/// What an answer is to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The open challenge, which is closed by it. Nonces that the node was asked with before are given back: a quote over one is a replay.
    Present {
        /// Oldest first.
        earlier: Vec<Nonce>,
    },
    /// One that is closed or was replaced, or none: dropped.
    Late,
}

#[derive(Default)]
struct Asked {
    open: Option<(Nonce, Timestamp)>,
    earlier: VecDeque<Nonce>,
}

impl Asked {
    fn close(&mut self) {
        if let Some((nonce, _)) = self.open.take() {
            if self.earlier.len() == EARLIER_NONCES {
                self.earlier.pop_front();
            }
            self.earlier.push_back(nonce);
        }
    }
}

/// Challenges by node, named by `N`. As many nodes are kept as are asked: whoever calls asks known ones alone, and forgets those that are gone.
pub struct Challenges<N: Ord> {
    nodes: BTreeMap<N, Asked>,
    dropped: u64,
}

impl<N: Ord> Default for Challenges<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<N: Ord> Challenges<N> {
    /// None.
    pub fn new() -> Self {
        Self { nodes: BTreeMap::new(), dropped: 0 }
    }

    /// Asks a node, with a nonce that nobody has seen. What was open is so no longer.
    pub fn open(&mut self, node: N, nonce: Nonce, until: Timestamp) {
        let asked = self.nodes.entry(node).or_default();
        asked.close();
        asked.open = Some((nonce, until));
    }

    /// Takes an answer that says which challenge it is to.
    pub fn answer(&mut self, node: &N, challenge: &Nonce, at: Timestamp) -> Answer {
        let asked = self.nodes.get_mut(node);
        let present =
            asked.filter(|asked| asked.open.is_some_and(|(nonce, until)| nonce == *challenge && at <= until));
        let Some(asked) = present else {
            self.dropped += 1;
            return Answer::Late;
        };
        let earlier = asked.earlier.iter().copied().collect();
        asked.close();
        Answer::Present { earlier }
    }

    /// Forgets a node.
    pub fn forget(&mut self, node: &N) {
        self.nodes.remove(node);
    }

    /// Answers that were dropped.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }
}
