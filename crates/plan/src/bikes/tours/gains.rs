//! What another stock saves at a station, by when the van comes: from the rates at which riders come and go.

use super::problem::Gains;
use crate::bikes::inventory::{OutagePrice, Station, outlook};
use crate::forecast::QUARTER_MS;
use crate::forecast::stations::RateSlot;
use paceline_model::{Invalid, Millis};

/// Rates hold for a quarter of an hour.
const SLOT: Millis = Millis(QUARTER_MS as u32);

/// A station as a van finds it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StationOutlook<'a> {
    /// Docks; none where docks are not what limits it.
    pub capacity: Option<u32>,
    /// Bikes fit for hire that stand there now.
    pub stock: u32,
    /// Rates from now on, in order; the horizon is their sum. The first may be shorter than a quarter of an hour, no other is.
    pub slots: &'a [RateSlot],
    /// What hours without a bike or a dock cost.
    pub price: OutagePrice,
}

impl Gains {
    /// Rides saved until the end of the horizon, in the mean over the stocks that the van may find. Who comes to fewer bikes than he
    /// was to take, or fewer docks than he was to fill, moves as many as there are.
    ///
    /// `(take_max, bring_max)`: bikes moved at most; nor more than stand there now, or than docks are free. Work: two sweeps over the horizon.
    /// Errors: those of [`Station::new`].
    pub fn of_station(of: StationOutlook<'_>, (take_max, bring_max): (u16, u16)) -> Result<Self, Invalid> {
        let StationOutlook { capacity, stock, slots, price } = of;
        let moments = outlook(Station::new(capacity, slots)?, stock, price);
        let docks = capacity
            .map_or(bring_max, |docks| u16::try_from(docks.saturating_sub(stock)).unwrap_or(u16::MAX));
        let bikes = u16::try_from(stock).unwrap_or(u16::MAX);
        let moved = (take_max.min(bikes), bring_max.min(docks));
        let elapsed = slots.first().map_or(Millis::ZERO, |first| SLOT.saturating_sub(first.lasts));
        Ok(Self::of(SLOT, moments.len().max(1), moved, |at, change| {
            let Some(moment) = moments.get(at) else { return 0.0 };
            let costs = &moment.costs;
            let with =
                |stock: usize| costs[stock.saturating_add_signed(change as isize).min(costs.len() - 1)];
            let saved = moment
                .chances
                .iter()
                .enumerate()
                .map(|(stock, chance)| chance * (costs[stock] - with(stock)));
            saved.sum()
        })
        .began(elapsed))
    }
}
