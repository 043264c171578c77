//! Why no node takes a pod, in figures and in words.

use super::room::NoRoom;
use crate::cluster::Name;
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
    /// How far the gang came; the rest is then of the first of its pods that found no place.
    pub gang: Option<Box<Gathered>>,
}

/// A gang that is there, and for which there is no place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gathered {
    /// The gang.
    pub gang: Name,
    /// How many must stand together, at least.
    pub size: usize,
    /// How many are there: those who are bound, and those who wait.
    pub there: usize,
    /// For how many of those who wait there was place, at most.
    pub placed: usize,
    /// How many wait.
    pub waiting: usize,
    /// Who found none beside these.
    pub pod: Name,
    /// Whether the search has ended before all was tried.
    pub is_cut_short: bool,
}

impl std::fmt::Display for Gathered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { gang, size, there, placed, waiting, pod, .. } = self;
        write!(
            f,
            "{there} of {size} of gang {gang} are there, with places for {placed} of the {waiting} that wait. {pod}: "
        )
    }
}

impl Why {
    pub(super) fn of_nodes(nodes: usize) -> Self {
        Self { nodes, bar: None, counts: BTreeMap::new(), no_room: None, gang: None }
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
        if let Some(gang) = &self.gang {
            write!(f, "{gang}")?;
        }
        if let Some(bar) = &self.bar {
            return write!(f, "No node: {bar}.");
        }
        if self.nodes == 0 {
            return f.write_str("No node: there are none.");
        }
        let counts: Vec<_> = self.counts.iter().map(|(rule, nodes)| format!("{nodes} {rule}")).collect();
        write!(f, "No node of {}: {}.", self.nodes, counts.join(", "))?;
        if let Some(no_room) = &self.no_room {
            write!(f, " {no_room}.")?;
        }
        match &self.gang {
            Some(gang) if gang.is_cut_short => f.write_str(" Not every way to place the gang was tried."),
            _ => Ok(()),
        }
    }
}
