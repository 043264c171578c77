//! What a shadow policy would have done with a round that the live one has solved, and the difference that it predicts.
//!
//! Both see the same snapshot, which is the live policy's doing: what is compared is one round, not two days. A shadow's
//! plan goes here and nowhere else.

use crate::Plan;
use paceline_model::{OrderIdx, VehicleIdx, Weighing};
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::AddAssign;

/// Who a plan gives orders to, with the drives that it counts on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given(BTreeMap<OrderIdx, Drive>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Drive {
    vehicle: VehicleIdx,
    time_ms: u64,
    distance_cm: u64,
}

impl Given {
    /// What `plan` gives away.
    pub fn of(plan: &Plan) -> Self {
        let alone = plan.assignments.iter().map(|taken| (taken.order, taken.vehicle, &taken.weighing));
        let shared = plan
            .routes
            .iter()
            .flat_map(|route| route.gained.iter().map(|(order, weighing)| (*order, route.vehicle, weighing)));
        Self(alone.chain(shared).map(|(order, vehicle, why)| (order, drive(vehicle, why))).collect())
    }

    fn predicted(&self) -> Predicted {
        Predicted {
            orders: self.0.len() as u64,
            pickup_ms: self.0.values().map(|drive| drive.time_ms).sum(),
            pickup_cm: self.0.values().map(|drive| drive.distance_cm).sum(),
        }
    }
}

fn drive(vehicle: VehicleIdx, weighing: &Weighing) -> Drive {
    let taken = weighing.candidates.iter().find(|candidate| candidate.passed_over.is_none());
    Drive {
        vehicle,
        time_ms: taken.map_or(0, |taken| taken.pickup_time.0.into()),
        distance_cm: taken.map_or(0, |taken| taken.pickup_distance.0.into()),
    }
}

/// What a policy's plans count on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Predicted {
    /// Orders given to vehicles.
    pub orders: u64,
    /// Time until their pick-ups, all together. What riders had waited before is the same for both policies.
    pub pickup_ms: u64,
    /// Distance to their pick-ups, all together.
    pub pickup_cm: u64,
}

impl AddAssign for Predicted {
    fn add_assign(&mut self, other: Self) {
        self.orders += other.orders;
        self.pickup_ms += other.pickup_ms;
        self.pickup_cm += other.pickup_cm;
    }
}

/// A live plan and its shadow's side by side; over several rounds, the sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Orders that both give to the same vehicle.
    pub same: u64,
    /// Orders that they give to different vehicles.
    pub other_vehicle: u64,
    /// Orders that only the live policy gives away.
    pub live_only: u64,
    /// Orders that only the shadow would.
    pub shadow_only: u64,
    /// What the live policy's plans count on.
    pub live: Predicted,
    /// What the shadow's do.
    pub shadow: Predicted,
}

impl Difference {
    /// Compares two answers to one snapshot.
    pub fn between(live: &Given, shadow: &Given) -> Self {
        let mut difference = Self { live: live.predicted(), shadow: shadow.predicted(), ..Self::default() };
        for (order, drive) in &live.0 {
            match shadow.0.get(order) {
                Some(other) if other.vehicle == drive.vehicle => difference.same += 1,
                Some(_) => difference.other_vehicle += 1,
                None => difference.live_only += 1,
            }
        }
        difference.shadow_only = difference.shadow.orders - difference.same - difference.other_vehicle;
        difference
    }
}

impl AddAssign for Difference {
    fn add_assign(&mut self, other: Self) {
        self.same += other.same;
        self.other_vehicle += other.other_vehicle;
        self.live_only += other.live_only;
        self.shadow_only += other.shadow_only;
        self.live += other.live;
        self.shadow += other.shadow;
    }
}
