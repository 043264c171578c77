//! Says in words what is wrong with a server, and where to look. Judges a dump and nothing else, so that what was wrong
//! last night can be asked again today.

use super::dump::{Dump, Holder, Leak, LoadShedder, Queue, Report, Task, span};
use super::leaks;
use std::collections::BTreeMap;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grade {
    /// Something must be done; the exit code says so.
    Wrong,
    /// It was so, or may become so.
    Note,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// Whether it is wrong now, or only worth knowing.
    pub(crate) grade: Grade,
    /// What, in a sentence with its figures.
    pub(crate) what: String,
    /// Where to look next.
    pub(crate) look: String,
}

/// Above this share of the expected tasks the load shedder refuses new orders.
const TASKS_SHARE_MAX: f64 = 1.2;
/// A poll that runs longer holds a thread.
const POLL_MAX_US: u64 = 10_000;
/// A task that waits longer for its first poll waits for a thread. Twice the rule of thumb: the figure is the upper end
/// of a range whose lower end is half of it.
const START_MAX_US: u64 = 400;
/// A queue fuller than this is about to turn callers away.
const QUEUE_MAX_PERCENT: u64 = 80;
/// Findings of one kind that are told one by one.
const EACH_MAX: usize = 5;

/// Everything that is wrong, worst first; nothing is empty.
pub(crate) fn examine(dump: &Dump) -> Vec<Finding> {
    let mut found: Vec<Finding> = dump.leaks.iter().take(EACH_MAX).map(proved).collect();
    found.extend(broken(dump));
    found.extend(dump.load_shedder.as_ref().and_then(load_shedder));
    found.extend(blocked(dump));
    found.extend(polls(dump));
    found.extend(starts(dump));
    found.extend(dump.sched.queues.iter().filter_map(queue));
    found.extend(long_polls(dump));
    found.extend(hotspots(dump));
    found
}

/// Tasks that nobody can wake, and who holds what they wait for.
fn proved(leak: &Leak) -> Finding {
    let Holder { component, scope, owner: of, task } = &leak.task;
    let whose = owner(scope, of.as_deref());
    let many = if leak.count > 1 { format!(" and {} like it", leak.count - 1) } else { String::new() };
    let (name, at) = (&task.name, place(task));
    let what =
        format!("task {component}/{name}{whose}{many} can be woken by nobody; {at}; {}", leaks::held(leak));
    let holder = leaks::other_holder(leak).map_or(task, |holder| &holder.task);
    Finding { grade: Grade::Wrong, what, look: looks(holder) }
}

/// Broken contracts: told one by one, then by number.
fn broken(dump: &Dump) -> Vec<Finding> {
    let told = |report: &&Report| report.breach != "blocked_poll" && !leaks::is_told(dump, report);
    let told: Vec<&Report> = dump.reports.iter().rev().filter(told).collect();
    let mut found: Vec<Finding> = told.iter().take(EACH_MAX).map(|report| leak(report)).collect();
    if told.len() > EACH_MAX {
        let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
        for report in &told {
            let name = report.task.as_ref().map_or("(scope)", |task| task.name.as_str());
            *kinds.entry(format!("{}/{name}", report.component)).or_default() += 1;
        }
        let kinds: Vec<String> = kinds.iter().map(|(kind, count)| format!("{count} of {kind}")).collect();
        let what = format!("{} broken contracts in all: {}", told.len(), kinds.join(", "));
        found.push(Finding { grade: Grade::Wrong, what, look: "the `reports` of /debug/dump".into() });
    }
    found
}

fn leak(report: &Report) -> Finding {
    let whose = owner(&report.scope, report.owner.as_deref());
    let ago = span(report.ago_ms);
    let Some(task) = &report.task else {
        let what = format!(
            "{ago} ago: a scope of {}{whose} was dropped without close; {}",
            report.component, report.detail
        );
        return Finding {
            grade: Grade::Wrong,
            what,
            look: format!("{}, where the scope was opened", report.opened),
        };
    };
    let did = match report.breach.as_str() {
        "outlived" => "outlived its contract",
        "aborted" => "did not end when asked, and was aborted",
        "stayed" => "cannot be aborted, and stays",
        "stuck" => "could be woken by nobody",
        other => other,
    };
    let what = format!("{ago} ago: task {}/{}{whose} {did}; {}", report.component, task.name, place(task));
    Finding { grade: Grade::Wrong, what, look: looks(task) }
}

fn owner(scope: &str, owner: Option<&str>) -> String {
    owner.map_or_else(String::new, |owner| format!(" of {scope} {owner}"))
}

fn place(task: &Task) -> String {
    match &task.at {
        Some(at) => format!("it waited at \"{}\" for {}", at.name, span(at.for_ms)),
        None if task.state == "active" || task.blocking => format!("it ran for {}", span(task.state_for_ms)),
        None => format!("it waited at no named place for {}", span(task.state_for_ms)),
    }
}

fn looks(task: &Task) -> String {
    match &task.at {
        Some(at) => format!("{}, where it waits; {}, where it was spawned", at.location, task.location),
        None => format!("{}, where it was spawned", task.location),
    }
}

/// Tasks that are blocked at this moment.
fn blocked(dump: &Dump) -> Vec<Finding> {
    let branches = dump.tasks.components.iter();
    let all = branches.flat_map(|branch| branch.owners.iter().map(move |twig| (branch, twig)));
    let tasks = all.flat_map(|(branch, twig)| twig.tasks.iter().map(move |task| (branch, twig, task)));
    let blocked: Vec<_> = tasks.filter(|(_, _, task)| task.state == "blocked" && !task.stuck).collect();
    let each = blocked.iter().take(EACH_MAX).map(|(branch, twig, task)| {
        let whose = owner(&twig.scope, twig.owner.as_deref());
        let what = format!("task {}/{}{whose} is blocked; {}", branch.name, task.name, place(task));
        Finding { grade: Grade::Wrong, what, look: looks(task) }
    });
    let mut found: Vec<Finding> = each.collect();
    if blocked.len() > EACH_MAX {
        let what = format!("{} tasks are blocked in all", blocked.len());
        found.push(Finding { grade: Grade::Wrong, what, look: "/debug/tasks?state=blocked".into() });
    }
    found
}

/// Long polls of late, which are over.
fn long_polls(dump: &Dump) -> Vec<Finding> {
    let long = dump.reports.iter().rev().filter(|report| report.breach == "blocked_poll");
    let told = long.filter_map(|report| report.task.as_ref().map(|task| (report, task)));
    let each = told.take(EACH_MAX).map(|(report, task)| {
        let whose = owner(&report.scope, report.owner.as_deref());
        let ago = span(report.ago_ms);
        let what = format!(
            "{ago} ago: one poll of {}/{}{whose} ran too long and held a thread",
            report.component, task.name
        );
        Finding { grade: Grade::Note, what, look: looks(task) }
    });
    each.collect()
}

fn load_shedder(load_shedder: &LoadShedder) -> Option<Finding> {
    let share = load_shedder
        .expected
        .filter(|expected| *expected > 0.0)
        .map(|expected| load_shedder.tasks as f64 / expected);
    let tasks = match (load_shedder.expected, share) {
        (Some(expected), Some(share)) => {
            format!("{} tasks, {share:.2} times the expected {expected:.0}", load_shedder.tasks)
        }
        _ => format!("{} tasks, and nothing learnt yet to compare them with", load_shedder.tasks),
    };
    let look = "`paceline top`, sorted by tasks: which component grows?".to_owned();
    match load_shedder.state.as_str() {
        "shedding" => Some(Finding {
            grade: Grade::Wrong,
            what: format!("the load shedder refuses new orders: {tasks}"),
            look,
        }),
        "probing" => Some(Finding {
            grade: Grade::Wrong,
            what: format!("the load shedder probes, few orders are let in: {tasks}"),
            look,
        }),
        _ if share.is_some_and(|share| share > TASKS_SHARE_MAX) => Some(Finding {
            grade: Grade::Wrong,
            what: format!("more tasks than the fleet explains: {tasks}"),
            look,
        }),
        _ => None,
    }
}

fn polls(dump: &Dump) -> Option<Finding> {
    let p99 = dump.sched.poll_p99_us.filter(|p99| *p99 > POLL_MAX_US)?;
    let slow = dump.sched.components.iter().max_by_key(|component| component.poll_p99_us)?;
    let what = format!("polls are long: p99 is {p99} µs in the last second, worst in {}", slow.name);
    Some(Finding {
        grade: Grade::Wrong,
        what,
        look: "/debug/pprof/profile?seconds=10: what computes between two awaits".into(),
    })
}

fn starts(dump: &Dump) -> Option<Finding> {
    let p99 = dump.sched.start_p99_us.filter(|p99| *p99 > START_MAX_US)?;
    let what = format!("new tasks wait for a thread: p99 from spawn to first poll is {p99} µs");
    Some(Finding {
        grade: Grade::Note,
        what,
        look: "long polls above; or more threads than work needs them".into(),
    })
}

fn queue(queue: &Queue) -> Option<Finding> {
    let percent = queue.waiting * 100 / queue.most.max(1);
    let what = format!("the queue `{}` is {percent} % full: {} of {}", queue.name, queue.waiting, queue.most);
    (percent > QUEUE_MAX_PERCENT).then(|| Finding {
        grade: Grade::Wrong,
        what,
        look: "whoever should empty it: /debug/tasks?format=text".into(),
    })
}

fn hotspots(dump: &Dump) -> Vec<Finding> {
    let told = dump.hotspots.iter().filter(|hotspot| hotspot.kind == "spawns").take(EACH_MAX);
    let each = told.map(|hotspot| {
        let what = format!(
            "component {} spawned {} tasks in one second, {} times above {}",
            hotspot.component, hotspot.worst, hotspot.count, hotspot.limit
        );
        Finding {
            grade: Grade::Note,
            what,
            look: format!("/debug/tasks?component={}&format=folded", hotspot.component),
        }
    });
    each.collect()
}

/// What was found, for people.
pub(crate) fn text(dump: &Dump, found: &[Finding]) -> String {
    let wrong = found.iter().filter(|finding| finding.grade == Grade::Wrong).count();
    let verdict = match (wrong, found.len() - wrong) {
        (0, 0) => "nothing is wrong".to_owned(),
        (0, notes) => format!("nothing is wrong; {notes} worth knowing"),
        (wrong, 0) => format!("{wrong} wrong"),
        (wrong, notes) => format!("{wrong} wrong, {notes} worth knowing"),
    };
    let mut text =
        format!("paceline {} at {}: {} tasks; {verdict}\n", dump.version, dump.at, dump.tasks.live);
    for Finding { grade, what, look } in found {
        let word = match grade {
            Grade::Wrong => "WRONG",
            Grade::Note => "note",
        };
        text += &format!("\n{word}: {what}\n  look at {look}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::{Value, json};

    fn check(dump: Value, expected: Expect) {
        let mut dump: Dump = serde_json::from_value(dump).expect("a dump");
        dump.version = "0.1.0".into();
        dump.at = "2026-01-01T00:00:00Z".into();
        expected.assert_eq(&text(&dump, &examine(&dump)));
    }
    fn task(name: &str) -> Value {
        json!({
            "id": 7, "name": name, "state": "idle", "state_for_ms": 14_000, "age_ms": 15_000,
            "location": { "file": "crates/serve/src/fleet.rs", "line": 41 },
            "at": { "name": "recv order", "location": { "file": "crates/serve/src/fleet.rs", "line": 44 }, "for_ms": 14_000 },
        })
    }

    #[test]
    fn a_server_that_is_well_is_said_to_be() {
        check(
            json!({ "tasks": { "live": 12 } }),
            expect![[r#"
            paceline 0.1.0 at 2026-01-01T00:00:00Z: 12 tasks; nothing is wrong
        "#]],
        );
    }

    #[test]
    fn a_leak_is_told_with_owner_await_point_and_line() {
        let report = json!({ "breach": "outlived", "component": "fleet", "scope": "vehicle", "owner": "42", "ago_ms": 12_000, "task": task("telemetry") });
        check(
            json!({ "reports": [report] }),
            expect![[r#"
            paceline 0.1.0 at 2026-01-01T00:00:00Z: 0 tasks; 1 wrong

            WRONG: 12 s ago: task fleet/telemetry of vehicle 42 outlived its contract; it waited at "recv order" for 14 s
              look at crates/serve/src/fleet.rs:44, where it waits; crates/serve/src/fleet.rs:41, where it was spawned
        "#]],
        );
    }

    #[test]
    fn a_proved_leak_is_told_with_its_holder_and_once() {
        let of = |name: &str, id: u64| {
            let mut task = task(name);
            task["id"] = id.into();
            for (field, value) in [("component", "fleet"), ("scope", "vehicle"), ("owner", "42")] {
                task[field] = value.into();
            }
            task
        };
        let wait = json!({ "kind": "mutex", "name": "ledger", "holders": [of("bill", 8)], "holders_count": 1, "forgotten": 0 });
        let leak = json!({ "task": of("read-bill", 7), "count": 3, "waits": [wait] });
        let report = json!({ "breach": "stuck", "component": "fleet", "scope": "vehicle", "owner": "42", "task": task("read-bill") });
        check(
            json!({ "leaks": [leak], "reports": [report] }),
            expect![[r#"
            paceline 0.1.0 at 2026-01-01T00:00:00Z: 0 tasks; 1 wrong

            WRONG: task fleet/read-bill of vehicle 42 and 2 like it can be woken by nobody; it waited at "recv order" for 14 s; the mutex "ledger" is held by fleet/bill of vehicle 42
              look at crates/serve/src/fleet.rs:44, where it waits; crates/serve/src/fleet.rs:41, where it was spawned
        "#]],
        );
    }

    #[test]
    fn many_leaks_are_counted_by_kind() {
        let report = |name: &str| json!({ "breach": "stayed", "component": "fleet", "task": task(name) });
        let reports: Vec<Value> =
            (0..40).map(|at| report(if at % 4 == 0 { "link" } else { "telemetry" })).collect();
        let dump: Dump = serde_json::from_value(json!({ "reports": reports })).expect("a dump");
        let found = examine(&dump);
        assert_eq!(found.len(), EACH_MAX + 1);
        assert_eq!(
            found[EACH_MAX].what,
            "40 broken contracts in all: 10 of fleet/link, 30 of fleet/telemetry"
        );
    }

    #[test]
    fn what_is_slow_full_or_refusing_is_told_with_its_figures() {
        let sched = json!({
            "poll_p99_us": 33_554, "start_p99_us": 524,
            "components": [{ "name": "http", "poll_p99_us": 65 }, { "name": "console", "poll_p99_us": 33_554 }],
            "queues": [{ "name": "asks", "waiting": 4_000, "most": 4_096 }, { "name": "writes", "waiting": 1, "most": 8_192 }],
        });
        let load_shedder = json!({ "state": "shedding", "tasks": 1_500, "expected": 1_000.0 });
        check(
            json!({ "sched": sched, "load_shedder": load_shedder }),
            expect![[r#"
            paceline 0.1.0 at 2026-01-01T00:00:00Z: 0 tasks; 3 wrong, 1 worth knowing

            WRONG: the load shedder refuses new orders: 1500 tasks, 1.50 times the expected 1000
              look at `paceline top`, sorted by tasks: which component grows?

            WRONG: polls are long: p99 is 33554 µs in the last second, worst in console
              look at /debug/pprof/profile?seconds=10: what computes between two awaits

            note: new tasks wait for a thread: p99 from spawn to first poll is 524 µs
              look at long polls above; or more threads than work needs them

            WRONG: the queue `asks` is 97 % full: 4000 of 4096
              look at whoever should empty it: /debug/tasks?format=text
        "#]],
        );
    }

    #[test]
    fn a_task_that_is_blocked_now_is_wrong_and_a_long_poll_that_is_over_is_a_note() {
        let mut blocked = task("render");
        blocked["state"] = "blocked".into();
        blocked["at"] = Value::Null;
        let tasks = json!({ "live": 1, "components": [{ "name": "console", "owners": [{ "scope": "console", "tasks": [blocked] }] }] });
        let report = json!({ "breach": "blocked_poll", "component": "console", "ago_ms": 90_000, "task": task("render") });
        check(
            json!({ "tasks": tasks, "reports": [report] }),
            expect![[r#"
            paceline 0.1.0 at 2026-01-01T00:00:00Z: 1 tasks; 1 wrong, 1 worth knowing

            WRONG: task console/render is blocked; it waited at no named place for 14 s
              look at crates/serve/src/fleet.rs:41, where it was spawned

            note: 90 s ago: one poll of console/render ran too long and held a thread
              look at crates/serve/src/fleet.rs:44, where it waits; crates/serve/src/fleet.rs:41, where it was spawned
        "#]],
        );
    }
}
