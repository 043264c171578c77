//! What another stock saves at a station, by when the van comes: from the rates at which riders come and go.

use super::problem::Gains;
use crate::bikes::inventory::{LostRides, Station, stock_forecast};
use crate::forecast::stations::RateSlot;
use paceline_model::{Invalid, Millis};

/// The grid of arrivals. Rates hold for a quarter of an hour too.
const SLOT: Millis = Millis::from_secs(900);

/// A station as a van finds it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StationOutlook<'a> {
    /// Docks; none where docks are not what limits it.
    pub capacity: Option<u32>,
    /// Bikes fit for hire that stand there now.
    pub stock: u32,
    /// Rates from now on, in order; the horizon is their sum.
    pub slots: &'a [RateSlot],
}

impl Gains {
    /// Rides saved until the end of the horizon, in the mean over the stocks that the van may find. Who comes to fewer bikes than he
    /// was to take, or fewer docks than he was to fill, moves as many as there are.
    ///
    /// `(take_max, bring_max)`: bikes moved at most; nor more than stand there now, or than docks are free. Work: for each quarter of an hour one solution of the station's chain.
    /// Errors: those of [`Station::new`].
    pub fn of_station(
        outlook: StationOutlook<'_>,
        (take_max, bring_max): (u16, u16),
    ) -> Result<Self, Invalid> {
        let StationOutlook { capacity, stock, slots } = outlook;
        Station::new(capacity, slots)?;
        let horizon: u32 = slots.iter().map(|slot| slot.lasts.0).sum();
        let count = horizon.div_ceil(SLOT.0).max(1) as usize;
        let mut by_slot = Vec::with_capacity(count);
        for at in 0..count {
            let (before, after) = cut(slots, Millis(SLOT.0 * at as u32));
            let found = stock_forecast(Station::new(capacity, &before)?, stock);
            by_slot.push((found, LostRides::of(Station::new(capacity, &after)?)));
        }
        let docks = capacity
            .map_or(bring_max, |docks| u16::try_from(docks.saturating_sub(stock)).unwrap_or(u16::MAX));
        let bikes = u16::try_from(stock).unwrap_or(u16::MAX);
        Ok(Self::of(SLOT, count, (take_max.min(bikes), bring_max.min(docks)), |at, change| {
            let (found, lost) = &by_slot[at];
            let with = |stock: usize| lost.rides((stock as u32).saturating_add_signed(change));
            let saved = found
                .iter()
                .enumerate()
                .map(|(stock, chance)| chance * (lost.rides(stock as u32) - with(stock)));
            saved.sum()
        }))
    }
}

/// Rates until `at`, and from then on.
fn cut(slots: &[RateSlot], at: Millis) -> (Vec<RateSlot>, Vec<RateSlot>) {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let mut open = at;
    for slot in slots {
        let first = slot.lasts.min(open);
        open = open.saturating_sub(first);
        let part = |lasts| RateSlot { lasts, rates: slot.rates };
        before.extend((first > Millis::ZERO).then(|| part(first)));
        let rest = slot.lasts.saturating_sub(first);
        after.extend((rest > Millis::ZERO).then(|| part(rest)));
    }
    (before, after)
}
