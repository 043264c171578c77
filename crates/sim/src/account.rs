//! The books of a city: what its vehicles have driven, used and charged, and what riders had of it. Vehicles and riders enter
//! what they do; `run` makes the table of it.

/// What has come about in a city so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// What was driven.
    pub driven: Distances,
    /// What batteries gave and took.
    pub energy: Energy,
    /// What served riders had.
    pub rides: Rides,
    /// Times that a vehicle was plugged in.
    pub charges: u64,
    /// Vehicles that ran empty.
    pub stranded: u64,
    /// Breakdowns.
    pub faults: u64,
    /// Other commands that the engine did not take.
    pub refused_commands: u64,
}

/// Distances of all vehicles by what they were driven for, in centimetres.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Distances {
    /// To pick-ups.
    pub to_pickup_cm: u64,
    /// With riders.
    pub with_riders_cm: u64,
    /// With riders, once for each party in the vehicle.
    pub party_cm: u64,
    /// To chargers.
    pub to_charger_cm: u64,
    /// To where vehicles wait.
    pub to_rank_cm: u64,
}

/// Energy of all batteries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Energy {
    /// Used for driving, in milliwatt-hours.
    pub driving_mwh: u64,
    /// Used for standing, in microwatt-hours.
    pub idling_uwh: u64,
    /// Put in, in microwatt-hours.
    pub charged_uwh: u64,
}

/// What served riders had, added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rides {
    /// Time between first getting in and getting out.
    pub riding_ms: u64,
    /// Time that the direct ride would have taken them.
    pub direct_ms: u64,
    /// How much later they were there than by a direct ride at the moment from which they waited.
    pub delay_ms: u64,
    /// Orders that shared the vehicle with another party on the way.
    pub shared_orders: u64,
}
