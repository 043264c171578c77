//! How much of a device a request gets.

use crate::amount::{Amount, Amounts};
use crate::cluster::{Capacity, Device, Policy, QualifiedName};

/// What of a device a request for so much gets: `Some(None)`: all of it; `None`: it has less, or gives no such share.
///
/// Of a device that is not shared what is asked for is the least that it has to have. The names of a share are those of the driver.
pub(super) fn of(device: &Device, driver: &str, asked: &Amounts) -> Option<Option<Amounts>> {
    let named = asked.iter().map(|(name, amount)| (QualifiedName::read(name, driver), amount));
    let asked: Vec<_> = named.collect();
    let has = |(name, amount): &(QualifiedName, Amount)| {
        device.capacity.get(name).is_some_and(|capacity| *amount <= capacity.value)
    };
    if !asked.iter().all(has) {
        return None;
    }
    if !device.is_shared {
        return Some(None);
    }
    let mut share = Amounts::default();
    for (name, capacity) in &device.capacity {
        let own = asked.iter().find(|(asked, _)| asked == name).map(|(_, amount)| *amount);
        let amount = match own {
            Some(amount) => rounded(capacity, amount)?,
            None => capacity.default.unwrap_or(capacity.value),
        };
        if amount > capacity.value {
            return None;
        }
        share.set(&capacity.spelled, amount);
    }
    Some(Some(share))
}

/// The least share that has so much.
fn rounded(capacity: &Capacity, asked: Amount) -> Option<Amount> {
    match &capacity.policy {
        Policy::Any => Some(asked),
        Policy::Values(values) => values.iter().copied().find(|value| *value >= asked),
        Policy::Range { least, most, step } => {
            let amount = asked.stepped_up(*least, step.unwrap_or(Amount::ZERO));
            most.is_none_or(|most| amount <= most).then_some(amount)
        }
    }
}
