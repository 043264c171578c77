//! Identifiers as types: short text from the caller's own systems, cheap to clone, ordered.
//! A `VehicleId` cannot be handed where an `OrderId` is meant.

use crate::limits::{ID_BYTES_MAX, ID_PUNCTUATION, Invalid, Rule};
use std::sync::Arc;

pub(crate) fn checked(field: &str, text: &str) -> Result<Arc<str>, Invalid> {
    if text.is_empty() || text.len() > ID_BYTES_MAX {
        let rule = Rule::Size { least: 1, most: ID_BYTES_MAX, unit: "bytes".into() };
        return Err(Invalid::new(field, text, rule));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || ID_PUNCTUATION.contains(c);
    if !text.chars().all(allowed) {
        return Err(Invalid::new(field, text, Rule::Characters));
    }
    if matches!(text, "." | "..") {
        let rule = Rule::Shape("must not be . or .., which browsers and proxies fold away in a path".into());
        return Err(Invalid::new(field, text, rule));
    }
    Ok(text.into())
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $field:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// Errors: empty, longer than [`ID_BYTES_MAX`](crate::limits::ID_BYTES_MAX), or with characters other than letters, digits and `-_.:@`, `.` or `..`.
            pub fn new(text: &str) -> Result<Self, $crate::Invalid> {
                $crate::id::checked($field, text).map(Self)
            }
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(from)?;
                Self::new(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use id;

id!(
    /// The lasting name of a vehicle.
    VehicleId, "vehicle_id"
);
id!(
    /// The lasting name of an order.
    OrderId, "order_id"
);
id!(
    /// The lasting name of a charger site (one place, one or more plugs).
    ChargerId, "charger_id"
);
id!(
    /// The lasting name of a geofence.
    GeofenceId, "geofence_id"
);
id!(
    /// The name of a region.
    RegionId, "region"
);
id!(
    /// The name of a server of a cluster.
    ServerId, "server"
);
id!(
    /// A priority tag or an attribute, such as `wheelchair`.
    Tag, "tag"
);
id!(
    /// The key under which a command may be sent again without a second effect.
    IdempotencyKey, "idempotency_key"
);
