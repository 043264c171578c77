//! What a node reports of itself, as scores go by it.

/// The newest of a node. `None` is unknown, which every score ranks behind all that is known: a sensor that says nothing draws no work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Readings {
    /// From the hottest of its sensors up to the temperature at which work leaves, in °C; 0 or less: it is there.
    pub headroom_celsius: Option<i16>,
    /// Charge of its battery in percent; 100 for a node on the grid.
    pub charge_percent: Option<u8>,
    /// To the region and back.
    pub round_trip_ms: Option<u32>,
    /// Of its radio, in decibel-milliwatts.
    pub rssi_dbm: Option<i16>,
    /// Free on its link, in Mbit/s.
    pub bandwidth_mbit: Option<u32>,
    /// To the users of the region on the mean, in metres as the crow flies.
    pub users_m: Option<u32>,
}
