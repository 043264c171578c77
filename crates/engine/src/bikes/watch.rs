//! Whether a station gives its bikes: what was expected to go since somebody last took one. A fold of the counts, as what is learnt of riders
//! is, so that a replay knows what the region knew.

use paceline_model::Instant;
use paceline_plan::bikes::hotspots::Silence;
use paceline_plan::forecast::stations::Parked;
use serde::{Deserialize, Serialize};

/// From so many expected rentals on nothing is learnt from a silence until it is known why it was: a station that gives no bikes would teach that
/// nobody wants any, and be found the later. One that is well is so quiet once in twenty rentals; a region where riders stay at home is learnt of
/// from what all its stations are quiet before that.
const HELD_FROM: f64 = 3.0;
/// Spans that are held at most, each as long as counts followed one another; of more the oldest are forgotten.
const HELD_MAX: usize = 32;

/// What stood there, and when that was counted.
pub(super) type Counted = (Instant, Parked);
/// From when to when.
pub(super) type Span = (Instant, Instant);

/// What is known of a station's rentals since the last one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Watch {
    /// What was expected since, while it was in service and had bikes.
    pub silence: Silence,
    /// It has been quiet for too long, and nobody has looked yet: it is not believed to give any.
    pub gives_none: bool,
    /// When it was quiet and nothing was learnt of it.
    held: Vec<Span>,
}

/// What two counts say of rentals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// Some went: whatever was quiet before was well.
    Rentals,
    /// None went that anybody saw, as may be.
    Quiet,
    /// None went for so long that nobody knows why.
    Silence,
}

impl Watch {
    /// Somebody took a bike, or has looked: whatever was, it begins anew. What was held.
    pub(super) fn begin_anew(&mut self, at: Instant) -> Vec<Span> {
        (self.silence, self.gives_none) = (Silence { expected: 0.0, since: Some(at) }, false);
        std::mem::take(&mut self.held)
    }

    /// What two counts of a station say that was in service.
    pub(super) fn said(&self, ((from, before), (to, after)): (Counted, Counted)) -> Said {
        match () {
            () if to > from && after.bikes < before.bikes => Said::Rentals,
            () if self.gives_none || self.silence.expected >= HELD_FROM => Said::Silence,
            () => Said::Quiet,
        }
    }

    /// Takes in two counts between which no rental was seen and so many were expected. One that a return makes up for is not seen.
    pub(super) fn quiet(
        &mut self,
        said: Said,
        ((from, before), (to, _)): (Counted, Counted),
        rentals_expected: f64,
    ) {
        if before.bikes == 0 {
            return;
        }
        self.silence.expect(from, rentals_expected);
        if said == Said::Silence {
            self.hold((from, to));
        }
    }

    fn hold(&mut self, (from, to): Span) {
        match self.held.last_mut().filter(|(_, end)| *end == from) {
            Some((_, end)) => *end = to,
            None => self.held.push((from, to)),
        }
        if self.held.len() > HELD_MAX {
            self.held.remove(0);
        }
    }
}
