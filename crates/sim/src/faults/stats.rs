//! What runs have met.

/// What a run that kept all promises has met.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stats {
    /// Steps taken.
    pub steps: u64,
    /// Events of the world.
    pub events: u64,
    /// Times that the process died.
    pub deaths: u64,
    /// Times that a write or sync failed.
    pub failures: u64,
    /// Commands that were refused at the door because of the disk.
    pub refused: u64,
}

impl std::ops::AddAssign for Stats {
    fn add_assign(&mut self, other: Self) {
        self.steps += other.steps;
        self.events += other.events;
        self.deaths += other.deaths;
        self.failures += other.failures;
        self.refused += other.refused;
    }
}
