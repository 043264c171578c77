//! What runs have met.

use paceline_model::Millis;

/// What a run that kept all promises has met.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stats {
    /// Steps taken.
    pub steps: u64,
    /// Orders that were acknowledged.
    pub orders: u64,
    /// Orders that vehicles have served.
    pub rides: u64,
    /// Vehicles that went from one region to another.
    pub hand_overs: u64,
    /// Times that a region changed hands.
    pub moves: u64,
    /// Times that a process died or ended.
    pub deaths: u64,
    /// Times that clients were told to send again.
    pub refused: u64,
    /// Times that clients were told nothing, or that nobody knows.
    pub unanswered: u64,
    /// Longest that an order took in a healthy cluster, whatever its operators did.
    pub planned_wait_max: Millis,
    /// Longest time from when all faults were healed until every region ran where it should.
    pub recovery_max: Millis,
}

impl std::ops::AddAssign for Stats {
    fn add_assign(&mut self, other: Self) {
        self.steps += other.steps;
        self.orders += other.orders;
        self.rides += other.rides;
        self.hand_overs += other.hand_overs;
        self.moves += other.moves;
        self.deaths += other.deaths;
        self.refused += other.refused;
        self.unanswered += other.unanswered;
        self.planned_wait_max = self.planned_wait_max.max(other.planned_wait_max);
        self.recovery_max = self.recovery_max.max(other.recovery_max);
    }
}
