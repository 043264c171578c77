//! What a region knows to be on its way from another.

use paceline_engine::Outlook;
use paceline_model::{Instant, OrderId};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Orders for which a vehicle of another region is on its way, and until when nobody else is asked for one.
#[derive(Default)]
pub(crate) struct Awaited(Mutex<BTreeMap<OrderId, Instant>>);

impl Awaited {
    /// Takes what is awaited out of what is needed.
    pub(crate) fn leave_out(&self, outlook: &mut Outlook, now: Instant) {
        let mut awaited = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        awaited.retain(|_, until| *until > now);
        outlook.needs.retain(|need| !awaited.contains_key(&need.order));
    }
    pub(super) fn note(&self, order: OrderId, until: Instant) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(order, until);
    }
}
