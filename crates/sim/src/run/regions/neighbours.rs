//! Before each round the regions tell each other what they need and what they can spare, early enough that a vehicle which one hands over
//! is with the other when that decides.

use super::part::Part;
use crate::scenario::Scenario;
use paceline_engine::{Outlook, OutlookSize, Relief, ReliefRules, relieve};
use paceline_model::{Instant, Millis, OrderId};
use paceline_road::{Roads, Search};
use std::collections::BTreeMap;

/// What regions know of each other.
pub(super) struct Neighbours {
    gain_min: Millis,
    /// How long a word takes, and a hand-over.
    delay: Millis,
    every: Millis,
    next: Instant,
    search: Search,
    /// Orders for which a vehicle is under way between regions, and until when nobody else sends one.
    relieved: BTreeMap<OrderId, Instant>,
    /// What was said last: as long as nobody says anything else, there is nothing to add.
    said: Vec<Outlook>,
}

impl Neighbours {
    /// `None` where each keeps its vehicles to itself. A word and a hand-over each take `regions.delay`.
    pub(super) fn of(scenario: &Scenario, roads: &Roads, start: Instant) -> Option<Self> {
        let (regions, every) = (&scenario.regions, scenario.engine.tick);
        let ahead = Millis(regions.delay.0.saturating_mul(2).min(every.0));
        regions.relief.then(|| Self {
            gain_min: regions.relief_gain_min,
            delay: regions.delay,
            every,
            next: Instant((start + every).0 - u64::from(ahead.0)),
            search: Search::new(roads),
            relieved: BTreeMap::new(),
            said: Vec::new(),
        })
    }

    pub(super) fn next_at(&self) -> Instant {
        self.next
    }

    /// Who hands over what, if it is time to look.
    pub(super) fn look(&mut self, now: Instant, parts: &[Part]) -> Vec<Relief> {
        if now < self.next {
            return Vec::new();
        }
        self.next = now + self.every;
        self.relieved.retain(|_, until| *until > now);
        let Some(fleet) = parts.first().map(|part| part.drive.region.ledger()) else {
            return Vec::new();
        };
        let outlooks: Vec<Outlook> = parts.iter().map(|part| self.outlook(part)).collect();
        if outlooks == self.said {
            return Vec::new();
        }
        let rules = ReliefRules {
            gain_min: self.gain_min,
            pickup_time_max: fleet.options().policies_at(now).pickup_time_max(),
            snap_m_max: fleet.options().snap_m_max,
            // Word, hand-over and the order to set out.
            at: now + self.delay + self.delay,
        };
        let reliefs = relieve(&outlooks, rules, fleet.roads(), &mut self.search);
        let until = now + self.delay + self.delay + self.every;
        self.said = outlooks;
        self.relieved.extend(reliefs.iter().map(|relief| (relief.order.clone(), until)));
        reliefs
    }

    fn outlook(&self, part: &Part) -> Outlook {
        let mut outlook = part.drive.region.ledger().outlook(part.name.clone(), OutlookSize::ALL);
        outlook.needs.retain(|need| !self.relieved.contains_key(&need.order));
        outlook
    }
}
