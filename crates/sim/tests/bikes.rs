//! A history of three stations, walked through: every snapshot is accounted for, and what cannot be judged is refused in words.

use paceline_model::{Instant, Millis};
use paceline_plan::Rng;
use paceline_plan::forecast::stations::Unseen;
use paceline_sim::bikes::{Backtest, BacktestOptions, Learning, backtest};
use std::fmt::Write as _;
use std::path::Path;

const HOUR_MS: u64 = 3_600_000;

fn options(train: &str, test: &str) -> BacktestOptions {
    BacktestOptions {
        zone: "Europe/Oslo".parse().expect("a zone"),
        train: train.parse().expect("a period"),
        test: test.parse().expect("a period"),
        ahead: Millis::ZERO,
        learning: Learning::GoesOn,
    }
}

/// Three stations from 1 to 28 May 2023 (UTC), a snapshot every half hour: one that breathes with the day, one where nothing happens and a van comes each Monday at noon, one that is
/// closed at night.
fn write(folder: &Path) {
    let stations = "station_id,name,address,lat,lon,capacity\na,A,,59.91,10.75,20\nb,B,,59.92,10.75,20\nc,C,,59.93,10.75,20\n";
    std::fs::write(folder.join("stations.csv"), stations).expect("it is written");
    let mut rng = Rng::of(1, "history");
    let mut may = "time,station_id,bikes,ebikes,docks,open\n".to_owned();
    let begin: Instant = "2023-05-01T00:00:00Z".parse().expect("a time");
    let (mut a, mut b) = (10_i32, 0);
    for half_hour in 0..28 * 48 {
        let at = Instant(begin.0 + half_hour * HOUR_MS / 2);
        let hour = half_hour / 2 % 24;
        let drift = if (6..12).contains(&hour) { -1 } else { i32::from((14..20).contains(&hour)) };
        a = (a + if rng.unit() < 0.6 { drift } else { 0 }).clamp(0, 20);
        if half_hour % (7 * 48) == 24 {
            b = 12 - b;
        }
        let open = u8::from(hour >= 5);
        _ = writeln!(may, "{at},a,{a},0,{},1\n{at},b,{b},0,{},1\n{at},c,5,0,15,{open}", 20 - a, 20 - b);
    }
    std::fs::write(folder.join("2023-05.csv"), may).expect("it is written");
}

fn walk(options: &BacktestOptions) -> Result<Backtest, String> {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path());
    backtest(folder.path(), options).map_err(|error| error.to_string())
}

#[test]
fn every_snapshot_is_accounted_for() {
    let done = walk(&options("2023-05-01..2023-05-15", "2023-05-15..2023-05-29")).expect("it is read");
    // In Oslo's time, so that the last two hours of the file lie outside.
    assert_eq!((done.stations, done.snapshots), (3, (28 * 48 - 4) * 3));
    assert_eq!(done.closed, 28 * 10);
    assert_eq!(done.unseen.get(&Unseen::Van), Some(&4), "each Monday");
    // The first one of each station in each period, and of the third after each night, ends no pair.
    let begun = 2 * 2 + 1 + 28;
    let unseen: u64 = done.unseen.values().sum();
    assert_eq!(done.seen + unseen + done.closed + begun, done.snapshots);
    assert_eq!(done.weeks.len(), 2);
    assert_eq!(done.weeks[1].day.to_string(), "2023-05-22");
}

#[test]
fn the_same_history_gives_the_same_scores_and_learning_that_ends_gives_others() {
    let done = walk(&options("2023-05-01..2023-05-15", "2023-05-15..2023-05-29")).expect("it is read");
    let again = walk(&options("2023-05-01..2023-05-15", "2023-05-15..2023-05-29")).expect("it is read");
    assert_eq!(again, done);
    let frozen = BacktestOptions {
        learning: Learning::Ends,
        ..options("2023-05-01..2023-05-15", "2023-05-15..2023-05-29")
    };
    assert_ne!(walk(&frozen).expect("it is read").all(), done.all());
}

#[test]
fn what_cannot_be_judged_is_refused_in_words() {
    let said = |train: &str, test: &str| walk(&options(train, test)).expect_err("it is refused");
    assert!(
        said("2023-05-01..2023-05-15", "2023-05-14..2023-05-20")
            .contains("must not begin before the training ends")
    );
    assert!(said("2022-05-01..2022-05-15", "2023-05-14..2023-05-20").contains("train"));
    assert!(said("2023-05-01..2023-05-15", "2024-05-14..2024-05-20").contains("test"));
    let missing =
        backtest(Path::new("no/such/folder"), &options("2023-05-01..2023-05-15", "2023-05-15..2023-05-20"));
    assert!(missing.expect_err("it is refused").to_string().contains("stations.csv"));
}
