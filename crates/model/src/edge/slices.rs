//! GPUs that are cut into slices, each of which starts at one of a few given places, as NVIDIA's MIG does.
//!
//! A GPU has so many slots in a row; a profile says how many of them its slices take and where they may start. Source: NVIDIA's Multi-Instance GPU
//! User Guide, whose slots are the memory slices of `nvidia-smi mig -lgipp`.

use super::units::Mebibytes;
use crate::Tag;
use crate::limits::{GPU_SLOTS_MAX, Invalid, Rule, SLICE_PROFILES_MAX, at_most, within};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// One way to cut a slice off a GPU.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SliceProfile {
    /// What it is called, such as `1g.10gb`.
    pub name: Tag,
    /// How many slots it takes, one behind the other.
    pub slots: u8,
    /// At which slots it may start, from 0.
    pub starts: BTreeSet<u8>,
    /// The memory of such a slice, as the driver reports it.
    pub memory: Mebibytes,
}

/// A slice that is given away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice {
    /// By which profile.
    pub profile: Tag,
    /// Its first slot.
    pub start: u8,
    /// How many it takes.
    pub slots: u8,
}

impl Slice {
    /// Its slots, a bit each.
    pub fn mask(&self) -> u16 {
        let slots = self.start..self.start.saturating_add(self.slots).min(GPU_SLOTS_MAX);
        slots.fold(0, |mask, slot| mask | 1 << slot)
    }
}

impl fmt::Display for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { profile, start, slots } = self;
        match slots {
            1 => write!(f, "slice {profile} in slot {start}"),
            _ => write!(
                f,
                "slice {profile} in slots {start} to {}",
                start.saturating_add(slots.saturating_sub(1))
            ),
        }
    }
}

impl SliceProfile {
    /// Whether a slice is one of these, with so much memory.
    pub fn cuts(&self, slice: &Slice, memory: Mebibytes) -> bool {
        self.name == slice.profile
            && self.slots == slice.slots
            && self.starts.contains(&slice.start)
            && self.memory >= memory
    }

    /// Errors: a list that is too long, a profile twice, no slot or start, or slots that a GPU has not.
    pub(super) fn check(profiles: &[Self]) -> Result<(), Invalid> {
        at_most("devices.slices", profiles.len(), SLICE_PROFILES_MAX)?;
        let mut known = BTreeSet::new();
        if let Some(twice) = profiles.iter().find(|profile| !known.insert(&profile.name)) {
            let rule = Rule::Shape("must be the name of one profile alone".into());
            return Err(Invalid::new("devices.slices.name", &twice.name, rule));
        }
        for Self { slots, starts, .. } in profiles {
            within("devices.slices.slots", f64::from(*slots), (1.0, f64::from(GPU_SLOTS_MAX)))?;
            let last = GPU_SLOTS_MAX - slots;
            for start in starts {
                within("devices.slices.starts", f64::from(*start), (0.0, f64::from(last)))?;
            }
            if starts.is_empty() {
                let rule = Rule::Size { least: 1, most: usize::from(last) + 1, unit: "entries".into() };
                return Err(Invalid::new("devices.slices.starts", "0 entries", rule));
            }
        }
        Ok(())
    }
}
