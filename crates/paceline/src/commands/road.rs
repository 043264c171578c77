//! `paceline road`: import a network, look at it, try a drive on it.

use anyhow::{Context, bail};
use clap::Subcommand;
use paceline_model::{Centimetres, MilliwattHoursPerKm, Position};
use paceline_road::{ImportOptions, ImportReport, Leg, Path as Drive, Roads, Search, Snapped, TravelTimes};
use std::path::{Path, PathBuf};

/// How far off the road a place named on the command line may be.
const SNAP_M: f64 = 1_000.0;

/// Work with road networks.
#[derive(Debug, Subcommand)]
pub(crate) enum RoadCommand {
    /// Turn an OpenStreetMap extract (.osm.pbf) or node-link JSON (.json) into a road file.
    Import {
        /// The extract or document.
        input: PathBuf,
        /// Where to write the road file.
        #[arg(short, long)]
        out: PathBuf,
        /// Whose default speed limits hold, e.g. DE or US-NYC [default: by where the extract lies].
        #[arg(long)]
        country: Option<String>,
    },
    /// Show what a road file holds.
    Info {
        /// A road file, or anything that can be imported.
        file: PathBuf,
    },
    /// Drive from one place to another: time, distance, energy, streets.
    Route {
        /// A road file, or anything that can be imported.
        file: PathBuf,
        /// Start, as latitude,longitude in degrees.
        #[arg(value_parser = parse_position, allow_hyphen_values = true)]
        from: Position,
        /// End, as latitude,longitude in degrees.
        #[arg(value_parser = parse_position, allow_hyphen_values = true)]
        to: Position,
        /// Print the way as a GeoJSON feature instead.
        #[arg(long)]
        geojson: bool,
        /// What the vehicle uses at its nominal speed.
        #[arg(long, default_value_t = 150.0, value_name = "WH")]
        consumption_wh_per_km: f64,
    },
}

/// Runs one `paceline road` command and prints its answer.
pub(crate) fn run(command: RoadCommand) -> anyhow::Result<()> {
    match command {
        RoadCommand::Import { input, out, country } => import(&input, &out, country),
        RoadCommand::Info { file } => info(&file),
        RoadCommand::Route { file, from, to, geojson, consumption_wh_per_km } => {
            let roads = open(&file)?;
            let route = route(&roads, from, to)?;
            let consumption = consumption(consumption_wh_per_km)?;
            let text = if geojson {
                feature(&roads, &route, consumption)
            } else {
                sheet(&roads, &route, consumption)
            };
            println!("{text}");
            Ok(())
        }
    }
}

fn parse_position(text: &str) -> Result<Position, String> {
    let (lat, lon) = text.split_once(',').ok_or("expected latitude,longitude")?;
    let number = |text: &str| text.trim().parse::<f64>().map_err(|error| format!("{text}: {error}"));
    Position::new(number(lat)?, number(lon)?).map_err(|error| error.to_string())
}

fn consumption(wh_per_km: f64) -> anyhow::Result<MilliwattHoursPerKm> {
    if !(wh_per_km > 0.0 && wh_per_km <= 10_000.0) {
        bail!("--consumption-wh-per-km must be above 0 and at most 10,000, not {wh_per_km}");
    }
    Ok(MilliwattHoursPerKm((wh_per_km * 1e3).round() as u32))
}

fn imported(input: &Path, country: Option<String>) -> anyhow::Result<(Roads, ImportReport)> {
    let named = |error| anyhow::Error::new(error).context(format!("cannot import {}", input.display()));
    match input.extension().and_then(|extension| extension.to_str()) {
        Some("pbf") => Roads::import_osm_pbf(input, &ImportOptions { country }).map_err(named),
        Some("json" | "gz") => Roads::import_node_link(&paceline_sim::day::read_all(input)?).map_err(named),
        _ => bail!("{}: expected .osm.pbf, .json or .json.gz", input.display()),
    }
}

/// Opens a road file; imports anything else.
pub(crate) fn open(file: &Path) -> anyhow::Result<Roads> {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("pbf" | "json" | "gz") => Ok(imported(file, None)?.0),
        _ => Roads::open(file).with_context(|| format!("cannot open {}", file.display())),
    }
}

fn import(input: &Path, out: &Path, country: Option<String>) -> anyhow::Result<()> {
    let (roads, report) = imported(input, country)?;
    roads.save(out)?;
    print!("{report}");
    println!("written       {}, {:.0} kB, digest {:08x}", out.display(), kilobytes(&roads), roads.digest());
    Ok(())
}

fn info(file: &Path) -> anyhow::Result<()> {
    let roads = open(file)?;
    let (south_west, north_east) = roads.bounds();
    let (mut streets, mut named, mut length) = (0u64, 0u64, 0.0);
    for (edge, _) in roads.street_polylines() {
        streets += 1;
        named += u64::from(roads.edge_name(edge).is_some());
        length += roads.edge_leg(edge).distance.as_km();
    }
    println!("file          {}, {:.0} kB, digest {:08x}", file.display(), kilobytes(&roads), roads.digest());
    println!("nodes         {}", roads.node_count());
    println!("edges         {}", roads.edge_count());
    println!("streets       {streets}, {named} of them named, {length:.1} km");
    println!("restrictions  {} kept", roads.restriction_count());
    println!("south-west    {:.5},{:.5}", south_west.lat(), south_west.lon());
    println!("north-east    {:.5},{:.5}", north_east.lat(), north_east.lon());
    Ok(())
}

fn kilobytes(roads: &Roads) -> f64 {
    roads.as_bytes().len() as f64 / 1e3
}

/// A drive between two places that were asked for.
struct Route {
    from: Snapped,
    to: Snapped,
    drive: Drive,
}

fn route(roads: &Roads, from: Position, to: Position) -> anyhow::Result<Route> {
    let snap = |what: &str, place: Position| {
        let far =
            || format!("{what} {:.5},{:.5} is not within {SNAP_M} m of a street", place.lat(), place.lon());
        roads.snap(place, SNAP_M).with_context(far)
    };
    let (from, to) = (snap("the start", from)?, snap("the end", to)?);
    let drive = roads.path(&mut Search::new(roads), from.point, to.point).context("there is no way")?;
    Ok(Route { from, to, drive })
}

/// The streets of a drive with the length on each, neighbours of one name taken together.
fn streets(roads: &Roads, route: &Route) -> Vec<(String, Centimetres)> {
    let mut streets: Vec<(String, Centimetres)> = Vec::new();
    let last = route.drive.edges.len() - 1;
    let mut left = route.drive.leg.distance;
    for (i, &edge) in route.drive.edges.iter().enumerate() {
        let whole = roads.edge_leg(edge).distance;
        let length =
            if i == 0 && last > 0 { first_length(roads, route) } else { Centimetres(whole.0.min(left.0)) };
        left = Centimetres(left.0 - length.0);
        let name = roads.edge_name(edge).unwrap_or("(unnamed)");
        match streets.last_mut() {
            Some((before, sum)) if before == name => *sum += length,
            _ => streets.push((name.to_owned(), length)),
        }
    }
    // Where a place is at a corner, a few centimetres of the crossing street say nothing.
    if streets.iter().any(|(_, length)| length.0 >= 100) {
        streets.retain(|(_, length)| length.0 >= 100);
    }
    streets
}

/// The part of the first edge that is driven: all but what the later edges take.
fn first_length(roads: &Roads, route: &Route) -> Centimetres {
    let edges = &route.drive.edges;
    let whole = roads.edge_leg(edges[0]).distance;
    let start = route.from.point;
    let done = if edges[0] == start.edge { start.fraction } else { u16::MAX - start.fraction };
    let driven = u64::from(whole.0) * u64::from(u16::MAX - done) / u64::from(u16::MAX);
    Centimetres((driven as u32).min(route.drive.leg.distance.0))
}

fn watt_hours(leg: Leg, consumption: MilliwattHoursPerKm) -> f64 {
    f64::from(consumption.over(leg.effort).0) / 1e3
}

fn sheet(roads: &Roads, route: &Route, consumption: MilliwattHoursPerKm) -> String {
    let leg = route.drive.leg;
    let seconds = leg.time.0 / 1_000;
    let mut lines = vec![
        format!("time      {}:{:02} min", seconds / 60, seconds % 60),
        format!("distance  {:.2} km", leg.distance.as_km()),
        format!("energy    {:.0} Wh", watt_hours(leg, consumption)),
        format!(
            "snapped   {:.0} m at the start, {:.0} m at the end",
            route.from.distance_m, route.to.distance_m
        ),
    ];
    lines.extend(
        streets(roads, route).iter().map(|(name, length)| format!("{:>7.0} m  {name}", length.as_metres())),
    );
    lines.join("\n")
}

fn feature(roads: &Roads, route: &Route, consumption: MilliwattHoursPerKm) -> String {
    let leg = route.drive.leg;
    let line: Vec<[f64; 2]> =
        route.drive.steps.iter().map(|step| [step.position.lon(), step.position.lat()]).collect();
    let names: Vec<String> = streets(roads, route).into_iter().map(|(name, _)| name).collect();
    serde_json::json!({
        "type": "Feature",
        "geometry": { "type": "LineString", "coordinates": line },
        "properties": {
            "time_s": leg.time.as_secs_f64(),
            "distance_m": leg.distance.as_metres(),
            "energy_wh": watt_hours(leg, consumption),
            "streets": names,
        },
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    /// A block of four one-way streets near the equator, 1.11 km a side, 36 km/h.
    const BLOCK: &str = r#"{
        "nodes": [{"id": 1, "x": 0, "y": 0}, {"id": 2, "x": 0.01, "y": 0},
                  {"id": 3, "x": 0.01, "y": 0.01}, {"id": 4, "x": 0, "y": 0.01}],
        "links": [{"source": 1, "target": 2, "length": 1112, "speed_kmph": 36, "name": "South Street"},
                  {"source": 2, "target": 3, "length": 1112, "speed_kmph": 36, "name": "East Street"},
                  {"source": 3, "target": 4, "length": 1112, "speed_kmph": 36, "name": "North Street"},
                  {"source": 4, "target": 1, "length": 1112, "speed_kmph": 36}]
    }"#;

    fn drive(from: &str, to: &str) -> anyhow::Result<(Roads, Route)> {
        let (roads, _) = Roads::import_node_link(BLOCK.as_bytes())?;
        let place = |text: &str| parse_position(text).map_err(anyhow::Error::msg);
        let route = route(&roads, place(from)?, place(to)?)?;
        Ok((roads, route))
    }

    #[test]
    fn a_route_says_what_it_takes_and_names_its_streets() {
        let (roads, route) = drive("-0.0001,0.005", "0.0101,0.005").unwrap();
        expect![[r#"
            time      3:42 min
            distance  2.22 km
            energy    318 Wh
            snapped   11 m at the start, 11 m at the end
                556 m  South Street
               1112 m  East Street
                556 m  North Street"#]]
        .assert_eq(&sheet(&roads, &route, MilliwattHoursPerKm(150_000)));
    }

    #[test]
    fn a_route_backwards_along_a_one_way_street_names_it_twice() {
        let (roads, route) = drive("0,0.008", "0,0.002").unwrap();
        let names: Vec<String> = streets(&roads, &route).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["South Street", "East Street", "North Street", "(unnamed)", "South Street"]);
        let sum: u32 = streets(&roads, &route).iter().map(|(_, length)| length.0).sum();
        assert_eq!(sum, route.drive.leg.distance.0);
    }

    #[test]
    fn a_geojson_route_is_longitude_first() {
        let (roads, route) = drive("0,0.002", "0,0.008").unwrap();
        let feature: serde_json::Value =
            serde_json::from_str(&feature(&roads, &route, MilliwattHoursPerKm(150_000))).unwrap();
        assert_eq!(feature["geometry"]["coordinates"][1][0], 0.008);
        assert_eq!(feature["properties"]["streets"][0], "South Street");
    }

    #[test]
    fn places_off_the_map_and_malformed_ones_are_refused_by_name() {
        let error = drive("5,5", "0,0").err().unwrap().to_string();
        assert_eq!(error, "the start 5.00000,5.00000 is not within 1000 m of a street");
        assert!(parse_position("40.7").is_err());
        assert!(parse_position("40.7,north").is_err());
        assert!(parse_position("95,0").is_err());
    }

    #[test]
    fn a_consumption_of_nothing_is_refused() {
        assert!(consumption(0.0).is_err());
        assert!(consumption(f64::NAN).is_err());
        assert_eq!(consumption(150.0).unwrap(), MilliwattHoursPerKm(150_000));
    }
}
