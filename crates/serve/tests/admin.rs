//! The operator's listener over real HTTP: closed without the token, apart from the public one, and its profiles are
//! what pprof reads.

mod common;

use axum::http::StatusCode;
use common::{corner, get, options, with_admin, with_server};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

#[tokio::test]
async fn without_the_token_nothing_is_shown() {
    with_admin(options(), async |_, admin| {
        let began = Instant::now();
        for path in ["/", "/metrics", "/debug/pprof/profile", "/debug/pprof/heap", "/no/such/path"] {
            let mut stranger = admin.clone();
            for token in [None, Some("0123456789abcdeg"), Some("")] {
                stranger.token = token.map(str::to_owned);
                let answer = stranger.send(get(path)).await;
                assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{path} with {token:?}");
                assert_eq!(answer.headers()["www-authenticate"], "Bearer realm=\"paceline admin\"");
                assert_eq!(answer.json::<Value>().await.expect("JSON")["code"], "E0602");
            }
        }
        assert!(began.elapsed() >= Duration::from_millis(2_500), "five guesses, half a second each");
        let began = Instant::now();
        let shown = admin.must(get("/")).await;
        assert!(began.elapsed() < Duration::from_millis(400), "the right token does not wait");
        assert!(shown.as_str().is_some_and(|index| index.contains("/debug/pprof/heap")), "{shown}");
        let figures = admin.must(get("/metrics")).await;
        assert!(figures.as_str().is_some_and(|text| text.contains("paceline_open_orders")), "{figures}");
    })
    .await;
}

#[tokio::test]
async fn the_public_listener_shows_nothing_of_it() {
    with_server(options(), async |api| {
        for path in ["/debug/pprof/profile", "/debug/pprof/heap", "/debug/tasks"] {
            assert_eq!(api.say(get(path)).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    })
    .await;
}

#[cfg(not(feature = "profiles"))]
#[tokio::test]
async fn a_server_built_without_profiles_says_so() {
    with_admin(options(), async |_, admin| {
        let said = admin.say(get("/debug/pprof/heap")).await;
        let expected = "501 E0603 This server was built without the feature `profiles`.";
        assert_eq!(said.to_string(), expected);
    })
    .await;
}

#[tokio::test]
async fn a_profile_of_no_time_is_refused() {
    with_admin(options(), async |_, admin| {
        let said = admin.say(get("/debug/pprof/profile?seconds=0")).await;
        assert_eq!(said.to_string(), "422 E0101 seconds is 0: must lie within 1 and 60");
    })
    .await;
}

/// All tasks as text has them: component, then its tasks in order of name.
fn names(tree: &Value) -> Vec<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut names = Vec::new();
    for component in list(&tree["components"]) {
        for owner in list(&component["owners"]) {
            for task in list(&owner["tasks"]) {
                names.push(format!(
                    "{}/{}",
                    component["name"].as_str().unwrap_or("?"),
                    task["name"].as_str().unwrap_or("?")
                ));
            }
        }
    }
    names.sort();
    names
}

#[tokio::test]
async fn every_task_is_shown_by_component_and_owner_with_line_and_await_point() {
    with_admin(options(), async |_, admin| {
        let tree = admin.must(get("/debug/tasks")).await;
        let shown = names(&tree);
        for part in
            ["serve/admin", "serve/http", "serve/journal", "serve/region", "serve/sched", "serve/solver"]
        {
            assert!(shown.iter().any(|name| name == part), "{part} is not among {shown:?}");
        }
        assert_eq!(tree["shown"], shown.len());
        let text = admin.must(get("/debug/tasks?format=text&state=idle")).await;
        let text = text.as_str().expect("text");
        let sched = text.lines().find(|line| line.contains(" sched ")).expect("it waits for the next second");
        assert!(sched.contains("at \"next second\" (crates/serve/src/admin/sched.rs:"), "{sched}");
        assert!(sched.contains("spawned at crates/serve/src/server.rs:"), "{sched}");
        let few = admin.must(get("/debug/tasks?limit=2&component=serve")).await;
        assert_eq!((names(&few).len(), few["shown"].as_u64()), (2, Some(2)));
        assert_eq!(names(&admin.must(get("/debug/tasks?component=nobody")).await), [""; 0]);
        let wrong = admin.say(get("/debug/tasks?color=red")).await;
        assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    })
    .await;
}

#[tokio::test]
async fn folded_tasks_are_stacks_with_counts() {
    with_admin(options(), async |_, admin| {
        let folded = admin.must(get("/debug/tasks?format=folded")).await;
        let folded = folded.as_str().expect("text");
        for line in folded.lines() {
            let (stack, count) = line.rsplit_once(' ').expect("a stack and a count");
            assert_eq!(stack.split(';').count(), 5, "{line}");
            assert!(count.parse::<u64>().is_ok_and(|count| count > 0), "{line}");
        }
        assert!(folded.contains("serve;serve;sched;idle;next second 1\n"), "{folded}");
    })
    .await;
}

#[tokio::test]
async fn the_last_second_shows_tasks_spawns_queues_and_polls() {
    with_admin(options(), async |_, admin| {
        let mut sched = Value::Null;
        for _ in 0..200 {
            sched = admin.must(get("/debug/sched")).await;
            if sched["tasks"].as_u64().is_some_and(|tasks| tasks >= 6) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let count = |name: &str| sched[name].as_u64().expect(name);
        assert_eq!(count("tasks"), count("active") + count("idle") + count("blocked"), "{sched}");
        let queues = sched["queues"].as_array().expect("a list").clone();
        let queues: Vec<_> =
            queues.iter().map(|queue| (queue["name"].clone(), queue["most"].clone())).collect();
        assert_eq!(
            queues,
            [(json!("asks"), json!(4_096)), (json!("writes"), json!(8_192)), (json!("rounds"), json!(1))]
        );
        assert!(
            sched["components"].as_array().is_some_and(|all| all.iter().any(|row| row["name"] == "serve"))
        );
    })
    .await;
}

#[tokio::test]
async fn the_flight_recorder_is_a_trace_whose_slices_nest() {
    with_admin(options(), async |_, admin| {
        let trace = admin.must(get("/debug/trace")).await;
        let events = trace["traceEvents"].as_array().expect("a list");
        let mut open: BTreeMap<u64, Vec<&str>> = BTreeMap::new();
        let mut before = 0.0;
        let named = |what: &str| events.iter().filter(|event| event["name"] == what).count();
        assert!(named("process_name") > 0 && named("thread_name") > 0);
        for event in events.iter().filter(|event| event["ph"] != "M") {
            let (at, task) = (event["ts"].as_f64().expect("µs"), event["tid"].as_u64().expect("a task"));
            assert!(at >= before, "in order of time: {event}");
            before = at;
            let name = event["name"].as_str().expect("a name");
            let stack = open.entry(task).or_default();
            match event["ph"].as_str() {
                Some("B") => stack.push(name),
                Some("E") => assert_eq!(stack.pop(), Some(name), "{event}"),
                Some("i") => assert!(!stack.is_empty(), "{event}"),
                other => panic!("{other:?} in {event}"),
            }
            assert!(stack.len() <= 2, "a poll lies in its task: {event}");
        }
        let region = events.iter().find(|event| event["name"] == "region" && event["ph"] == "B");
        let location = region.expect("the region was spawned")["args"]["location"].clone();
        assert!(
            location
                .as_str()
                .is_some_and(|location| location.starts_with("crates/serve/src/region/setup.rs:")),
            "{location}"
        );
    })
    .await;
}

#[tokio::test]
async fn metrics_of_tasks_have_few_labels_and_begin_at_zero() {
    with_admin(options(), async |api, admin| {
        let figures = admin.must(get("/metrics")).await;
        let figures = figures.as_str().expect("text").to_owned();
        assert!(figures.contains("paceline_tasks{component=\"serve\",state=\"idle\"} "), "{figures}");
        for zero in [
            "paceline_tasks{component=\"serve\",state=\"blocked\"} 0\n",
            "paceline_task_leaks_total{component=\"serve\"} 0\n",
            "paceline_tasks_failed_total{component=\"serve\"} 0\n",
            "paceline_http_responses_total{class=\"5xx\"} 0\n",
        ] {
            assert!(figures.contains(zero), "{zero} in {figures}");
        }
        let series = |text: &str| text.lines().filter(|line| line.starts_with("paceline_task")).count();
        for at in 0..20 {
            api.vehicle(&format!("v{at}"), corner(at % 8, 0)).await;
        }
        let later = admin.must(get("/metrics")).await;
        let later = later.as_str().expect("text");
        assert_eq!(series(&figures), series(later), "vehicles add no series");
        assert!(later.contains("paceline_http_responses_total{class=\"2xx\"} 20\n"), "{later}");
    })
    .await;
}
