//! `paceline city new` with the binary: the folder that it writes is simulated, served, and its page followed line by line.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use crate::common::{Killed, paceline};
use paceline_client::ClientTls;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

fn midtown() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "../../data/manhattan/streets.osm.pbf"].iter().collect()
}

/// A folder for Midtown, in an empty directory.
fn made(dir: &Path, more: &[&str]) -> Result<String, String> {
    let map = midtown();
    let args =
        ["city", "new", "midtown", "--osm", map.to_str().unwrap(), "--vehicles", "20", "--trips", "120"];
    paceline(dir, &[&args[..], more].concat())
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn the_folder_of_a_city_is_a_day_that_runs() {
    let dir = tempfile::tempdir().unwrap();
    let said = made(dir.path(), &["--time-zone", "America/New_York"]).unwrap();
    assert!(said.contains("midtown: streets.roads, trips.csv, fleet.csv, chargers.csv"), "{said}");
    let folder = dir.path().join("midtown");
    let kpis = json(&paceline(&folder, &["sim", "scenario.toml", "--json"]).unwrap());
    assert_eq!((&kpis["orders"], &kpis["vehicles"]), (&120.into(), &20.into()));
    assert!(kpis["served"].as_u64().unwrap() > 100, "{kpis}");
    assert_eq!((&kpis["refused"], &kpis["left_out"]), (&0.into(), &Value::Array(Vec::new())));
    let again = tempfile::tempdir().unwrap();
    made(again.path(), &["--time-zone", "America/New_York"]).unwrap();
    let trips = |dir: &Path| std::fs::read(dir.join("midtown/trips.csv")).unwrap();
    assert_eq!(trips(dir.path()), trips(again.path()), "one seed, one day");
}

#[test]
fn trips_that_are_not_played_are_listed_with_their_lines() {
    let dir = tempfile::tempdir().unwrap();
    made(dir.path(), &[]).unwrap();
    let folder = dir.path().join("midtown");
    let more =
        "late,2026-03-04 00:00:00,40.75,-73.98,40.74,-73.98,1\nsea,2026-03-03 10:00:00,0,0,40.74,-73.98,1\n";
    let trips = std::fs::read_to_string(folder.join("trips.csv")).unwrap() + more;
    std::fs::write(folder.join("trips.csv"), trips).unwrap();
    let table = paceline(&folder, &["sim", "scenario.toml", "--left-out", "left_out.csv"]).unwrap();
    assert!(
        table.contains("Not played: 1 trip, for pickup must lie within 500 m of a road of this region"),
        "{table}"
    );
    let listed = std::fs::read_to_string(folder.join("left_out.csv")).unwrap();
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(lines[0], "line,trip,value,reason");
    assert!(lines[1].starts_with("122,late,2026-03-04 00:00:00,\"departure_time must be from"), "{listed}");
    assert!(lines[2].starts_with("123,sea,"), "{listed}");
}

#[test]
fn what_cannot_be_made_is_refused_and_nothing_is_written_over() {
    let dir = tempfile::tempdir().unwrap();
    let refused = |more: &[&str]| made(dir.path(), more).unwrap_err();
    assert!(refused(&["--center", "40.75,-73.98"]).contains("--radius-km"));
    assert!(
        refused(&["--center", "40.75,-73.98", "--radius-km", "0"])
            .contains("radius-km is 0: must lie within 0.1 and 200")
    );
    assert!(refused(&["--center", "-33.92,18.42", "--radius-km", "5"]).contains("outside the circle"));
    assert!(refused(&["--time-zone", "Europe/Atlantis"]).contains("must be a time zone"));
    assert!(refused(&["--seed", "one"]).contains("--seed"));
    let map = midtown();
    let nobody = ["city", "new", "midtown", "--osm", map.to_str().unwrap(), "--trips", "0"];
    let said = paceline(dir.path(), &nobody).unwrap_err();
    assert!(said.contains("trips is 0: must lie within 1 and 1000000"), "{said}");
    assert!(!dir.path().join("midtown").exists());
    made(dir.path(), &["--center", "40.75,-73.98", "--radius-km", "0.6"]).unwrap();
    assert!(refused(&[]).contains("the folder is not empty"));
}

/// A request as the page writes it for `curl`.
struct Asked {
    method: String,
    path: String,
    body: Option<String>,
}

/// The requests of a page, in their order.
fn asked(page: &str) -> Vec<Asked> {
    let commands = page.split("curl ").skip(1).filter(|command| command.contains("http://127.0.0.1:8080/v1"));
    let request = |command: &str| {
        let method = command.strip_prefix("-X ").map_or("GET", |rest| rest.split(' ').next().unwrap());
        let url = command.split("http://127.0.0.1:8080").nth(1).unwrap();
        let path = url.split(|c: char| c.is_whitespace()).next().unwrap();
        let body = command.split_once("-d '").map(|(_, rest)| rest.split('\'').next().unwrap().to_owned());
        Asked { method: method.to_owned(), path: path.to_owned(), body }
    };
    commands.map(request).collect()
}

#[tokio::test]
async fn the_page_of_the_folder_serves_an_order_line_by_line() {
    let dir = tempfile::tempdir().unwrap();
    made(dir.path(), &[]).unwrap();
    let folder = dir.path().join("midtown");
    let server = Killed::start(&folder, &[]);
    let http = paceline_client::http(&server.base, &ClientTls::default()).unwrap().build().unwrap();
    let page = std::fs::read_to_string(folder.join("README.md")).unwrap();
    let asked = asked(&page);
    assert_eq!(asked.len(), 9, "the page has other lines: look at them");
    let mut answers = Vec::new();
    for Asked { method, path, body } in asked {
        let url = format!("{}{path}", server.base);
        let mut request = http.request(method.parse().unwrap(), &url);
        if let Some(body) = body {
            request = request.header("Content-Type", "application/json").body(body);
        }
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{method} {path}: {status} {text}");
        // A person does not type the next line within a round.
        tokio::time::sleep(Duration::from_millis(600)).await;
        answers.push(text);
    }
    let phase = |answer: usize| json(&answers[answer])["phase"].clone();
    assert_eq!((phase(2), phase(8)), ("assigned".into(), "served".into()), "{answers:?}");
}
