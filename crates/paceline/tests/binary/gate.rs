//! `paceline gate` with the binary, beside small HTTP servers that stand for processes of releases.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use crate::common::Served;
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;

/// A process: what its metrics say at each look, from 0; `None`: it hangs up.
fn process(says: impl Fn(u64) -> Option<String> + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/metrics", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for (look, stream) in (0..).zip(listener.incoming()) {
            let mut stream = stream.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                if stream.read(&mut byte).unwrap_or(0) == 0 {
                    break;
                }
                head.push(byte[0]);
            }
            if let Some(body) = says(look) {
                let answer = format!(
                    "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
                _ = stream.write_all(answer.as_bytes());
            }
        }
    });
    url
}

/// Between two looks a thousand requests come, of which so many are errors.
fn serving(errors: u64) -> String {
    process(move |look| Some(counters(look * 1_000, look * errors)))
}

fn counters(requests: u64, errors: u64) -> String {
    format!(
        "# TYPE http_requests_total counter\nhttp_requests_total{{code=\"200\"}} {}\nhttp_requests_total{{code=\"503\"}} {errors}\n",
        requests - errors
    )
}

const COUNTED: [&str; 4] =
    ["--requests", "http_requests_total", "--errors", r#"http_requests_total{code=~"5.."}"#];

/// Its exit code, and the answer; with words on standard error where there is none.
fn gate(args: &[&str]) -> (i32, Value) {
    let quick = ["gate", "--json", "--every-ms", "100", "--seconds-max", "2"];
    let at_once: &[&str] = if args.contains(&"--seconds-min") { &[] } else { &["--seconds-min", "0"] };
    let mut command = Command::new(env!("CARGO_BIN_EXE_paceline"));
    let output = command.args(quick).args(at_once).args(args).output().unwrap();
    let answer = serde_json::from_slice(&output.stdout);
    (
        output.status.code().unwrap(),
        answer.unwrap_or_else(|_| String::from_utf8(output.stderr).unwrap().into()),
    )
}

fn check(args: &[&str], code: i32, why: &str) {
    let (ended, answer) = gate(args);
    let words = answer["why"].to_string();
    assert!(ended == code && words.contains(why), "{ended}: {answer}");
}

fn beside(new: &str, old: &str, code: i32, why: &str) {
    check(&[&["--new", new, "--old", old], &COUNTED[..]].concat(), code, why);
}

#[test]
fn a_release_passes_that_is_no_worse_than_the_old_one_and_fails_that_is() {
    beside(&serving(4), &serving(4), 0, "errors in");
    beside(&serving(0), &serving(0), 0, "whatever the old release has");
    beside(&serving(4), &serving(1), 3, "the new one has 2 times as many");
    beside(&serving(40), &serving(40), 3, "more than a share of 0.01");
}

#[test]
fn a_counter_that_starts_again_goes_on_and_each_process_of_a_release_counts() {
    let restarts = process(|look| Some(counters(look % 3 * 1_000, look % 3 * 50)));
    check(
        &[&["--new", &serving(0), "--new", &restarts], &COUNTED[..]].concat(),
        3,
        "more than a share of 0.01",
    );
}

#[test]
fn what_is_not_known_is_undecided_in_the_end_and_says_why() {
    let alone = |url: &str, why: &str| check(&[&["--new", url], &COUNTED[..]].concat(), 4, why);
    alone(&process(|_| None), "does not answer");
    alone(&process(|_| Some("<html>\n".into())), "line 1 has no metric name");
    alone(&process(|_| Some("other 1\n".into())), "there is no http_requests_total");
    alone(
        &process(|look| {
            Some(format!("{}http_requests_total{{code=\"500\"}} NaN\n", counters(look * 1_000, 0)))
        }),
        "NaN, which is no count",
    );
    alone(&process(|look| Some(counters(look, 0))), "requests, of 200 at least");
    alone(&process(|look| (look < 2).then(|| counters(look * 100, 0))), "does not answer");
    let no_errors_yet =
        || process(|look| Some(format!("http_requests_total{{code=\"200\"}} {}\n", look * 1_000)));
    alone(&no_errors_yet(), "there is no http_requests_total{code=~");
    check(
        &[&["--new", &no_errors_yet(), "--absent-errors-are-none"], &COUNTED[..]].concat(),
        0,
        "0 errors in",
    );
    beside(&serving(0), &process(|_| None), 4, "does not answer");
}

#[test]
fn one_leak_is_one_too_many_and_a_leak_metric_that_is_missing_is_not_nought() {
    let leaking = |from: u64| {
        process(move |look| {
            Some(format!("task_leaks_total{{component=\"http\"}} {}\n", u64::from(look >= from)))
        })
    };
    let leaks = |url: &str, code: i32, why: &str| {
        check(&["--new", url, "--leaks", "task_leaks_total", "--seconds-min", "1"], code, why)
    };
    leaks(&leaking(u64::MAX), 0, "nothing leaked");
    leaks(&leaking(5), 3, "1 leaks");
    leaks(&process(|_| Some("up 1\n".into())), 4, "there is no task_leaks_total");
}

#[test]
fn a_server_of_the_project_says_from_the_start_that_it_leaks_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let served = Served::start(dir.path(), &[]);
    let metrics = format!("{}/metrics", served.base);
    check(&["--new", &metrics, "--leaks", "paceline_task_leaks_total"], 0, "nothing leaked");
}

#[test]
fn what_makes_no_sense_is_refused_with_the_rule() {
    let said = |args: &[&str], code: i32, rule: &str| {
        let (ended, words) = gate(args);
        assert!(ended == code && words.to_string().contains(rule), "{ended}: {words}");
    };
    said(&["--new", "http://127.0.0.1:1/metrics"], 2, "required arguments");
    said(&["--new", "ftp://127.0.0.1/", "--leaks", "a"], 1, "--new ftp://127.0.0.1/");
    said(&["--new", "http://127.0.0.1:1/", "--leaks", "a{b}"], 2, "must say what b is to be");
    said(
        &["--new", "http://127.0.0.1:1/", "--leaks", "a", "--alarm", "0.5"],
        2,
        "must be a share from 0.000001 to 0.2",
    );
    said(
        &["--new", "http://127.0.0.1:1/", "--leaks", "a", "--errors-floor", "0.5"],
        1,
        "--errors-floor 0.5: must be at most --errors-max 0.01",
    );
    said(
        &["--new", "http://127.0.0.1:1/", "--leaks", "a", "--seconds-min", "9"],
        1,
        "--seconds-min 9: must be at most --seconds-max 2",
    );
}
