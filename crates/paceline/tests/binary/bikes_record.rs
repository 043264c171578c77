//! A feed becomes a history: four days of a small GBFS server, polled over HTTP, are what the server said, survive kills and outages, and are
//! played by the simulator as Oslo's are.

use paceline_gbfs::{Feed, FeedOptions};
use paceline_model::{Instant, Millis};
use paceline_plan::Rng;
use paceline_sim::bikes::{
    BikesPolicy, BikesRun, BikesScenario, History, Period, Recording, RecordingBounds, Taken, run,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

const STATIONS: usize = 4;
const DOCKS: u32 = 20;
const POLL: Millis = Millis::from_secs(300);
/// Polls after which the recorder is another one.
const LASTS: u32 = 200;

/// What the server says by path; nothing: it is out of order.
type Pages = Arc<Mutex<BTreeMap<String, Value>>>;

/// A GBFS server; its address, and what it says.
fn site() -> (String, Pages) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let pages = Pages::default();
    let said = Arc::clone(&pages);
    // It ends with the test's process.
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let first = lines.next().unwrap_or_default();
            lines.take_while(|line| !line.is_empty()).for_each(drop);
            let path = first.split(' ').nth(1).unwrap_or_default();
            let page = said.lock().unwrap_or_else(PoisonError::into_inner).get(path).map(Value::to_string);
            let (status, body) =
                page.map_or(("503 Service Unavailable", String::new()), |page| ("200 OK", page));
            let length = body.len();
            _ = write!(
                &stream,
                "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
            );
        }
    });
    (base, pages)
}

/// The server says what stands at its stations, as of then.
fn says(base: &str, pages: &Pages, now: Instant, stock: &[u32; STATIONS]) {
    let s = now.0 / 1_000;
    let file = |data: Value| json!({ "last_updated": s, "ttl": 60, "version": "2.3", "data": data });
    let feeds = ["station_information", "station_status"]
        .map(|name| json!({ "name": name, "url": format!("{base}/{name}.json") }));
    let place = |at: usize| (59.91 + at as f64 * 0.01, 10.75);
    let places: Vec<Value> = (0..STATIONS)
        .map(|at| json!({ "station_id": format!("s{at}"), "name": format!("Station, \"{at}\""), "lat": place(at).0, "lon": place(at).1, "capacity": DOCKS }))
        .collect();
    let states: Vec<Value> = stock
        .iter()
        .enumerate()
        .map(|(at, bikes)| {
            json!({ "station_id": format!("s{at}"), "num_bikes_available": bikes, "num_docks_available": DOCKS - bikes,
                    "is_installed": true, "is_renting": true, "is_returning": true, "last_reported": s })
        })
        .collect();
    let all = [
        ("/gbfs.json", file(json!({ "en": { "feeds": feeds } }))),
        ("/station_information.json", file(json!({ "stations": places }))),
        ("/station_status.json", file(json!({ "stations": states }))),
    ];
    let all = all.into_iter().map(|(path, page)| (path.to_owned(), page)).collect();
    *pages.lock().unwrap_or_else(PoisonError::into_inner) = all;
}

/// What stood at the stations at each poll that was answered.
type Truth = Vec<(Instant, [u32; STATIONS])>;

/// Polls the server from the evening of 28 June 2026 on for four days; it is out of order for three hours.
async fn record(folder: &Path, bounds: RecordingBounds) -> Truth {
    let (base, pages) = site();
    let mut feed = Feed::open(&format!("{base}/gbfs.json"), &FeedOptions::default()).expect("an address");
    let start: Instant = "2026-06-28T22:00:00Z".parse().expect("a time");
    let outage: Instant = "2026-06-29T03:00:00Z".parse().expect("a time");
    let (mut rng, mut stock, mut truth) = (Rng::of(1, "feed"), [10_u32; STATIONS], Truth::new());
    let mut recording = Recording::open(folder, bounds).expect("a folder");
    for poll in 0..4 * 288_u32 {
        let now = start + Millis(POLL.0 * poll);
        for bikes in &mut stock {
            let (less, more) = (u32::from(rng.unit() < 0.3), u32::from(rng.unit() < 0.3));
            *bikes = (bikes.saturating_sub(less) + more).min(DOCKS);
        }
        let is_out = (outage..outage + Millis::from_secs(3 * 3_600)).contains(&now);
        match is_out {
            true => pages.lock().unwrap_or_else(PoisonError::into_inner).clear(),
            false => says(&base, &pages, now, &stock),
        }
        let reading = feed.next(now).await;
        let taken = recording.take(now, &reading).expect("it is written");
        // After an outage the feed is asked again once its pause is over.
        match taken {
            Taken::Rows(_) => truth.push((now, stock)),
            other => assert_eq!(other, Taken::NotFresh, "{now}: {}", reading.health),
        }
        // Now and then the recorder is another one, and has to go on.
        if poll % LASTS == LASTS - 1 {
            drop(recording);
            recording = Recording::open(folder, bounds).expect("it goes on");
        }
    }
    truth
}

fn recorded(folder: &Path, days: &str) -> Vec<(Instant, usize, u32)> {
    let mut history = History::open(folder).expect("a history");
    let (zone, period) = ("UTC".parse().expect("a zone"), days.parse::<Period>().expect("a period"));
    let mut rows = Vec::new();
    history
        .each((&zone, period), |snapshot, stations| {
            let number = stations[snapshot.station].id[1..].parse().expect("a number");
            assert_eq!(snapshot.parked.bikes + snapshot.parked.docks, DOCKS);
            rows.push((snapshot.at, number, snapshot.parked.bikes));
        })
        .expect("it is read");
    rows
}

#[tokio::test]
async fn what_is_recorded_is_what_the_feed_said_and_the_simulator_plays_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let truth = record(dir.path(), RecordingBounds::default()).await;
    assert!(truth.len() > 1_000 && truth.len() < 4 * 288 - 30, "{} polls were fresh", truth.len());
    assert!(dir.path().join("2026-06.csv.gz").exists() && !dir.path().join("2026-06.csv").exists());
    let rows = recorded(dir.path(), "2026-06-28..2026-07-03");
    assert!(rows.is_sorted_by_key(|(at, ..)| *at), "in the order of time");
    assert!(rows.len() < truth.len() * STATIONS, "what did not change is not written each time");
    for station in 0..STATIONS {
        let own: Vec<(Instant, u32)> =
            rows.iter().filter(|(_, at, _)| *at == station).map(|(at, _, bikes)| (*at, *bikes)).collect();
        for (at, stock) in &truth {
            let newest = own.iter().rev().find(|(known, _)| known <= at).expect("a row by then");
            assert_eq!(newest.1, stock[station], "s{station} at {at}");
        }
        // Between which two polls a station changed is known, unless the recorder was another one by then.
        for two in own.windows(2).filter(|two| two[0].1 != two[1].1) {
            let before = truth.iter().rev().find(|(at, _)| *at < two[1].0).expect("a poll before");
            let is_last = before.0.since(truth[0].0).0 / POLL.0 % LASTS == LASTS - 1;
            assert!(two[0].0 == before.0 || is_last, "s{station} at {}: {}", two[1].0, two[0].0);
        }
        let outage = |at: &Instant| {
            ("2026-06-29T03:00:00Z".parse().expect("a time").."2026-06-29T06:00:00Z".parse().expect("a time"))
                .contains(at)
        };
        assert!(!own.iter().any(|(at, _)| outage(at)), "nothing was known then");
    }
    let scenario = dir.path().join("scenario.toml");
    std::fs::write(&scenario, SCENARIO).expect("it is written");
    let scenario = BikesScenario::load(&scenario).expect("a scenario");
    let options = BikesRun { policy: BikesPolicy::Forecast, ..BikesRun::of_seed(1) };
    let kpis = run(&scenario, &options, &mut |_| {}).expect("it is played");
    assert_eq!(kpis.stations as usize, STATIONS);
    assert!(kpis.riders > 100 && kpis.rides + kpis.lost_rides == kpis.riders, "{kpis:?}");
}

const SCENARIO: &str = r#"kind = "bikes"
name = "a recorded feed"
days = "2026-07-01..2026-07-02"
tick = "5 s"
[history]
folder = "."
zone = "UTC"
riders = "2026-07-01..2026-07-02"
known = "2026-06-29..2026-07-01"
[vans]
count = 1
capacity = 10
depot = { lat = 59.92, lon = 10.75 }
"#;

/// One poll of a feed that says this.
async fn poll(recording: &mut Recording, now: &str) -> Result<Taken, String> {
    let (base, pages) = site();
    let now = now.parse().expect("a time");
    says(&base, &pages, now, &[1, 2, 3, 4]);
    let mut feed = Feed::open(&format!("{base}/gbfs.json"), &FeedOptions::default()).expect("an address");
    let reading = feed.next(now).await;
    recording.take(now, &reading).map_err(|error| error.to_string())
}

#[tokio::test]
async fn one_recorder_writes_a_folder_and_none_beyond_its_bound_or_back_in_time() {
    let dir = tempfile::tempdir().expect("a directory");
    let bounds = RecordingBounds { month_bytes_max: 300 };
    let mut recording = Recording::open(dir.path(), bounds).expect("a folder");
    let other = Recording::open(dir.path(), bounds).err().expect("it is held").to_string();
    assert!(other.contains("somebody else records into this folder"), "{other}");
    assert_eq!(poll(&mut recording, "2026-06-29T10:00:00Z").await, Ok(Taken::Rows(4)));
    assert_eq!(poll(&mut recording, "2026-06-29T09:00:00Z").await, Ok(Taken::NotLater));
    let full = poll(&mut recording, "2026-06-29T11:00:00Z").await.expect_err("it is full");
    assert!(full.contains("month_bytes_max is") && full.contains("must not grow beyond 300 bytes"), "{full}");
    assert_eq!(recorded(dir.path(), "2026-06-29..2026-06-30").len(), 4);
    assert_eq!(poll(&mut recording, "2026-07-01T10:00:00Z").await, Ok(Taken::Rows(4)), "another month");
}

fn recorder(feed: &str, out: &Path, more: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_paceline"));
    command.args(["bikes", "record", "--gbfs", feed, "--out"]).arg(out).args(more);
    command.stdout(Stdio::null()).spawn().expect("it runs")
}

fn now() -> Instant {
    paceline_serve::Clock::Real.now()
}

/// With the binary: it is killed, a line is cut short, and the next one goes on after it.
#[test]
fn a_recorder_that_was_killed_goes_on_where_it_was() {
    let dir = tempfile::tempdir().expect("a directory");
    let (base, pages) = site();
    let feed = format!("{base}/gbfs.json");
    says(&base, &pages, now(), &[1, 2, 3, 4]);
    let mut first = recorder(&feed, dir.path(), &[]);
    let month = dir.path().join(format!("{}.csv", &now().to_string()[..7]));
    let rows = || std::fs::read_to_string(&month).map_or(0, |text| text.lines().count().saturating_sub(1));
    while rows() < STATIONS {
        assert!(first.try_wait().expect("it is ours").is_none(), "it goes on until it is killed");
        std::thread::yield_now();
    }
    first.kill().expect("it is ours");
    first.wait().expect("it is ours");
    let torn = std::fs::OpenOptions::new().append(true).open(&month);
    torn.and_then(|mut file| file.write_all(b"2026-11-30T10:00:00.000Z,s1,1")).expect("it is written");
    says(&base, &pages, now(), &[0, 2, 3, 5]);
    let status = recorder(&feed, dir.path(), &["--for", "1 ms"]).wait().expect("it ends");
    assert!(status.success());
    let text = std::fs::read_to_string(&month).expect("it is there");
    assert!(text.ends_with('\n') && text.lines().count() == 1 + STATIONS + 2, "two stations changed: {text}");
    let said = crate::common::paceline(dir.path(), &["bikes", "record", "--gbfs", "nowhere", "--out", "."]);
    assert!(said.expect_err("no feed").contains("nowhere is no address"));
}
