//! Which nodes have a variant already: those that run it. Only of what a round asks for, and only where a score asks.

use paceline_model::edge::{Bound, ModelId, NodeId, VariantRef};
use std::collections::BTreeMap;

/// Variants, numbered, and which of them each node has.
#[derive(Clone, Debug, Default)]
pub(super) struct Present<'a> {
    numbers: BTreeMap<(&'a ModelId, VariantRef), u16>,
    /// In ascending order.
    on: BTreeMap<&'a NodeId, Vec<u16>>,
}

impl<'a> Present<'a> {
    /// What runs of what is asked for.
    pub(super) fn of_asked<'v>(
        asked: impl Iterator<Item = (&'a ModelId, &'v VariantRef)>,
        running: impl Iterator<Item = (&'a ModelId, &'a Bound)>,
    ) -> Self {
        let mut present = Self::default();
        for (model, variant) in asked {
            // What is beyond counts as absent.
            let Ok(next) = u16::try_from(present.numbers.len()) else { break };
            present.numbers.entry((model, variant.clone())).or_insert(next);
        }
        for (model, bound) in running {
            let Some(number) = present.number(model, &bound.variant) else { continue };
            let has = present.on.entry(&bound.node).or_default();
            if let Err(place) = has.binary_search(&number) {
                has.insert(place, number);
            }
        }
        present
    }

    /// Whether nothing is told apart by it.
    pub(super) fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// What a node has.
    pub(super) fn of(&self, node: &NodeId) -> &[u16] {
        self.on.get(node).map_or(&[], Vec::as_slice)
    }

    /// Whether a node has it.
    pub(super) fn has(&self, node: &NodeId, model: &ModelId, variant: &VariantRef) -> bool {
        self.number(model, variant).is_some_and(|number| self.of(node).binary_search(&number).is_ok())
    }

    fn number(&self, model: &ModelId, variant: &VariantRef) -> Option<u16> {
        self.numbers.get(&(model, variant.clone())).copied()
    }
}
