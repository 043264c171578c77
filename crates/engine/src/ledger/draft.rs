//! The record that is being written: the events of the input at hand, each applied to the head at once, so that what is judged next
//! is judged against it.

use super::World;
use paceline_model::{Instant, Version};

/// What has happened since the input at hand came in.
pub struct Draft<W: World> {
    at: Instant,
    version: Version,
    entries: Vec<W::Recorded>,
}

impl<W: World> Draft<W> {
    pub(super) fn new(at: Instant, version: Version) -> Self {
        Self { at, version, entries: Vec::new() }
    }
    /// When it happens. It never runs backwards from one input to the next.
    pub fn at(&self) -> Instant {
        self.at
    }
    /// The head: the number of the last event that was applied.
    pub fn version(&self) -> Version {
        self.version
    }
    /// Records events and applies them to the world, in order.
    pub fn apply(&mut self, world: &mut W, events: impl IntoIterator<Item = W::Event>) {
        for event in events {
            self.record(world.record(&event));
            world.apply(self.at, event);
        }
    }
    /// Notes what was recorded beside the world's own events.
    pub(super) fn record(&mut self, entry: W::Recorded) {
        self.version.0 += 1;
        self.entries.push(entry);
    }
    pub(super) fn into_entries(self) -> Vec<W::Recorded> {
        self.entries
    }
}
