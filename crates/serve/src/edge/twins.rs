//! Whether it is one box that speaks in a node's name. A card that was copied into a second box has name, keys and disk; it has neither the first box's GPUs
//! nor its start. Which box is the right one nobody here can know: the one that was there stays heard, the other is refused, and an operator is asked.
//!
//! Remembered across restarts (`crates/serve/src/edge/memory.rs`), but for what was first heard in the seconds before a power cut.

use paceline_model::edge::NodeId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Earlier starts that are remembered of a box: one that comes back is that of another.
const EARLIER_BOOTS: usize = 16;

/// A box as it speaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Speaker {
    /// Its start, as its kernel names it.
    pub(crate) boot: String,
    /// The UUIDs of its GPUs.
    pub(crate) devices: BTreeSet<String>,
    /// Where it speaks from, as far as that is known.
    pub(crate) from: Option<IpAddr>,
}

/// A box that is known.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Known {
    speaker: Speaker,
    earlier: VecDeque<String>,
}

/// Which box speaks in which name.
#[derive(Default)]
pub(crate) struct Twins(Mutex<BTreeMap<NodeId, Known>>);

impl Twins {
    /// As they were written down.
    pub(crate) fn of(known: BTreeMap<NodeId, Known>) -> Self {
        Self(Mutex::new(known))
    }

    /// What is to be written down.
    pub(crate) fn stored(&self) -> BTreeMap<NodeId, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Hears a box. Returns whether there is something new to remember. Errors: another one speaks in this name already, and by what they are told apart.
    pub(crate) fn hear(&self, node: &NodeId, speaker: Speaker) -> Result<bool, String> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(known) = all.get_mut(node) else {
            all.insert(node.clone(), Known { speaker, earlier: VecDeque::new() });
            return Ok(true);
        };
        let told_apart = match () {
            () if is_other_hardware(&known.speaker.devices, &speaker.devices) => Some("other GPUs"),
            () if known.earlier.contains(&speaker.boot) => Some("a start that is over"),
            () => None,
        };
        if let Some(by) = told_apart {
            return Err(format!("{by}: {} and {}", said(&known.speaker), said(&speaker)));
        }
        if known.speaker.boot != speaker.boot {
            if known.earlier.len() == EARLIER_BOOTS {
                known.earlier.pop_front();
            }
            known.earlier.push_back(std::mem::take(&mut known.speaker.boot));
        }
        let is_new = (&known.speaker.boot, &known.speaker.devices) != (&speaker.boot, &speaker.devices);
        known.speaker = speaker;
        Ok(is_new)
    }

    /// Whoever speaks next is the box: an operator has looked.
    pub(crate) fn forget(&self, node: &NodeId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(node);
    }
}

/// One GPU that both have is enough for one box: a card falls off the bus, or is exchanged.
fn is_other_hardware(one: &BTreeSet<String>, other: &BTreeSet<String>) -> bool {
    !one.is_empty() && !other.is_empty() && one.is_disjoint(other)
}

fn said(speaker: &Speaker) -> String {
    let from = speaker.from.map(|from| format!(" from {from}")).unwrap_or_default();
    let devices: Vec<&str> = speaker.devices.iter().map(String::as_str).collect();
    let with = if devices.is_empty() { "no GPU".to_owned() } else { devices.join(" ") };
    format!("start {:.16}{from} with {with:.120}", speaker.boot)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hears(twins: &Twins, boot: &str, gpu: &str, from: &str) -> Result<bool, String> {
        let devices = (!gpu.is_empty()).then(|| gpu.to_owned()).into_iter().collect();
        let from = Some(from.parse().expect("an address"));
        let node = NodeId::new("dock-12").expect("a name");
        twins.hear(&node, Speaker { boot: boot.into(), devices, from })
    }

    /// The scenario of the field: a copied card, the first box silent for a while and then rebooted.
    #[test]
    fn the_box_that_was_there_stays_and_the_copy_is_refused_from_its_first_message() {
        let twins = Twins::default();
        let (first, copy) = ("10.0.4.12", "10.0.4.77");
        assert!(hears(&twins, "a", "GPU-11", first).is_ok());
        let refused = hears(&twins, "b", "GPU-58", copy).expect_err("another GPU is another box");
        assert_eq!(
            refused,
            "other GPUs: start a from 10.0.4.12 with GPU-11 and start b from 10.0.4.77 with GPU-58"
        );
        assert!(hears(&twins, "a", "GPU-11", first).is_ok());
        // The first is silent; the copy is still another.
        assert!((0..5).all(|_| hears(&twins, "b", "GPU-58", copy).is_err()));
        assert!(hears(&twins, "c", "GPU-11", first).is_ok(), "it was rebooted");
    }

    #[test]
    fn a_reboot_and_a_changed_link_are_no_twins_and_a_start_that_comes_back_is_one() {
        let twins = Twins::default();
        assert!(hears(&twins, "a", "", "10.0.0.1").is_ok());
        assert!(hears(&twins, "a", "", "10.0.0.2").is_ok(), "another link");
        assert!(hears(&twins, "b", "", "10.0.0.2").is_ok(), "a reboot");
        assert!(hears(&twins, "a", "", "10.0.0.1").is_err(), "two take turns");
        twins.forget(&NodeId::new("dock-12").expect("a name"));
        assert!(hears(&twins, "a", "", "10.0.0.1").is_ok(), "an operator has looked");
    }
}
