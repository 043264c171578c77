//! Whether an order that is proposed rests on what is so.

use super::books::Books;
use super::{Judged, orders};
use paceline_model::Instant;
use paceline_model::bikes::{NewWorkOrder, OrderCause, OrderPhase, Task};

impl Books {
    /// An order has a reason, and the reason is so.
    pub(super) fn is_needed(&self, at: Instant, new: &NewWorkOrder) -> Judged {
        let station = self.station(&new.station)?;
        let fresh = station.is_fresh(at, self.options.stale_after);
        let believed = station.believed();
        let so = match (&new.cause, new.task, believed) {
            (OrderCause::TooFew { bikes, least }, Task::Deliver, Some(stands)) => {
                let few = stands.bikes == *bikes && bikes < least && *least == station.spec.wanted().least;
                few && fresh && station.is_renting() && station.is_open_both_ways()
            }
            (OrderCause::Full { bikes }, Task::Collect, Some(stands)) => {
                let full = stands.bikes == *bikes && stands.free == Some(0);
                full && fresh && station.is_returning()
            }
            (OrderCause::DocksBroken { docks }, Task::Repair, _) => {
                *docks > 0 && *docks == station.docks_broken
            }
            (OrderCause::LowBatteries { low, flat }, Task::SwapBattery, _) => {
                let least = self.options.batteries.map_or(u32::MAX, |rules| rules.bikes_min);
                let known = station.low_batteries();
                *low >= least
                    && (*low, *flat) == (known.0, known.1.min(*low))
                    && fresh
                    && station.is_open_at_all()
            }
            (OrderCause::LockedIn { bikes }, Task::Repair, _) => {
                *bikes > 0 && *bikes == station.locked_in && station.docks_broken == 0
            }
            // By the chance of so many rentals at a station that is well, if the rates were exact: with others it is higher.
            (OrderCause::NoRentals { bikes, since, expected_centi, one_in }, Task::Inspect, Some(stands)) => {
                let rules = self.options.silence;
                let rare = *one_in as f64 >= rules.rentals_per_false_alarm
                    && f64::from(*expected_centi) / 100.0 + 0.01 >= (*one_in as f64).ln();
                let lends = station.is_renting() && *since < at && fresh;
                rules.inspect && rare && lends && stands.bikes == *bikes && *bikes > 0
            }
            (
                OrderCause::Expected { bikes, .. } | OrderCause::Elsewhere { bikes },
                Task::Deliver | Task::Collect,
                Some(stands),
            ) => {
                let open = match new.task {
                    Task::Deliver => station.is_open_both_ways(),
                    _ => station.is_open_at_all(),
                };
                stands.bikes == *bikes
                    && fresh
                    && open
                    && !self.open_at(&new.station).any(|(_, order)| order.task.moves_bikes())
            }
            (OrderCause::Supply(order), Task::Collect, Some(_)) => {
                let brought = self.open_at(&new.station).any(|(_, order)| order.task == Task::Deliver);
                fresh && !brought && self.order(order)?.phase == OrderPhase::Proposed
            }
            _ => false,
        };
        orders(so, || format!("{new:?} rests on what is not so: {believed:?}, fresh: {fresh}"))?;
        self.may_move(&new.station, (new.task, new.bikes))
    }
}
