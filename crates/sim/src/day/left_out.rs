//! Trips that are not played, and why: each row of a file is played or is here.

use paceline_model::{Invalid, OrderId, Refusal, Rule};
use serde::Serialize;
use std::collections::BTreeMap;

/// A trip that is not played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The line of the file that it stands in.
    pub line: u64,
    /// What the file calls it, or its order's name.
    pub trip: String,
    /// Which rule it breaks. Trips of one rule come together in the table.
    pub reason: Reason,
    /// What it has there.
    pub value: String,
}

/// Field and rule, as a refusal over HTTP says them; or a code of the engine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reason(pub String);

impl LeftOut {
    /// From a refusal of what the row holds.
    pub(super) fn of(line: u64, trip: &str, invalid: Invalid) -> Self {
        let reason = Reason(format!("{} {}", invalid.field, invalid.rule));
        Self { line, trip: trip.to_owned(), reason, value: invalid.value }
    }
    /// From the engine's refusal of its order.
    pub(crate) fn refused(line: u64, order: &OrderId, refusal: &Refusal) -> Self {
        let invalid = match refusal {
            Refusal::Invalid(invalid) => invalid.clone(),
            Refusal::OffTheMap { field, position, max_m } => {
                let rule = format!("must lie within {max_m} m of a road of this region");
                Invalid::new(field, position, Rule::Shape(rule))
            }
            Refusal::DuplicateOrder(id) => {
                Invalid::new("id", id, Rule::Shape("must be of no other order".into()))
            }
            other => Invalid::new("order", other, Rule::Shape("is not taken by the engine".into())),
        };
        Self::of(line, order.as_str(), invalid)
    }
}

/// How many trips are left out for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOutCount {
    /// Field and rule.
    pub reason: String,
    /// How many.
    pub trips: u64,
    /// The first line of the file where it is so.
    pub line: u64,
    /// What stands there.
    pub value: String,
}

/// The reasons, most frequent first, each with its first line.
pub fn counted(left_out: &[LeftOut]) -> Vec<LeftOutCount> {
    let mut by_reason: BTreeMap<&Reason, (u64, &LeftOut)> = BTreeMap::new();
    for one in left_out {
        let (count, first) = by_reason.entry(&one.reason).or_insert((0, one));
        *count += 1;
        if one.line < first.line {
            *first = one;
        }
    }
    let mut counts: Vec<LeftOutCount> = (by_reason.into_iter())
        .map(|(reason, (trips, first))| LeftOutCount {
            reason: reason.0.clone(),
            trips,
            line: first.line,
            value: first.value.clone(),
        })
        .collect();
    counts.sort_by(|one, other| other.trips.cmp(&one.trips).then_with(|| one.reason.cmp(&other.reason)));
    counts
}

/// The reasons in words.
pub(super) fn in_words(left_out: &[LeftOut]) -> String {
    let words = counted(left_out).into_iter().take(5);
    let words = words.map(|count| {
        format!("{} because {} (line {}: {})", count.trips, count.reason, count.line, count.value)
    });
    words.collect::<Vec<_>>().join("; ")
}
