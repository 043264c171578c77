//! What is known of where a vehicle is, and so whether a round may count on it.
//!
//! A receiver without a fix says 0, 0, one that errs says anything. A place that is near no street of this region is none that a vehicle
//! can be fetched from or sent out from: it moves nobody.

use paceline_model::Position;
use paceline_road::Roads;

/// What the known position of a vehicle is worth.
///
/// ```text
///   Awaited --a place--> Current <--a place / 0, 0--> Missing
///   any --a place near no street--> OffMap --a place--> Current
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PositionFix {
    /// It has not said where it is since this engine began: known is what an event said last, however long ago. No round counts on it.
    #[default]
    Awaited,
    /// Its newest reading says where it is.
    Current,
    /// Its newest reading says 0, 0, as receivers without a fix do: known is the last place that it named, and rounds count on that.
    Missing,
    /// Its newest reading names a place near no street: known is the last one that was near one. No round counts on it.
    OffMap,
}

impl PositionFix {
    /// Whether rounds count on the known position.
    pub fn is_usable(self) -> bool {
        matches!(self, Self::Current | Self::Missing)
    }
    pub(super) fn after(self, named: Named) -> Self {
        match (named, self) {
            (Named::Street, _) => Self::Current,
            (Named::Elsewhere, _) => Self::OffMap,
            (Named::Nowhere, Self::Current) => Self::Missing,
            (Named::Nowhere, _) => self,
        }
    }
}

/// What a reading names as its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// One near a street.
    Street,
    /// 0, 0.
    Nowhere,
    /// One near no street.
    Elsewhere,
}

impl Named {
    /// What `position` is on a map that ends `m_max` metres from its streets.
    pub(super) fn by(roads: &Roads, position: Position, m_max: u32) -> Self {
        if roads.is_near(position, f64::from(m_max)) {
            Self::Street
        } else if position == Position::NULL_ISLAND {
            Self::Nowhere
        } else {
            Self::Elsewhere
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_counted_on_once_it_was_named_and_until_another_leads_off_the_map() {
        use PositionFix::{Awaited, Current, Missing, OffMap};
        let cases = [
            (Awaited, [Current, Awaited, OffMap]),
            (Current, [Current, Missing, OffMap]),
            (Missing, [Current, Missing, OffMap]),
            (OffMap, [Current, OffMap, OffMap]),
        ];
        for (before, after) in cases {
            let named = [Named::Street, Named::Nowhere, Named::Elsewhere];
            assert_eq!(named.map(|named| before.after(named)), after, "{before:?}");
        }
        assert_eq!(
            [Awaited, Current, Missing, OffMap].map(PositionFix::is_usable),
            [false, true, true, false]
        );
    }
}
