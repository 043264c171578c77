//! Why no node takes a pod, in figures and in words.

use super::room::NoRoom;
use crate::rules::{Bar, Obstacle};
use std::collections::BTreeMap;

/// Why no node takes a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// How many nodes there are.
    pub nodes: usize,
    /// What keeps it off all of them.
    pub bar: Option<Bar>,
    /// How many nodes each rule took out; of several on one node the first counts.
    pub counts: BTreeMap<Obstacle, usize>,
    /// Why nobody gives way to it.
    pub no_room: Option<NoRoom>,
}

impl Why {
    pub(super) fn of_nodes(nodes: usize) -> Self {
        Self { nodes, bar: None, counts: BTreeMap::new(), no_room: None }
    }

    pub(super) fn barred(bar: Bar) -> Self {
        Self { bar: Some(bar), ..Self::of_nodes(0) }
    }

    pub(super) fn count(&mut self, obstacle: Obstacle) {
        *self.counts.entry(obstacle).or_default() += 1;
    }

    pub(super) fn without_room(mut self, no_room: NoRoom) -> Self {
        self.no_room = Some(no_room);
        self
    }
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(bar) = &self.bar {
            return write!(f, "No node: {bar}.");
        }
        if self.nodes == 0 {
            return f.write_str("No node: there are none.");
        }
        let counts: Vec<_> = self.counts.iter().map(|(rule, nodes)| format!("{nodes} {rule}")).collect();
        write!(f, "No node of {}: {}.", self.nodes, counts.join(", "))?;
        match &self.no_room {
            Some(no_room) => write!(f, " {no_room}."),
            None => Ok(()),
        }
    }
}
