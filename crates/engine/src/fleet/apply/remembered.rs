//! A keyed command was answered: the answer is kept for repeats.

use super::KEPT_FOR;
use crate::fleet::world::{Kept, World};
use paceline_model::{Answer, Fingerprint, IdempotencyKey, Instant};

/// Most keys kept: 50 keyed commands a second for five hours.
const KEYS_MAX: usize = 1_000_000;

pub(super) fn apply(
    world: &mut World,
    at: Instant,
    key: IdempotencyKey,
    fingerprint: Fingerprint,
    answer: Answer,
) {
    world.keys_by_age.push_back((at, key.clone()));
    world.kept.insert(key, Kept { fingerprint, answer });
    while let Some((since, oldest)) = world.keys_by_age.front() {
        if *since + KEPT_FOR > at && world.keys_by_age.len() <= KEYS_MAX {
            break;
        }
        world.kept.remove(oldest);
        world.keys_by_age.pop_front();
    }
}
