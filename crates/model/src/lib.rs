//! What is it? The nouns of dispatch: units, ids, places, vehicles, orders, chargers, commands, events, limits.
//!
//! Everything here is a value. Construction validates; what exists is well-formed. No I/O, no clock, no async.

pub mod geo;
pub mod id;
pub mod limits;
pub mod units;

pub use geo::{Geofence, Position};
pub use id::{ChargerId, GeofenceId, IdempotencyKey, OrderId, Tag, VehicleId};
pub use limits::{Invalid, Rule};
pub use units::{Centimetres, Charge, Heading, Instant, Millis, MilliwattHours, MilliwattHoursPerKm};
