//! A feed over HTTP, with all that servers do: pages that have not changed, are cut short, silent, endless, packed, gone and back.

#[path = "../common/mod.rs"]
mod common;
mod site;

use common::{BEFORE_S, NOW, known, said, station, told};
use expect_test::expect;
use flate2::Compression;
use flate2::write::GzEncoder;
use paceline_gbfs::{Feed, FeedError, FeedOptions, PollCounts};
use paceline_model::bikes::{FeedReading, Health};
use paceline_model::{Instant, Millis};
use serde_json::{Value, json};
use site::{Page, Site};
use std::io::Write as _;
use std::time::Duration;

const INDEX: &str = "/gbfs.json";
const INFORMATION: &str = "/en/information.json";
const STATUS: &str = "/en/status.json";

fn file(ttl: u32, data: Value) -> Value {
    json!({ "version": "2.3", "last_updated": BEFORE_S, "ttl": ttl, "data": data })
}

fn status(bikes: u32) -> Value {
    file(30, json!({ "stations": [said("A", json!({ "num_bikes_available": bikes }))] }))
}

/// A site with a feed of one station with three bikes.
fn site() -> Site {
    let site = Site::start();
    let feeds = [("station_information", INFORMATION), ("station_status", STATUS)];
    let feeds = feeds.map(|(name, path)| json!({ "name": name, "url": format!("{}{path}", site.base) }));
    site.put(INDEX, Page::Json(file(300, json!({ "en": { "feeds": feeds } })), "\"i1\""));
    site.put(INFORMATION, Page::Json(file(3_600, json!({ "stations": [known("A")] })), "\"s1\""));
    site.put(STATUS, Page::Json(status(3), "\"t1\""));
    site
}

fn options() -> FeedOptions {
    FeedOptions { answer_within: Duration::from_millis(700), bytes_max: 64 << 10, ..FeedOptions::default() }
}

fn feed(site: &Site) -> Feed {
    Feed::open(&format!("{}{INDEX}", site.base), &options()).expect("an address")
}

fn bikes(reading: &FeedReading) -> Option<u32> {
    station(reading, "A").fit_for_hire()
}

/// The time when the feed is due next.
async fn next(feed: &mut Feed) -> (Instant, FeedReading) {
    let due = feed.due();
    (due, feed.next(due).await)
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let (site, mut feed) = (site(), Feed::open("http://127.0.0.1:9/", &options()).expect("an address"));
    assert!(matches!(feed.next(NOW).await.health, Health::Gone { .. }), "nobody answers there");
    feed = self::feed(&site);
    let first = feed.next(NOW).await;
    assert_eq!((bikes(&first), first.health), (Some(3), Health::Fresh));
    assert_eq!(site.asked(), [INDEX, INFORMATION, STATUS]);
    assert_eq!(feed.due(), NOW + Millis::from_secs(30));
    feed.next(NOW + Millis::from_secs(29)).await;
    assert_eq!(site.asked(), Vec::<String>::new(), "nothing is due");
    let (at, again) = next(&mut feed).await;
    assert_eq!((at, bikes(&again)), (NOW + Millis::from_secs(30), Some(3)));
    assert_eq!(site.asked(), [format!("{STATUS}*")]);
    assert_eq!(feed.counts(), PollCounts { read: 3, not_modified: 1, malformed: 0, failed: 0 });
    site.put(STATUS, Page::Json(status(0), "\"t2\""));
    assert!(station(&next(&mut feed).await.1, "A").is_short());
}

#[tokio::test]
async fn a_time_to_live_of_zero_is_no_leave_to_ask_without_pause() {
    let site = site();
    site.put(STATUS, Page::Json(file(0, json!({ "stations": [said("A", json!({}))] })), "\"t1\""));
    let mut feed = feed(&site);
    expect![[r#"
        NoPause: station_status (en)
    "#]]
    .assert_eq(&told(&feed.next(NOW).await.told));
    assert_eq!(feed.due(), NOW + Millis::from_secs(10));
}

/// Serves this as the status after a good one: what is told, and what holds then; and all is well with the next good one.
async fn after_a_good_one(page: Page) -> String {
    let site = site();
    let mut feed = feed(&site);
    assert!(feed.next(NOW).await.health.is_fresh());
    site.put(STATUS, page);
    let (at, reading) = next(&mut feed).await;
    assert_eq!(
        (reading.health, bikes(&reading)),
        (Health::Partial { since: at }, Some(3)),
        "what was read holds"
    );
    let again = next(&mut feed).await.1;
    assert_eq!(again.health, Health::Partial { since: at }, "since the first time");
    site.put(STATUS, Page::Json(status(7), "\"t3\""));
    let (_, well) = next(&mut feed).await;
    assert_eq!((well.health, bikes(&well)), (Health::Fresh, Some(7)));
    let notes = reading.told.iter().flat_map(|(_, of)| &of.notes).map(|note| note.read.clone());
    notes.collect::<Vec<_>>().join("; ")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

#[tokio::test]
async fn what_cannot_be_read_costs_nothing_that_was() {
    let text = status(5).to_string();
    let cut = Page::Bytes(text.as_bytes()[..text.len() / 2].to_vec(), "ETag: \"t2\"\r\n");
    assert!(after_a_good_one(cut).await.starts_with("is no JSON: EOF while parsing"));
    let page = Page::Bytes(b"<html>Maintenance</html>".to_vec(), "Content-Type: text/html\r\n");
    assert!(after_a_good_one(page).await.starts_with("is no JSON: expected value"));
    let list = Page::Bytes(b"[]".to_vec(), "");
    assert_eq!(after_a_good_one(list).await, "must be an object with an object `data`");
    assert_eq!(after_a_good_one(Page::Status("404 Not Found", "")).await, "answers 404 Not Found");
}

#[tokio::test]
async fn nothing_can_have_stayed_as_it_never_was() {
    let site = site();
    site.put(STATUS, Page::Status("304 Not Modified", ""));
    let reading = feed(&site).next(NOW).await;
    assert_eq!((reading.health, bikes(&reading)), (Health::Partial { since: NOW }, None));
}

#[tokio::test]
async fn servers_that_break_off_say_nothing_or_never_end_are_left_in_time() {
    let said = after_a_good_one(Page::BreaksOff(b"{\"data\":".to_vec())).await;
    assert!(said.starts_with("breaks off: "), "{said}");
    assert_eq!(after_a_good_one(Page::Silent).await, "does not answer: operation timed out");
    assert_eq!(after_a_good_one(Page::Endless).await, "answers more than 65536 bytes");
    let bomb = Page::Bytes(gzip(&vec![b' '; 10 << 20]), "Content-Encoding: gzip\r\n");
    assert_eq!(after_a_good_one(bomb).await, "cannot be unpacked: unpacks to more than 65536 bytes");
}

#[tokio::test]
async fn packed_and_moved_pages_are_read() {
    let site = site();
    let packed = gzip(status(4).to_string().as_bytes());
    site.put("/new.json", Page::Bytes(packed, "Content-Encoding: gzip\r\n"));
    site.put(STATUS, Page::Status("301 Moved Permanently", "Location: /new.json\r\n"));
    assert_eq!(bikes(&feed(&site).next(NOW).await), Some(4));
}

#[tokio::test]
async fn a_server_that_asks_to_be_left_alone_is_and_failures_wait_longer_each_time() {
    let site = site();
    let mut feed = feed(&site);
    feed.next(NOW).await;
    site.put(STATUS, Page::Status("429 Too Many Requests", "Retry-After: 120\r\n"));
    let (at, _) = next(&mut feed).await;
    assert_eq!(feed.due(), at + Millis::from_secs(120));
    site.put(STATUS, Page::Status("503 Service Unavailable", "Retry-After: 86400\r\n"));
    site.put(INDEX, Page::Status("500 Internal Server Error", ""));
    site.put(INFORMATION, Page::Status("500 Internal Server Error", ""));
    let (at, _) = next(&mut feed).await;
    assert!(feed.due() <= at + Millis::from_secs(900), "a day is longer than anybody waits");
    let mut waits = Vec::new();
    let site = self::site();
    site.put(INDEX, Page::Status("500 Internal Server Error", ""));
    let mut feed = self::feed(&site);
    for _ in 0..10 {
        let (at, reading) = next(&mut feed).await;
        assert!(matches!(reading.health, Health::Gone { .. }));
        waits.push(feed.due().since(at).0 / 1_000);
    }
    assert_eq!(waits, [10, 20, 40, 80, 160, 320, 640, 900, 900, 900]);
    assert_eq!(feed.counts().failed, 10);
}

#[tokio::test]
async fn an_index_that_is_gone_or_names_nothing_leaves_what_it_named() {
    let site = site();
    let mut feed = feed(&site);
    feed.next(NOW).await;
    let hour = NOW + Millis::from_secs(300);
    for page in
        [Page::Status("404 Not Found", ""), Page::Json(file(1, json!({ "en": { "feeds": [] } })), "\"i2\"")]
    {
        site.put(INDEX, page);
        let reading = feed.next(feed.due().max(hour)).await;
        assert_eq!((bikes(&reading), reading.told.is_empty()), (Some(3), false));
    }
}

#[tokio::test]
async fn a_feed_that_is_gone_is_so_since_it_went_and_comes_back() {
    let site = site();
    let mut feed = feed(&site);
    feed.next(NOW).await;
    for path in [INDEX, INFORMATION, STATUS] {
        site.put(path, Page::Status("502 Bad Gateway", ""));
    }
    let all_due = NOW + Millis::from_secs(3_700);
    assert_eq!(feed.next(all_due).await.health, Health::Gone { since: all_due });
    let later = all_due + Millis::from_secs(900);
    let gone = feed.next(later).await;
    assert_eq!((gone.health, bikes(&gone)), (Health::Gone { since: all_due }, Some(3)));
    let back = self::site();
    let mut feed = self::feed(&back);
    assert!(feed.next(NOW).await.health.is_fresh());
}

#[tokio::test]
async fn what_is_no_feed_is_refused_in_words() {
    let dir = tempfile::tempdir().expect("a folder");
    let refused =
        |place: &str| Feed::open(place, &options()).err().map(|error| error.to_string()).unwrap_or_default();
    assert_eq!(
        refused("ftp://city.example/gbfs.json"),
        "ftp://city.example/gbfs.json is no address (https://… or http://…), no folder and no gbfs.json"
    );
    let empty = Feed::open(dir.path().to_str().expect("text"), &options());
    assert!(matches!(empty, Err(FeedError::NoFeed(_))));
    std::fs::write(
        dir.path().join("station_information.json"),
        file(60, json!({ "stations": [known("A")] })).to_string(),
    )
    .expect("a file");
    std::fs::write(dir.path().join("station_status.json"), gzip(status(2).to_string().as_bytes()))
        .expect("a file");
    let mut feed =
        Feed::open(dir.path().to_str().expect("text"), &options()).expect("files without an index");
    assert_eq!(bikes(&feed.next(NOW).await), Some(2));
}
