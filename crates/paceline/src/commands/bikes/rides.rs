//! `paceline bikes rides`: trip files, each row accounted for.

use anyhow::Context as _;
use paceline_gbfs::rides::{End, Places, Rides, Rows, not_stations, stations, zone};
use paceline_model::bikes::StationId;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// Of each reason, and of stations, so many are named in words.
const NAMED: usize = 5;

/// Which files, and what is known of places.
#[derive(Debug, clap::Args)]
pub(crate) struct RidesArgs {
    /// Trip files: CSV with a header, packed by gzip or not
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Stations as CSV: station_id, name, lat, lng. Without it every id is a station
    #[arg(long, value_name = "FILE")]
    stations: Option<PathBuf>,
    /// Ids and names of places that are no stations (test benches, workshops, depots), one a line
    #[arg(long, value_name = "FILE")]
    not_stations: Option<PathBuf>,
    /// The time zone whose clocks the files go by where a time has no offset, such as Europe/Oslo
    #[arg(long)]
    zone: String,
    /// Print JSON: the account, and every ride
    #[arg(long)]
    json: bool,
    /// Name all that is kept of each reason, and all stations
    #[arg(long)]
    all: bool,
}

/// Runs the command. Errors: a file cannot be used.
pub(super) fn run(args: &RidesArgs) -> anyhow::Result<()> {
    let zone = zone(&args.zone).with_context(|| {
        format!("--zone is {}: must be a name of the zone database, such as Europe/Oslo", args.zone)
    })?;
    let mut rides = Rides::new(places(args)?, zone);
    for file in &args.files {
        rides.read_file(file)?;
    }
    let account = Account { rides: &rides, all: args.all };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&account.json()).context("writing the rides as JSON")?);
    } else {
        print!("{}", account.text());
    }
    Ok(())
}

fn places(args: &RidesArgs) -> anyhow::Result<Places> {
    let said = |file: &Path| file.display().to_string();
    let stations = match &args.stations {
        Some(file) => {
            let reader = File::open(file).with_context(|| said(file))?;
            stations(reader).with_context(|| said(file))?
        }
        None => BTreeMap::new(),
    };
    let none = match &args.not_stations {
        Some(file) => not_stations(&fs::read_to_string(file).with_context(|| said(file))?),
        None => Default::default(),
    };
    Ok(Places { stations, not_stations: none })
}

/// What becomes of the rows.
struct Account<'a> {
    rides: &'a Rides,
    all: bool,
}

impl Account<'_> {
    fn text(&self) -> String {
        let rides = self.rides.rides().count();
        let aside: u64 = self.rides.set_aside().values().map(|rows| rows.count).sum();
        let mut text = format!("{} rows: {rides} rides, {aside} set aside\n", self.rides.rows());
        let times = self.riding_s();
        if let (Some(median), Some(longest)) = (times.get(times.len() / 2), times.last()) {
            let count = times.len();
            _ = writeln!(text, "riding time of {count}: median {median} s, longest {longest} s");
        }
        self.reasons(&mut text, "set aside", self.rides.set_aside());
        self.reasons(&mut text, "rides, and what is odd about them", &self.rides.remarks());
        let mut stations: Vec<_> = self.by_station().into_iter().collect();
        stations.sort_by_key(|(_, (from, to))| std::cmp::Reverse(from + to));
        let most = if self.all { stations.len() } else { NAMED };
        _ = writeln!(text, "\n{} stations: departures, arrivals", stations.len());
        for (id, (from, to)) in stations.iter().take(most) {
            _ = writeln!(text, "  {:<16} {from:>8} {to:>8}", id.as_str());
        }
        if stations.len() > most {
            _ = writeln!(text, "  and {} more", stations.len() - most);
        }
        text
    }

    fn reasons<T: Display>(&self, text: &mut String, title: &str, reasons: &BTreeMap<T, Rows>) {
        if reasons.is_empty() {
            return;
        }
        _ = writeln!(text, "\n{title}");
        for (why, rows) in reasons {
            _ = writeln!(text, "  {why}: {}", rows.count);
            let most = if self.all { rows.named.len() } else { NAMED };
            let named: Vec<&str> = rows.named.iter().take(most).map(String::as_str).collect();
            let left = rows.count - named.len() as u64;
            let more = if left > 0 { format!(", and {left} more") } else { String::new() };
            _ = writeln!(text, "    {}{more}", named.join(", "));
        }
    }

    /// Riding times in seconds, the shortest first.
    fn riding_s(&self) -> Vec<u32> {
        let mut times: Vec<u32> =
            self.rides.rides().filter_map(|ride| Some(ride.riding?.0 / 1_000)).collect();
        times.sort_unstable();
        times
    }

    /// Departures and arrivals of each station.
    fn by_station(&self) -> BTreeMap<&StationId, (u64, u64)> {
        let mut stations: BTreeMap<&StationId, (u64, u64)> = BTreeMap::new();
        for ride in self.rides.rides() {
            if let End::Station(id) = &ride.from {
                stations.entry(id).or_default().0 += 1;
            }
            if let End::Station(id) = &ride.to {
                stations.entry(id).or_default().1 += 1;
            }
        }
        stations
    }

    fn json(&self) -> Value {
        let times = self.riding_s();
        let hours: Vec<_> = self.rides.by_hour_of_week().into();
        let stations: BTreeMap<&str, _> =
            self.by_station().into_iter().map(|(id, counts)| (id.as_str(), counts)).collect();
        let pair =
            |(departures, arrivals): (u64, u64)| json!({ "departures": departures, "arrivals": arrivals });
        json!({
            "rows": self.rides.rows(),
            "taken": self.rides.rides().count(),
            "set_aside": self.rides.set_aside(),
            "remarks": self.rides.remarks(),
            "riding_times": times.len(),
            "riding_s_median": times.get(times.len() / 2),
            "stations": stations.into_iter().map(|(id, counts)| (id.to_owned(), pair(counts))).collect::<serde_json::Map<_, _>>(),
            "by_local_hour_of_week": hours.into_iter().map(pair).collect::<Vec<_>>(),
            "rides": self.rides.rides().collect::<Vec<_>>(),
        })
    }
}
