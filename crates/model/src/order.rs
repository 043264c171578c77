//! An order: who wants to go from where to where, when, and how that stands.

use crate::limits::{BOOKING_AHEAD_MS_MAX, CLOCK_SKEW_MS_MAX, Invalid, Rule, SEATS_MAX, within};
use crate::vehicle::at_most_tags;
use crate::{GeofenceId, Instant, OrderId, Position, Tag};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderSpec {
    /// Lasting name.
    pub id: OrderId,
    /// Where the riders wait.
    pub pickup: Position,
    /// Where they want to be.
    pub dropoff: Position,
    /// How many ride.
    pub party: u8,
    /// Not picked up before.
    pub earliest_pickup: Instant,
    /// Not picked up after; an order not on its way by then is timed out.
    pub latest_pickup: Instant,
    /// When they would like to arrive, if they said so.
    pub desired_arrival: Option<Instant>,
    /// Tags that raise the price of leaving the order unserved, such as `medical`.
    pub priority: BTreeSet<Tag>,
    /// What the vehicle must offer, such as `wheelchair`.
    pub attributes: BTreeSet<Tag>,
    /// Only vehicles inside this area may serve it.
    pub geofence: Option<GeofenceId>,
}

impl OrderSpec {
    /// Checks sizes, and the times against `now` and each other.
    ///
    /// Errors: no riders or more than [`SEATS_MAX`]; too many tags; latest before earliest; latest in the past;
    /// earliest more than a week ahead; desired arrival before earliest.
    pub fn validate(self, now: Instant) -> Result<Self, Invalid> {
        within("party", f64::from(self.party), (1.0, f64::from(SEATS_MAX)))?;
        at_most_tags("priority", self.priority.len())?;
        at_most_tags("attributes", self.attributes.len())?;
        let not_before_earliest = |field, value| {
            let rule = Rule::NotBefore { than: format!("earliest_pickup ({})", self.earliest_pickup) };
            if value >= self.earliest_pickup { Ok(()) } else { Err(Invalid::new(field, value, rule)) }
        };
        not_before_earliest("latest_pickup", self.latest_pickup)?;
        if self.latest_pickup.0 < now.0.saturating_sub(CLOCK_SKEW_MS_MAX) {
            let rule = Rule::NotBefore { than: "now".into() };
            return Err(Invalid::new("latest_pickup", self.latest_pickup, rule));
        }
        if let Some(arrival) = self.desired_arrival {
            not_before_earliest("desired_arrival", arrival)?;
        }
        if self.latest_pickup.0 > now.0.saturating_add(BOOKING_AHEAD_MS_MAX) {
            let rule = Rule::NotBeyond { days: BOOKING_AHEAD_MS_MAX / 86_400_000 };
            return Err(Invalid::new("latest_pickup", self.latest_pickup, rule));
        }
        Ok(self)
    }
}
