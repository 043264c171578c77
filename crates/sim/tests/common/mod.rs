//! A small town for short runs: 12 by 12 corners, 200 m apart, 36 km/h; small batteries, hesitant drivers, riders who
//! call off, vehicles that break down. Everything that can happen in a day happens in half an hour.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

use paceline_road::Roads;
use paceline_sim::{Draw, Outcome, RunOptions, Scenario, run};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

const SIDE: u32 = 12;
const ORIGIN: (f64, f64) = (40.0, -74.0);

/// The town's files and what was read from them.
pub struct Town {
    pub dir: TempDir,
    pub scenario: Scenario,
    pub roads: Arc<Roads>,
}

/// The rules of the town; tests change them by replacing text.
pub const RULES: &str = r#"
name = "A town"
start = 2026-03-01T08:00:00
end = 2026-03-01T08:30:00
roads = "roads.json"
trips = "trips.csv"
fleets = ["fleet.csv"]
vehicles = 20

[chargers]
sites = "sites.csv"
kw = { FAST = 50.0 }

[vehicle]
seats = 4
battery_kwh = 6.0
consumption_wh_per_km = 150.0
idle_kw = 0.5
charge_kw_max = 50.0

[fleet]
silence_max = "2 min"
charge_below_percent = 30.0
top_up_below_percent = 50.0
top_up_after = "2 min"
reserve_kwh = 0.5

[drivers]
automatic = false
accept = 0.8
pickup_dwell = "20 s"
dropoff_dwell = "10 s"

[riders]
wait_max = "5 min"
cancel_share = 0.1
cancel_after = "1 min"

[faults]
per_vehicle_day = 10.0
repair = "5 min"

[engine]
tick = "1 s"

[reports]
moving = "1 min"
idle = "1 min"
charging = "1 min"

[idle]
ranks = [[40.009, -73.988]]
after = "1 min"
near = "30 s"
"#;

impl Town {
    /// The town under [`RULES`].
    pub fn new() -> Self {
        Self::with(RULES)
    }
    /// The town under other rules.
    pub fn with(rules: &str) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let write =
            |name: &str, text: &str| std::fs::write(dir.path().join(name), text).expect("a writable folder");
        write("roads.json", &roads());
        write("trips.csv", &trips());
        write("fleet.csv", &fleet());
        write("sites.csv", &sites());
        write("town.toml", rules);
        let scenario = Scenario::load(&dir.path().join("town.toml")).expect("the rules are well-formed");
        let roads = Arc::new(scenario.open_roads().expect("the roads are well-formed"));
        Self { dir, scenario, roads }
    }
    /// One run with this seed; demand is drawn anew for each.
    pub fn run(&self, seed: u64, journal: Option<&Path>) -> Outcome {
        let draw = Draw { seed, demand_scale: 1.2, ..Draw::default() };
        let options = RunOptions {
            shadow: None,
            reassign: None,
            values: None,
            hold: None,
            draw,
            traffic: None,
            rebalance: None,
            regions: None,
            policy: None,
            journal: journal.map(Path::to_owned),
        };
        run(&self.scenario, &self.roads, &options, &mut |_| {})
            .unwrap_or_else(|error| panic!("seed {seed}: {error}"))
    }
}

/// The files of a journal, by name.
pub fn bytes(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(dir).expect("a journal").map(|entry| entry.expect("an entry"));
    let named = files.map(|file| {
        let name = file.file_name().to_string_lossy().into_owned();
        (name, std::fs::read(file.path()).expect("a readable file"))
    });
    named.collect()
}

fn corner(column: u32, row: u32) -> (f64, f64) {
    let degrees = |metres: f64| metres / 111_195.08;
    let lat = ORIGIN.0 + degrees(f64::from(row) * 200.0);
    let lon = ORIGIN.1 + degrees(f64::from(column) * 200.0) / ORIGIN.0.to_radians().cos();
    (lat, lon)
}

fn roads() -> String {
    let (mut nodes, mut links) = (Vec::new(), Vec::new());
    let link = |from: u32, to: u32| {
        let rest = r#""key":0,"length":200.0,"speed_kmph":36.0,"travel_time":20.0"#;
        format!(r#"{{"source":{from},"target":{to},{rest}}}"#)
    };
    for row in 0..SIDE {
        for column in 0..SIDE {
            let (id, (lat, lon)) = (row * SIDE + column, corner(column, row));
            nodes.push(format!(r#"{{"id":{id},"x":{lon},"y":{lat}}}"#));
            for (right, up) in [(1, 0), (0, 1)] {
                if column + right < SIDE && row + up < SIDE {
                    let other = (row + up) * SIDE + column + right;
                    links.extend([link(id, other), link(other, id)]);
                }
            }
        }
    }
    let head = r#""directed":true,"multigraph":true,"graph":{}"#;
    format!(r#"{{{head},"nodes":[{}],"links":[{}]}}"#, nodes.join(","), links.join(","))
}

/// Every 8 s somebody asks, from a corner to another, spread by two strides that share no factor with the town.
fn trips() -> String {
    let mut text = String::from("request_id,o_lat,o_lon,d_lat,d_lon,departure_time,passengers\n");
    for number in 0..220_u32 {
        let (from, to) = (number * 37 % 144, number * 91 % 144 + 1);
        let ((o_lat, o_lon), (d_lat, d_lon)) =
            (corner(from % SIDE, from / SIDE), corner(to % SIDE, to / SIDE % SIDE));
        let (minute, second) = (number * 8 / 60, number * 8 % 60);
        _ = writeln!(
            text,
            "{number},{o_lat},{o_lon},{d_lat},{d_lon},2026-03-01 08:{minute:02}:{second:02},1"
        );
    }
    text
}

fn fleet() -> String {
    let mut text = String::from("vehicle_id,lat,lon,mechatronics_id,initial_soc\n");
    for number in 0..20_u32 {
        let (lat, lon) = corner(number * 5 % SIDE, number * 7 % SIDE);
        _ = writeln!(text, "v{number},{lat},{lon},leaf,{}", 0.35 + f64::from(number % 5) * 0.1);
    }
    text
}

fn sites() -> String {
    let mut text = String::from("station_id,lon,lat,charger_count,charger_id,on_shift_access\n");
    for (name, (column, row), kind) in
        [("s1", (2, 2), "FAST"), ("s2", (9, 8), "FAST"), ("s3", (5, 5), "SLOW")]
    {
        let (lat, lon) = corner(column, row);
        _ = writeln!(text, "{name},{lon},{lat},4,{kind},TRUE");
    }
    text
}
