//! What one round came to, in figures.

use paceline_model::{Instant, Millis, OrderId};
use paceline_plan::{Degraded, Report, Snapshot};

/// What one round did.
#[derive(Clone, Debug, Default)]
pub struct RoundSummary {
    /// When it began.
    pub at: Instant,
    /// Orders that were open, vehicles that were free.
    pub orders: u32,
    /// Vehicles that were free.
    pub vehicles: u32,
    /// Pairs priced.
    pub candidates: u32,
    /// Assignments that held at commit.
    pub committed: u32,
    /// Orders that were given to another vehicle than was on its way to them.
    pub moved: u32,
    /// Orders that wait for a vehicle which will soon be free.
    pub held_back: u32,
    /// Orders whose assignment no longer held.
    pub stale: Vec<OrderId>,
    /// Vehicles sent to charge.
    pub sent_to_charge: u32,
    /// Idle vehicles sent to where riders are expected.
    pub sent_to_stand: u32,
    /// Vehicles low on charge for which there was no plug.
    pub stranded: u32,
    /// What ran short.
    pub degraded: Vec<Degraded>,
    /// Work steps used.
    pub steps: u64,
}

impl RoundSummary {
    /// Of a round that goes out to be solved.
    pub(super) fn begin(snapshot: &Snapshot) -> Self {
        let free = snapshot.vehicles.iter().filter(|row| row.free_in == Millis::ZERO);
        Self {
            at: snapshot.at,
            orders: snapshot.orders.iter().filter(|order| order.held.is_none()).count() as u32,
            vehicles: free.count() as u32,
            ..Self::default()
        }
    }
    /// Adds what the solver reports of it.
    pub(super) fn reported(self, report: Report) -> Self {
        Self {
            held_back: report.held_back,
            candidates: report.candidates,
            degraded: report.degraded,
            steps: report.steps,
            stranded: report.stranded.len() as u32,
            ..self
        }
    }
}
