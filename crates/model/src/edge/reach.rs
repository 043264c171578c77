//! What its neighbours say of a node: whether it answers them. A silent node that answers a neighbour works on, and only its link to the
//! region is broken.

use super::id::NodeId;
use super::limits::REACH_FRESH;
use crate::Instant;
use crate::limits::NEIGHBOURS_MAX;
use std::collections::BTreeMap;

/// What is broken where a node is silent, as far as its neighbours know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// Its link to the region: a neighbour reaches it.
    Link,
    /// The node, or all its links: no neighbour reaches it, and some have tried.
    Node,
    /// Nobody has tried of late.
    Unknown,
}

/// The newest word of each neighbour, so many at most.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reach {
    answers: BTreeMap<NodeId, (bool, Instant)>,
}

impl Reach {
    /// Takes in what a neighbour says. Where there are too many, the oldest word makes room.
    pub fn hear(&mut self, by: &NodeId, answered: bool, at: Instant) {
        if self.answers.len() >= NEIGHBOURS_MAX && !self.answers.contains_key(by) {
            let oldest = self.answers.iter().min_by_key(|(_, (_, at))| *at).map(|(by, _)| by.clone());
            oldest.and_then(|by| self.answers.remove(&by));
        }
        self.answers.insert(by.clone(), (answered, at));
    }
    /// Takes a neighbour's word back.
    pub fn forget(&mut self, by: &NodeId) {
        self.answers.remove(by);
    }
    /// Neighbours that reach it, or do not, of late.
    pub fn by(&self, answered: bool, now: Instant) -> impl Iterator<Item = &NodeId> {
        let fresh = move |at: Instant| now.since(at) <= REACH_FRESH;
        self.answers.iter().filter(move |(_, (said, at))| *said == answered && fresh(*at)).map(|(by, _)| by)
    }
    /// What is broken.
    pub fn broken(&self, now: Instant) -> Broken {
        match () {
            () if self.by(true, now).next().is_some() => Broken::Link,
            () if self.by(false, now).next().is_some() => Broken::Node,
            () => Broken::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_neighbour_that_reaches_it_is_enough_and_old_words_do_not_count() {
        let id = |number: usize| NodeId::new(&format!("n{number}")).expect("a name");
        let mut reach = Reach::default();
        assert_eq!(reach.broken(Instant(0)), Broken::Unknown);
        reach.hear(&id(1), false, Instant(1_000));
        assert_eq!(reach.broken(Instant(1_000)), Broken::Node);
        reach.hear(&id(2), true, Instant(2_000));
        assert_eq!(reach.broken(Instant(2_000)), Broken::Link);
        assert_eq!(reach.broken(Instant(70_000)), Broken::Unknown);
        (3..40).for_each(|number| reach.hear(&id(number), false, Instant(3_000 + number as u64)));
        assert_eq!(reach.answers.len(), NEIGHBOURS_MAX);
    }
}
