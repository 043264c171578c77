//! All replicas of this node: opened and closed as the region says, one task each.

pub(crate) mod shared;
pub(crate) mod slot;
mod work;

use crate::orders::Placed;
use crate::replica::{Input, Replica};
use crate::state::Written;
use paceline_supervise::{Spawner, Until};
use shared::Shared;
use slot::{Slot, Stored};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::mpsc;
use work::Word;

/// Words that may wait for a replica's task. The next list says again what found no room.
const WORDS_MAX: usize = 8;

/// All replicas of this node, with the ways to their tasks.
pub(crate) struct Node {
    shared: Arc<Shared>,
    scope: Spawner,
    words: BTreeMap<String, mpsc::Sender<Word>>,
}

impl Node {
    pub(crate) fn new(shared: Arc<Shared>, scope: Spawner) -> Self {
        Self { shared, scope, words: BTreeMap::new() }
    }

    /// Goes on with what was written down before the agent ended.
    pub(crate) fn resume(&mut self, written: Written) {
        for mut stored in written.replicas {
            stored.replica.on(Input::Restarted, self.shared.options.tries.max);
            self.open(stored);
        }
    }

    /// All that the region has placed here, and nothing else.
    pub(crate) async fn ordered(&mut self, placed: Vec<Placed>) {
        let wanted = |id: &str| placed.iter().any(|placed| placed.replica == id);
        let gone: Vec<String> = self.words.keys().filter(|id| !wanted(id)).cloned().collect();
        let mut changed = !gone.is_empty();
        for id in gone {
            self.shared.remove(&id);
            // With its sender a task hears that it has nothing to run any more.
            self.words.remove(&id);
        }
        for placed in placed {
            changed |= self.order(placed);
        }
        if changed {
            self.shared.save().await;
        }
    }

    /// Returns whether a replica is new here.
    fn order(&mut self, placed: Placed) -> bool {
        match (self.shared.slot(&placed.replica), self.words.get(&placed.replica)) {
            (Some(slot), Some(words)) => {
                if slot.stored().placed != placed {
                    // Said again by the next list if its task is busy.
                    _ = words.try_send(Word(placed));
                }
                false
            }
            _ => {
                let replica = Replica::new(placed.order.clone());
                self.open(Stored { placed, replica });
                true
            }
        }
    }

    fn open(&mut self, stored: Stored) {
        let id = stored.placed.replica.clone();
        let slot = Arc::new(Slot::new(stored));
        let (words, heard) = mpsc::channel(WORDS_MAX);
        self.shared.insert(&id, slot.clone());
        self.words.insert(id, words);
        let work = work::run(self.shared.clone(), slot, heard, self.scope.token());
        self.scope.spawn("replica", Until::Owner, work);
    }
}
