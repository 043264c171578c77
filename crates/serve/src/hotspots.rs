//! Where tasks and time pile up, by three rules of thumb: a component that spawns more than 500 tasks a second, a task that
//! waits more than 200 µs for its first poll, a child that takes more than 80 % of its parent's span.
//!
//! Fed by whoever sees spans begin and end; time arrives as an argument. One row for each kind, component and name, and
//! a bounded number of rows.

#![cfg_attr(
    not(feature = "otlp"),
    allow(dead_code, reason = "only spans know of children and their parents")
)]

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Spawns of one component in one second.
const SPAWNS_MAX: u32 = 500;
/// From spawn to first poll.
const START_MAX: Duration = Duration::from_micros(200);
/// A child's share of its parent's time.
const SHARE_MAX_PERCENT: u64 = 80;
/// Parents shorter than this are noise: any child is most of them.
const PARENT_MIN: Duration = Duration::from_millis(1);
/// Rows kept; what comes after is counted in the metric only.
const ROWS_MAX: usize = 256;
/// Components told apart; more than a program has.
const COMPONENTS_MAX: usize = 32;
/// Parents whose children are remembered until they end.
const PARENTS_MAX: usize = 10_000;

/// Which rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, EncodeLabelValue)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// Spawns a second.
    Spawns,
    /// Microseconds from spawn to first poll.
    StartLatency,
    /// Percent of the parent's time.
    Child,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Label {
    kind: Kind,
    component: String,
}

/// One place where a rule was broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Hotspot {
    kind: Kind,
    component: String,
    /// The task or, for a child, `child in parent`.
    name: String,
    /// How often.
    count: u64,
    /// The largest value seen: spawns a second, µs, or percent.
    worst: u64,
    /// The rule's bound, in the same unit.
    limit: u64,
}

/// All of them since the start.
#[derive(Default)]
pub(crate) struct Hotspots {
    found: Mutex<Found>,
    counts: Family<Label, Counter>,
}

#[derive(Default)]
struct Found {
    rows: BTreeMap<(Kind, String, String), (u64, u64)>,
    /// Whether spans feed this.
    spans: bool,
    /// The second under way, and the spawns in it by component.
    second: u64,
    spawns: BTreeMap<String, u32>,
    /// The components seen, so that the metric's labels stay few.
    components: BTreeSet<String>,
    /// The longest child of each parent that is still open, and the parents in order of arrival.
    children: BTreeMap<u64, (String, Duration)>,
    arrived: VecDeque<u64>,
}

/// A rule that was broken just now.
struct Broken<'a> {
    kind: Kind,
    component: &'a str,
    name: String,
    /// In the rule's unit.
    value: u64,
    /// 0: the same time as before, only worse.
    times: u64,
}

impl Hotspots {
    fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The counter that a registry shows, with the server's own component from the start.
    pub(crate) fn counts(&self) -> Family<Label, Counter> {
        for kind in [Kind::Spawns, Kind::StartLatency, Kind::Child] {
            _ = self.counts.get_or_create(&Label { kind, component: "serve".to_owned() });
        }
        self.counts.clone()
    }

    /// A task of this component was spawned, `at` since the start.
    pub(crate) fn spawned(&self, component: &str, at: Duration) {
        let mut found = self.found();
        if found.second != at.as_secs() {
            found.second = at.as_secs();
            found.spawns.clear();
        }
        let component = found.component(component);
        let spawns = found.spawns.entry(component.clone()).or_insert(0);
        *spawns += 1;
        let spawns = *spawns;
        if spawns > SPAWNS_MAX {
            // Later in the same second only its size grows.
            let times = u64::from(spawns == SPAWNS_MAX + 1);
            let (component, name) = (component.as_str(), String::new());
            self.note(
                &mut found,
                Broken { kind: Kind::Spawns, component, name, value: spawns.into(), times },
            );
        }
    }

    /// What a look at the registry saw of a component's last second, for as long as no spans tell it more exactly. The
    /// latency is the upper end of a range whose lower end is half of it.
    pub(crate) fn second(&self, component: &str, spawns: u64, start_p99: Option<Duration>) {
        let mut found = self.found();
        if found.spans {
            return;
        }
        if spawns > SPAWNS_MAX.into() {
            let (kind, name) = (Kind::Spawns, String::new());
            self.note(&mut found, Broken { kind, component, name, value: spawns, times: 1 });
        }
        if let Some(latency) = start_p99.map(|latency| latency / 2).filter(|latency| *latency > START_MAX) {
            let (kind, name, value) = (Kind::StartLatency, String::new(), latency.as_micros() as u64);
            self.note(&mut found, Broken { kind, component, name, value, times: 1 });
        }
    }

    /// From now on spans say what is spawned and how long it waits.
    pub(crate) fn spans_tell(&self) {
        self.found().spans = true;
    }

    /// A task was polled for the first time.
    pub(crate) fn started(&self, component: &str, name: &str, latency: Duration) {
        if latency > START_MAX {
            let (kind, value) = (Kind::StartLatency, latency.as_micros() as u64);
            self.note(&mut self.found(), Broken { kind, component, name: name.into(), value, times: 1 });
        }
    }

    /// A span ended. `parent` is its parent's number, `own` its own.
    pub(crate) fn ended(&self, component: &str, name: &str, took: Duration, own: u64, parent: Option<u64>) {
        let mut found = self.found();
        if let Some((child, childs)) = found.children.remove(&own)
            && took >= PARENT_MIN
        {
            let percent = (childs.as_nanos() * 100 / took.as_nanos().max(1)) as u64;
            // A child may outlive its parent; then it is not part of it.
            if (SHARE_MAX_PERCENT + 1..=100).contains(&percent) {
                let (kind, name) = (Kind::Child, format!("{child} in {name}"));
                self.note(&mut found, Broken { kind, component, name, value: percent, times: 1 });
            }
        }
        if let Some(parent) = parent {
            found.child(parent, name, took);
        }
    }

    fn note(&self, found: &mut Found, broken: Broken<'_>) {
        let Broken { kind, component, name, value, times } = broken;
        let component = found.component(component);
        self.counts.get_or_create(&Label { kind, component: component.clone() }).inc_by(times);
        let full = found.rows.len() >= ROWS_MAX;
        let key = (kind, component, name);
        if full && !found.rows.contains_key(&key) {
            return;
        }
        let (count, worst) = found.rows.entry(key).or_insert((0, 0));
        *count += times;
        *worst = (*worst).max(value);
    }

    /// What was found, worst offence of each rule first.
    pub(crate) fn list(&self) -> Vec<Hotspot> {
        let found = self.found();
        let row = |(kind, component, name): &(Kind, String, String), (count, worst): &(u64, u64)| Hotspot {
            kind: *kind,
            component: component.clone(),
            name: name.clone(),
            count: *count,
            worst: *worst,
            limit: match kind {
                Kind::Spawns => SPAWNS_MAX.into(),
                Kind::StartLatency => START_MAX.as_micros() as u64,
                Kind::Child => SHARE_MAX_PERCENT,
            },
        };
        let mut rows: Vec<Hotspot> = found.rows.iter().map(|(key, counted)| row(key, counted)).collect();
        rows.sort_by(|a, b| (a.kind, b.worst, &a.name).cmp(&(b.kind, a.worst, &b.name)));
        rows
    }
}

impl Found {
    /// The component's name, or `other` when there are too many.
    fn component(&mut self, name: &str) -> String {
        if !self.components.contains(name) {
            if self.components.len() >= COMPONENTS_MAX {
                return "other".to_owned();
            }
            self.components.insert(name.to_owned());
        }
        name.to_owned()
    }

    fn child(&mut self, parent: u64, name: &str, took: Duration) {
        if !self.children.contains_key(&parent) {
            // Parents that never end would fill the map: the oldest give way.
            while self.arrived.len() >= PARENTS_MAX {
                let oldest = self.arrived.pop_front().unwrap_or_default();
                self.children.remove(&oldest);
            }
            self.arrived.push_back(parent);
        }
        let longest = self.children.entry(parent).or_insert_with(|| (name.to_owned(), took));
        if took > longest.1 {
            *longest = (name.to_owned(), took);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(feed: impl FnOnce(&Hotspots), expected: Expect) {
        let hotspots = Hotspots::default();
        feed(&hotspots);
        let line = |hotspot: Hotspot| {
            let Hotspot { kind, component, name, count, worst, limit } = hotspot;
            format!("{kind:?} {component} [{name}] {count} times, worst {worst}, limit {limit}\n")
        };
        expected.assert_eq(&hotspots.list().into_iter().map(line).collect::<String>());
    }
    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn more_than_500_spawns_in_one_second_are_a_hotspot_once_for_each_second() {
        let spawns = |seconds: std::ops::Range<u64>, each: u32| {
            move |hotspots: &Hotspots| {
                for second in seconds {
                    (0..each)
                        .for_each(|at| hotspots.spawned("http", ms(second * 1_000 + u64::from(at) % 1_000)));
                }
            }
        };
        check(spawns(0..3, 500), expect![""]);
        check(
            spawns(0..3, 612),
            expect![[r#"
            Spawns http [] 3 times, worst 612, limit 500
        "#]],
        );
    }

    #[test]
    fn a_look_at_the_registry_counts_until_spans_do() {
        check(
            |hotspots| {
                hotspots.second("http", 500, Some(Duration::from_micros(262)));
                hotspots.second("http", 501, Some(Duration::from_micros(524)));
                hotspots.spans_tell();
                hotspots.second("http", 9_000, None);
            },
            expect![[r#"
                Spawns http [] 1 times, worst 501, limit 500
                StartLatency http [] 1 times, worst 262, limit 200
            "#]],
        );
    }

    #[test]
    fn a_start_later_than_200_us_is_a_hotspot() {
        check(
            |hotspots| {
                hotspots.started("fleet", "telemetry", Duration::from_micros(200));
                hotspots.started("fleet", "telemetry", Duration::from_micros(201));
                hotspots.started("fleet", "telemetry", ms(3));
            },
            expect![[r#"
                StartLatency fleet [telemetry] 2 times, worst 3000, limit 200
            "#]],
        );
    }

    #[test]
    fn a_child_above_four_fifths_of_its_parent_is_a_hotspot() {
        check(
            |hotspots| {
                hotspots.ended("journal", "commit", ms(85), 2, Some(1));
                hotspots.ended("stream", "publish", ms(1), 3, Some(1));
                hotspots.ended("order", "order", ms(100), 1, None);
                hotspots.ended("journal", "commit", ms(80), 5, Some(4));
                hotspots.ended("order", "order", ms(100), 4, None);
            },
            expect![[r#"
                Child order [commit in order] 1 times, worst 85, limit 80
            "#]],
        );
    }

    #[test]
    fn a_child_that_outlives_its_parent_and_a_parent_of_no_time_are_left_alone() {
        check(
            |hotspots| {
                hotspots.ended("journal", "commit", ms(200), 2, Some(1));
                hotspots.ended("order", "order", ms(100), 1, None);
                hotspots.ended("journal", "commit", Duration::from_micros(9), 4, Some(3));
                hotspots.ended("order", "order", Duration::from_micros(10), 3, None);
            },
            expect![""],
        );
    }

    #[test]
    fn parents_that_never_end_take_bounded_room() {
        let hotspots = Hotspots::default();
        for parent in 0..3 * PARENTS_MAX as u64 {
            hotspots.ended("a", "child", ms(1), u64::MAX, Some(parent));
        }
        assert!(hotspots.found().children.len() <= PARENTS_MAX);
        for name in 0..2 * ROWS_MAX {
            hotspots.started("a", &name.to_string(), ms(1));
        }
        assert_eq!(hotspots.list().len(), ROWS_MAX);
    }
}
