//! `paceline road`: import a network, look at it, ask it. Each question has a file of its own in `road/`.

mod ask;
mod gpx;
mod places;
mod reported;
mod route;
mod trace;

use anyhow::{Context, bail};
use ask::Answer;
use clap::Subcommand;
use paceline_model::Position;
use paceline_road::{Circle, DimacsWeight, ImportOptions, ImportReport, Roads};
use places::Uses;
pub(crate) use places::guarded;
pub(crate) use places::parse_position;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// Work with road networks.
#[derive(Debug, Subcommand)]
pub(crate) enum RoadCommand {
    /// Turn an OpenStreetMap extract (.osm.pbf), node-link JSON (.json) or a DIMACS graph (.gr, with .co beside it) into a
    /// road file.
    Import {
        /// The extract or document.
        input: PathBuf,
        /// Where to write the road file.
        #[arg(short, long)]
        out: PathBuf,
        /// Whose default speed limits hold, e.g. DE or US-NYC [default: by where the extract lies].
        #[arg(long)]
        country: Option<String>,
        /// What a DIMACS graph's weights mean.
        #[arg(long, value_enum, default_value_t = Weights::Milliseconds)]
        weights: Weights,
        /// The middle of what is taken out of a larger map, as latitude,longitude in degrees.
        #[arg(long, value_name = "LAT,LON", value_parser = parse_position, requires = "radius_km")]
        center: Option<Position>,
        /// How far around the middle.
        #[arg(long, value_name = "KM", requires = "center")]
        radius_km: Option<f64>,
    },
    /// Show what a road file holds.
    Info {
        /// A road file, or anything that can be imported.
        file: PathBuf,
    },
    /// Drive from one place to another: time, distance, energy, streets.
    Route {
        #[command(flatten)]
        roads: On,
        /// Start, as latitude,longitude in degrees.
        #[arg(value_parser = parse_position)]
        from: Position,
        /// End, as latitude,longitude in degrees.
        #[arg(value_parser = parse_position)]
        to: Position,
        #[command(flatten)]
        uses: Uses,
        /// The vehicle's battery: says how full it is on the way.
        #[arg(long, value_name = "KWH")]
        battery_kwh: Option<f64>,
        /// How full it is at the start.
        #[arg(long, value_name = "PERCENT", default_value_t = 100.0)]
        charge_percent: f64,
    },
    /// Driving times from each place to each.
    Table {
        #[command(flatten)]
        roads: On,
        /// Starts, as latitude,longitude in degrees; also the ends, if no --to is given.
        #[arg(value_parser = parse_position, required = true)]
        from: Vec<Position>,
        /// An end; give it as often as there are.
        #[arg(long, value_parser = parse_position)]
        to: Vec<Position>,
        #[command(flatten)]
        uses: Uses,
    },
    /// The streets nearest to a place; with --among, which of some places get to it first.
    Nearest {
        #[command(flatten)]
        roads: On,
        /// The place, as latitude,longitude in degrees.
        #[arg(value_parser = parse_position)]
        place: Position,
        /// A place to come from; give it as often as there are.
        #[arg(long, value_parser = parse_position)]
        among: Vec<Position>,
        /// How many to name.
        #[arg(long, default_value_t = 5)]
        count: usize,
        #[command(flatten)]
        uses: Uses,
    },
    /// What is reached within a time, or with an energy.
    Isochrone {
        #[command(flatten)]
        roads: On,
        /// Start, as latitude,longitude in degrees.
        #[arg(value_parser = parse_position)]
        from: Position,
        /// The time.
        #[arg(long)]
        minutes: Option<f64>,
        /// The energy in watt-hours.
        #[arg(long)]
        wh: Option<f64>,
        #[command(flatten)]
        uses: Uses,
    },
    /// Which streets a trace of positions was driven on.
    Match {
        #[command(flatten)]
        roads: On,
        /// The trace: .gpx, or .geojson with a line or points.
        trace: PathBuf,
        /// The positions' error along each axis, in metres.
        #[arg(long, default_value_t = 10.0)]
        sigma_m: f64,
        /// The trace is cut where nothing was reported for longer than so many seconds.
        #[arg(long, default_value_t = 300.0)]
        gap_s: f64,
    },
}

/// The network of a question, and where its answer goes.
#[derive(Debug, clap::Args)]
pub(crate) struct On {
    /// A road file, or anything that can be imported.
    file: PathBuf,
    /// Write the answer as GeoJSON, too; - prints it instead of the text.
    #[arg(long, value_name = "FILE")]
    geojson: Option<PathBuf>,
}

/// The meanings that a DIMACS weight may have.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Weights {
    /// Travel time in milliseconds
    Milliseconds,
    /// Travel time in tenths of a second
    TenthsOfASecond,
    /// Length in tenths of a metre, driven at 50 km/h
    Decimetres,
    /// Length in metres, driven at 50 km/h
    Metres,
}

impl From<Weights> for DimacsWeight {
    fn from(weights: Weights) -> Self {
        match weights {
            Weights::Milliseconds => Self::Milliseconds,
            Weights::TenthsOfASecond => Self::TenthsOfASecond,
            Weights::Decimetres => Self::Decimetres { kmh: 50.0 },
            Weights::Metres => Self::Metres { kmh: 50.0 },
        }
    }
}

/// Runs one `paceline road` command and prints its answer.
pub(crate) fn run(command: RoadCommand) -> anyhow::Result<()> {
    match command {
        RoadCommand::Import { input, out, country, weights, center, radius_km } => {
            let options = ImportOptions { country, within: circle(center, radius_km)? };
            import(&input, &out, &options, weights)
        }
        RoadCommand::Info { file } => info(&file),
        RoadCommand::Route { roads, from, to, uses, battery_kwh, charge_percent } => roads.answer(|roads| {
            let battery = battery_kwh.map(|kwh| route::battery(kwh, charge_percent)).transpose()?;
            let (found, model) = (route::route(roads, from, to)?, uses.model()?);
            let text = route::sheet(roads, &found, model, battery);
            Ok(Answer { text, geojson: route::feature(roads, &found, model, battery) })
        }),
        RoadCommand::Table { roads, from, to, uses } => {
            let to = if to.is_empty() { &from } else { &to };
            roads.answer(|roads| ask::table(roads, &from, to, uses.model()?))
        }
        RoadCommand::Nearest { roads, place, among, count, uses } => {
            roads.answer(|roads| match among.as_slice() {
                [] => ask::nearest_streets(roads, place, count),
                among => ask::nearest_of(roads, place, among, count, uses.model()?),
            })
        }
        RoadCommand::Isochrone { roads, from, minutes, wh, uses } => {
            roads.answer(|roads| ask::isochrone(roads, from, minutes, wh, uses.model()?))
        }
        RoadCommand::Match { roads, trace, sigma_m, gap_s } => {
            let fixes = trace::read(&trace)?;
            roads.answer(|roads| trace::answer(roads, &fixes, sigma_m, gap_s))
        }
    }
}

impl On {
    /// Asks the network, prints the text, writes the GeoJSON where it is wanted.
    fn answer(&self, question: impl FnOnce(&Roads) -> anyhow::Result<Answer>) -> anyhow::Result<()> {
        let answer = question(&open(&self.file)?)?;
        match &self.geojson {
            Some(file) if file.as_os_str() == "-" => println!("{}", answer.geojson),
            Some(file) => {
                let write = std::fs::write(file, answer.geojson.to_string());
                write.with_context(|| format!("cannot write {}", file.display()))?;
                println!("{}", answer.text);
            }
            None => println!("{}", answer.text),
        }
        Ok(())
    }
}

/// What is taken out of a larger map. Errors: no radius that could be one.
pub(crate) fn circle(center: Option<Position>, radius_km: Option<f64>) -> anyhow::Result<Option<Circle>> {
    let circle = center.zip(radius_km).map(|(center, km)| Circle::from_km("radius-km", center, km));
    Ok(circle.transpose()?)
}

/// Whether a file is a map to be imported, and not a road file.
pub(crate) fn is_map(file: &Path) -> bool {
    matches!(file.extension().and_then(|extension| extension.to_str()), Some("pbf" | "json" | "gz" | "gr"))
}

/// Imports a map, in whichever of the known forms it comes. Errors: not one of them, or damaged.
pub(crate) fn imported(
    input: &Path,
    options: &ImportOptions,
    weights: Weights,
) -> anyhow::Result<(Roads, ImportReport)> {
    let named = |error| anyhow::Error::new(error).context(format!("cannot import {}", input.display()));
    match input.extension().and_then(|extension| extension.to_str()) {
        Some("pbf") => Roads::import_osm_pbf(input, options).map_err(named),
        Some(other) if options.within.is_some() => {
            bail!("a circle is taken out of an .osm.pbf, not out of .{other}")
        }
        Some("json" | "gz") => Roads::import_node_link(&paceline_sim::files::read_all(input)?).map_err(named),
        Some("gr") => {
            let text = |file: &Path| {
                let opened =
                    std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()));
                opened.map(BufReader::new)
            };
            let (arcs, places) = (text(input)?, text(&input.with_extension("co"))?);
            Roads::import_dimacs(arcs, places, weights.into()).map_err(named)
        }
        _ => bail!("{}: expected .osm.pbf, .json, .json.gz or .gr", input.display()),
    }
}

/// Opens a road file; imports anything else.
pub(crate) fn open(file: &Path) -> anyhow::Result<Roads> {
    if is_map(file) {
        return Ok(imported(file, &ImportOptions::default(), Weights::Milliseconds)?.0);
    }
    Roads::open(file).with_context(|| format!("cannot open {}", file.display()))
}

fn import(input: &Path, out: &Path, options: &ImportOptions, weights: Weights) -> anyhow::Result<()> {
    let (roads, report) = imported(input, options, weights)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A block of four one-way streets near the equator, 1.11 km a side, 36 km/h.
    pub(super) const BLOCK: &str = r#"{
        "nodes": [{"id": 1, "x": 0, "y": 0}, {"id": 2, "x": 0.01, "y": 0},
                  {"id": 3, "x": 0.01, "y": 0.01}, {"id": 4, "x": 0, "y": 0.01}],
        "links": [{"source": 1, "target": 2, "length": 1112, "speed_kmph": 36, "name": "South Street"},
                  {"source": 2, "target": 3, "length": 1112, "speed_kmph": 36, "name": "East Street"},
                  {"source": 3, "target": 4, "length": 1112, "speed_kmph": 36, "name": "North Street"},
                  {"source": 4, "target": 1, "length": 1112, "speed_kmph": 36}]
    }"#;

    #[test]
    fn a_dimacs_graph_is_read_with_the_coordinates_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let graph = folder.path().join("a.gr");
        std::fs::write(&graph, "p sp 2 2\na 1 2 4000\na 2 1 4000\n").unwrap();
        assert!(format!("{:#}", open(&graph).unwrap_err()).contains("a.co"), "it says which file is missing");
        std::fs::write(folder.path().join("a.co"), "p aux sp co 2\nv 1 0 0\nv 2 1000 0\n").unwrap();
        assert_eq!(open(&graph).unwrap().edge_count(), 2);
    }

    #[test]
    fn an_answer_goes_to_the_file_that_was_named() {
        let folder = tempfile::tempdir().unwrap();
        let (roads, out) = (folder.path().join("block.json"), folder.path().join("way.geojson"));
        std::fs::write(&roads, BLOCK).unwrap();
        let on = On { file: roads, geojson: Some(out.clone()) };
        let (from, to) = (Position::new(0.0, 0.002).unwrap(), Position::new(0.0, 0.008).unwrap());
        let uses = Uses { consumption_wh_per_km: 150.0, auxiliary_w: 0 };
        run(RoadCommand::Route { roads: on, from, to, uses, battery_kwh: None, charge_percent: 100.0 })
            .unwrap();
        let written: serde_json::Value = serde_json::from_slice(&std::fs::read(out).unwrap()).unwrap();
        assert_eq!(written["type"], "Feature");
    }
}
