//! How long what a feed says is believed.

use paceline_model::Millis;
use paceline_model::bikes::limits::COUNT_TOO_OLD;

/// How long what a feed says is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// A count of a station that is older says nothing of now.
    pub count: Millis,
    /// A feed that has given no newer time of itself for so long is stale.
    pub stale: Millis,
    /// Stations that have vanished in large numbers for so long are gone.
    pub settled: Millis,
}

impl Default for Patience {
    /// A day for counts; ten minutes for the feed, ten times what is usual between two updates; half an hour for what has vanished.
    fn default() -> Self {
        let minutes = |minutes: u32| Millis::from_secs(60 * minutes);
        Self { count: COUNT_TOO_OLD, stale: minutes(10), settled: minutes(30) }
    }
}
