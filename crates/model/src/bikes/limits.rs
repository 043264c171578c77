//! What a reading of a feed can be, with the reasons. What bounds sizes stands in `crate::limits`.

use crate::Millis;

/// A count that is older says nothing of now. A station that only speaks when a bike comes or goes may be silent for a night; one that is
/// silent for a day is broken or forgotten.
pub const COUNT_TOO_OLD: Millis = Millis::from_secs(24 * 3_600);
/// How far a station's, a bike's or a feed's clock may run ahead of ours without a word: clocks differ.
pub const CLOCK_AHEAD: Millis = Millis::from_secs(5);
