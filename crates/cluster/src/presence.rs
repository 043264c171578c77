//! Which servers live: whose signs of life changed lately, by this server's own clock. A clock elsewhere that is wrong makes nobody lost.

use crate::options::ClusterOptions;
use crate::table::{Incarnation, Table};
use paceline_model::{Instant, ServerId};
use std::collections::BTreeMap;

/// When a server was last heard, and since when it has been.
#[derive(Clone, Copy, Debug)]
struct Heard {
    sign: (Incarnation, u64),
    at: Instant,
    since: Instant,
}

/// What this server has heard of all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Presence {
    heard: BTreeMap<ServerId, Heard>,
    now: Instant,
}

impl Presence {
    /// Takes in what a reading of the table says. A server that was never heard before counts as alive: whether it is shows in time.
    pub(crate) fn read(&mut self, now: Instant, table: &Table, options: &ClusterOptions) {
        let before = std::mem::replace(&mut self.now, now);
        // This server itself slept, or could not read: what others said meanwhile it cannot know.
        let slept = now.since(before) > options.lost_after;
        self.heard.retain(|name, _| table.servers.contains_key(name));
        for (name, row) in &table.servers {
            let sign = (row.incarnation, row.beat);
            let new = Heard { sign, at: now, since: now };
            let heard = self.heard.entry(name.clone()).or_insert(new);
            let lost = heard.is_lost(now, options) && !slept;
            if slept {
                heard.at = now;
            }
            if heard.sign != sign {
                // Who comes back begins anew.
                let since = if lost || heard.sign.0 != sign.0 { now } else { heard.since };
                *heard = Heard { since, ..new };
            }
        }
    }

    /// Whether a server was heard lately.
    pub(crate) fn is_alive(&self, name: &ServerId, options: &ClusterOptions) -> bool {
        self.heard.get(name).is_some_and(|heard| !heard.is_lost(self.now, options))
    }

    /// Whether it has been for long enough that regions may move to it.
    pub(crate) fn is_settled(&self, name: &ServerId, options: &ClusterOptions) -> bool {
        self.heard.get(name).is_some_and(|heard| self.now.since(heard.since) >= options.settle)
    }
}

impl Heard {
    fn is_lost(&self, now: Instant, options: &ClusterOptions) -> bool {
        now.since(self.at) >= options.lost_after
    }
}
