//! What `paceline top` shows: a dump as rows, sorted. No terminal here, so that it can be tested as text.

use super::dump::{Dump, Task, span};

/// Which rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum View {
    /// One row for each component.
    Components,
    /// One row for each entity that has tasks.
    Owners,
    /// One row for each task.
    Tasks,
    /// One row for each kind of wait: where tasks are, and how many.
    Waits,
}

impl View {
    /// The next one.
    pub(crate) fn next(self) -> Self {
        match self {
            Self::Components => Self::Owners,
            Self::Owners => Self::Tasks,
            Self::Tasks => Self::Waits,
            Self::Waits => Self::Components,
        }
    }
    /// Column heads. The first column that sorts is the one that is looked at most.
    pub(crate) fn heads(self) -> &'static [&'static str] {
        match self {
            Self::Components => &[
                "COMPONENT",
                "TASKS",
                "ACTIVE",
                "IDLE",
                "BLOCKED",
                "SPAWN/S",
                "END/S",
                "P99 µs",
                "LONG POLLS",
            ],
            Self::Owners => &["OWNER", "COMPONENT", "TASKS", "BLOCKED", "BUSY ms", "OLDEST"],
            Self::Tasks => &[
                "TASK",
                "COMPONENT",
                "OWNER",
                "STATE",
                "FOR",
                "AGE",
                "POLLS",
                "BUSY ms",
                "WAITS AT",
                "SPAWNED AT",
            ],
            Self::Waits => &["WAITS AT", "TASK", "COMPONENT", "TASKS", "LONGEST"],
        }
    }
    /// The column that it is sorted by until told otherwise.
    pub(crate) fn sorted_by(self) -> usize {
        match self {
            Self::Components => 1,
            Self::Owners => 2,
            Self::Tasks => 4,
            Self::Waits => 3,
        }
    }
}

/// One cell: as it is shown, and as it is sorted.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    /// Sorted by letter.
    Text(String),
    /// Sorted by size.
    Number(u64),
    /// Milliseconds, shown in a fitting unit.
    Span(u64),
}

impl std::fmt::Display for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => write!(f, "{number}"),
            Self::Span(ms) => f.write_str(&span(*ms)),
        }
    }
}

impl Cell {
    fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
    fn key(&self) -> (u64, &str) {
        match self {
            Self::Text(text) => (0, text),
            Self::Number(number) | Self::Span(number) => (*number, ""),
        }
    }
}

/// Rows of a view, largest first in the column that it is sorted by (text: A first), or the other way round.
pub(crate) fn rows(dump: &Dump, view: View, sorted_by: usize, reversed: bool) -> Vec<Vec<Cell>> {
    let mut rows = match view {
        View::Components => components(dump),
        View::Owners => owners(dump),
        View::Tasks => tasks(dump),
        View::Waits => waits(dump),
    };
    let column = sorted_by.min(view.heads().len() - 1);
    rows.sort_by(|a, b| {
        let order = match &a[column] {
            Cell::Text(_) => a[column].key().cmp(&b[column].key()),
            Cell::Number(_) | Cell::Span(_) => b[column].key().cmp(&a[column].key()),
        };
        let order = if reversed { order.reverse() } else { order };
        // Equal rows keep one order, so that a screen does not flicker.
        order.then_with(|| a[0].key().cmp(&b[0].key()))
    });
    rows
}

fn components(dump: &Dump) -> Vec<Vec<Cell>> {
    let row = |component: &super::dump::Component| {
        vec![
            Cell::text(&component.name),
            Cell::Number(component.active + component.idle + component.blocked),
            Cell::Number(component.active),
            Cell::Number(component.idle),
            Cell::Number(component.blocked),
            Cell::Number(component.spawned_per_s),
            Cell::Number(component.ended_per_s),
            Cell::Number(component.poll_p99_us.unwrap_or(0)),
            Cell::Number(component.blocked_polls),
        ]
    };
    dump.sched.components.iter().map(row).collect()
}

/// Each task with its component and the name of its owner.
fn each(dump: &Dump) -> impl Iterator<Item = (&str, String, &Task)> {
    let branches = dump.tasks.components.iter();
    let twigs =
        branches.flat_map(|branch| branch.owners.iter().map(move |twig| (branch.name.as_str(), twig)));
    twigs.flat_map(|(component, twig)| {
        let owner = twig.owner.as_ref().map_or_else(String::new, |owner| format!("{} {owner}", twig.scope));
        twig.tasks.iter().map(move |task| (component, owner.clone(), task))
    })
}

fn owners(dump: &Dump) -> Vec<Vec<Cell>> {
    let mut found: std::collections::BTreeMap<(String, &str), [u64; 4]> = std::collections::BTreeMap::new();
    for (component, owner, task) in each(dump) {
        let owner = if owner.is_empty() { format!("({component})") } else { owner };
        let [tasks, blocked, busy_ms, oldest_ms] = found.entry((owner, component)).or_default();
        *tasks += 1;
        *blocked += u64::from(task.state == "blocked");
        *busy_ms += task.busy_ms;
        *oldest_ms = (*oldest_ms).max(task.age_ms);
    }
    let row = |((owner, component), [tasks, blocked, busy_ms, oldest_ms]): ((String, &str), [u64; 4])| {
        let numbers =
            [Cell::Number(tasks), Cell::Number(blocked), Cell::Number(busy_ms), Cell::Span(oldest_ms)];
        [Cell::Text(owner), Cell::text(component)].into_iter().chain(numbers).collect()
    };
    found.into_iter().map(row).collect()
}

fn tasks(dump: &Dump) -> Vec<Vec<Cell>> {
    let row =
        |(component, owner, task): (&str, String, &Task)| {
            vec![
                Cell::text(&task.name),
                Cell::text(component),
                Cell::Text(owner),
                Cell::text(if task.stuck { "stuck" } else { &task.state }),
                Cell::Span(task.at.as_ref().map_or(task.state_for_ms, |at| at.for_ms)),
                Cell::Span(task.age_ms),
                Cell::Number(task.polls),
                Cell::Number(task.busy_ms),
                Cell::Text(task.at.as_ref().map_or_else(String::new, |at| {
                    format!("{} ({})", at.name, short(&at.location.to_string()))
                })),
                Cell::Text(short(&task.location.to_string()).to_owned()),
            ]
        };
    each(dump).map(row).collect()
}

fn waits(dump: &Dump) -> Vec<Vec<Cell>> {
    let mut found: std::collections::BTreeMap<(String, &str, &str), (u64, u64)> =
        std::collections::BTreeMap::new();
    for (component, _, task) in each(dump) {
        let (at, ms) = match &task.at {
            Some(at) => (format!("{} ({})", at.name, short(&at.location.to_string())), at.for_ms),
            None => (format!("({})", task.state), task.state_for_ms),
        };
        let (count, longest_ms) = found.entry((at, &task.name, component)).or_default();
        *count += 1;
        *longest_ms = (*longest_ms).max(ms);
    }
    let row = |((at, task, component), (count, longest_ms)): ((String, &str, &str), (u64, u64))| {
        vec![
            Cell::Text(at),
            Cell::text(task),
            Cell::text(component),
            Cell::Number(count),
            Cell::Span(longest_ms),
        ]
    };
    found.into_iter().map(row).collect()
}

/// A path without the folders that all paths begin with.
fn short(path: &str) -> &str {
    path.split_once("crates/").map_or(path, |(_, rest)| rest)
}

/// The lines above the table.
pub(crate) fn summary(dump: &Dump) -> [String; 2] {
    let sched = &dump.sched;
    let load_shedder = dump.load_shedder.as_ref();
    let expected = load_shedder
        .and_then(|load_shedder| load_shedder.expected)
        .map_or_else(|| "?".into(), |expected| format!("{expected:.0}"));
    let state = load_shedder.map_or("none", |load_shedder| load_shedder.state.as_str());
    let queues: Vec<String> =
        sched.queues.iter().map(|queue| format!("{} {}/{}", queue.name, queue.waiting, queue.most)).collect();
    let stuck: u64 = dump.leaks.iter().map(|leak| leak.count).sum();
    let stuck = if stuck == 0 { String::new() } else { format!("   {stuck} STUCK") };
    [
        format!(
            "{} tasks (expected {expected}): {} active, {} idle, {} blocked   load shedder {state}   {} broken contracts{stuck}",
            sched.tasks,
            sched.active,
            sched.idle,
            sched.blocked,
            dump.reports.iter().filter(|report| report.breach != "blocked_poll").count(),
        ),
        format!(
            "{} spawns/s, {} ends/s   polls p99 {} µs, {} too long   queues: {}",
            sched.spawned_per_s,
            sched.ended_per_s,
            sched.poll_p99_us.unwrap_or(0),
            sched.blocked_polls,
            queues.join(", "),
        ),
    ]
}

/// All of it as text, for `--once`.
pub(crate) fn text(dump: &Dump, view: View, sorted_by: usize, reversed: bool) -> String {
    let heads: Vec<String> = view.heads().iter().map(|head| (*head).to_owned()).collect();
    let rows = rows(dump, view, sorted_by, reversed);
    let cells: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(ToString::to_string).collect()).collect();
    let widths = widths(&heads, &cells);
    let mut lines: Vec<String> = summary(dump).into();
    lines.push(String::new());
    for row in std::iter::once(&heads).chain(&cells) {
        let padded: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        lines.push(padded.join("  ").trim_end().to_owned());
    }
    lines.join("\n") + "\n"
}

/// How wide each column must be, in characters.
pub(crate) fn widths(heads: &[String], rows: &[Vec<String>]) -> Vec<usize> {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).chain(heads.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    (0..heads.len()).map(width).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::{Value, json};

    fn dump() -> Dump {
        let task = |id: u64, name: &str, state: &str, ms: u64| {
            json!({
                "id": id, "name": name, "state": state, "age_ms": 90_000, "state_for_ms": ms, "polls": id, "busy_ms": id * 10,
                "location": { "file": "/x/crates/serve/src/fleet.rs", "line": 41 },
                "at": { "name": "recv", "location": { "file": "crates/serve/src/link.rs", "line": 9 }, "for_ms": ms },
            })
        };
        let mut active = task(3, "region", "active", 1);
        active["at"] = Value::Null;
        let owners = json!([
            { "scope": "vehicle", "owner": "7", "tasks": [task(1, "link", "idle", 40), task(2, "telemetry", "blocked", 61_000)] },
            { "scope": "fleet", "owner": null, "tasks": [active] },
        ]);
        let components = json!([
            { "name": "fleet", "active": 1, "idle": 1, "blocked": 1, "spawned_per_s": 4 },
            { "name": "http", "idle": 9, "ended_per_s": 2, "poll_p99_us": 65 },
        ]);
        let value = json!({
            "sched": { "tasks": 12, "active": 1, "idle": 10, "blocked": 1, "components": components, "queues": [{ "name": "asks", "waiting": 3, "most": 4096 }] },
            "load_shedder": { "state": "admitting", "expected": 12.0 },
            "tasks": { "live": 12, "components": [{ "name": "fleet", "owners": owners }] },
        });
        serde_json::from_value(value).expect("a dump")
    }
    fn check(view: View, expected: Expect) {
        expected.assert_eq(&text(&dump(), view, view.sorted_by(), false));
    }

    #[test]
    fn components_come_with_the_largest_first() {
        check(
            View::Components,
            expect![[r#"
            12 tasks (expected 12): 1 active, 10 idle, 1 blocked   load shedder admitting   0 broken contracts
            0 spawns/s, 0 ends/s   polls p99 0 µs, 0 too long   queues: asks 3/4096

            COMPONENT  TASKS  ACTIVE  IDLE  BLOCKED  SPAWN/S  END/S  P99 µs  LONG POLLS
            http       9      0       9     0        0        2      65      0
            fleet      3      1       1     1        4        0      0       0
        "#]],
        );
    }
    #[test]
    fn owners_come_with_their_tasks_counted() {
        check(
            View::Owners,
            expect![[r#"
            12 tasks (expected 12): 1 active, 10 idle, 1 blocked   load shedder admitting   0 broken contracts
            0 spawns/s, 0 ends/s   polls p99 0 µs, 0 too long   queues: asks 3/4096

            OWNER      COMPONENT  TASKS  BLOCKED  BUSY ms  OLDEST
            vehicle 7  fleet      2      1        30       90 s
            (fleet)    fleet      1      0        30       90 s
        "#]],
        );
    }
    #[test]
    fn tasks_come_with_the_longest_wait_first() {
        check(
            View::Tasks,
            expect![[r#"
            12 tasks (expected 12): 1 active, 10 idle, 1 blocked   load shedder admitting   0 broken contracts
            0 spawns/s, 0 ends/s   polls p99 0 µs, 0 too long   queues: asks 3/4096

            TASK       COMPONENT  OWNER      STATE    FOR    AGE   POLLS  BUSY ms  WAITS AT                    SPAWNED AT
            telemetry  fleet      vehicle 7  blocked  61 s   90 s  2      20       recv (serve/src/link.rs:9)  serve/src/fleet.rs:41
            link       fleet      vehicle 7  idle     40 ms  90 s  1      10       recv (serve/src/link.rs:9)  serve/src/fleet.rs:41
            region     fleet                 active   1 ms   90 s  3      30                                   serve/src/fleet.rs:41
        "#]],
        );
    }
    #[test]
    fn waits_are_counted_by_place() {
        check(
            View::Waits,
            expect![[r#"
            12 tasks (expected 12): 1 active, 10 idle, 1 blocked   load shedder admitting   0 broken contracts
            0 spawns/s, 0 ends/s   polls p99 0 µs, 0 too long   queues: asks 3/4096

            WAITS AT                    TASK       COMPONENT  TASKS  LONGEST
            (active)                    region     fleet      1      1 ms
            recv (serve/src/link.rs:9)  link       fleet      1      40 ms
            recv (serve/src/link.rs:9)  telemetry  fleet      1      61 s
        "#]],
        );
    }
    #[test]
    fn any_column_sorts_both_ways() {
        for view in [View::Components, View::Owners, View::Tasks, View::Waits] {
            for column in 0..view.heads().len() {
                let shown = rows(&dump(), view, column, false);
                let mut back = rows(&dump(), view, column, true);
                back.reverse();
                let column_of =
                    |rows: &[Vec<Cell>]| rows.iter().map(|row| row[column].clone()).collect::<Vec<_>>();
                assert_eq!(column_of(&shown), column_of(&back), "{view:?} by column {column}");
                assert!(shown.iter().all(|row| row.len() == view.heads().len()));
            }
        }
    }
}
