//! `paceline city`: a folder for one's own city.

use super::road::{self, Weights};
use anyhow::Context as _;
use clap::Subcommand;
use paceline_model::{Position, Zone};
use paceline_road::{ImportOptions, Roads};
use paceline_sim::OwnCity;
use std::path::PathBuf;

/// Bring a city of your own.
#[derive(Debug, Subcommand)]
pub(crate) enum CityCommand {
    /// Make a folder that runs: streets, an example of a day for the simulator, and settings for a server
    New(NewArgs),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  paceline city new heidelberg --osm heidelberg.osm.pbf --time-zone Europe/Berlin
  paceline city new centre --osm germany.osm.pbf --center 49.41,8.69 --radius-km 6")]
pub(crate) struct NewArgs {
    /// The folder to make; its last part is the city's name.
    name: PathBuf,
    /// The map: an OpenStreetMap extract (.osm.pbf), or anything else that `paceline road import` takes.
    #[arg(long, value_name = "FILE")]
    osm: PathBuf,
    /// The middle of what is taken out of a larger extract, as latitude,longitude in degrees.
    #[arg(long, value_name = "LAT,LON", value_parser = road::parse_position, requires = "radius_km")]
    center: Option<Position>,
    /// How far around the middle.
    #[arg(long, value_name = "KM", requires = "center")]
    radius_km: Option<f64>,
    /// Vehicles of the example fleet.
    #[arg(long, default_value_t = 50)]
    vehicles: u32,
    /// Trips of the example day.
    #[arg(long, default_value_t = 1_500)]
    trips: u32,
    /// The city's own clock, by its name in the time zone database or as an offset from UTC.
    #[arg(long, value_name = "Europe/Oslo|+01:00", default_value = "UTC", allow_hyphen_values = true)]
    time_zone: Zone,
    /// Fixes what is made up.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Runs one `paceline city` command.
pub(crate) fn run(command: CityCommand) -> anyhow::Result<()> {
    let CityCommand::New(args) = command;
    let name = args.name.file_name().context("the folder needs a name")?.to_string_lossy().into_owned();
    let roads = streets(&args)?;
    let city = OwnCity {
        name,
        vehicles: args.vehicles,
        trips: args.trips,
        time_zone: args.time_zone,
        seed: args.seed,
    };
    let files = city.write(&roads, &args.name)?;
    println!("written       {}: {}", args.name.display(), files.join(", "));
    println!("next          cd {} && paceline sim scenario.toml --report day.html", args.name.display());
    println!("made up       trips, fleet and chargers; README.md there says what to put in their place");
    Ok(())
}

/// The streets, of which the import says what was read.
fn streets(args: &NewArgs) -> anyhow::Result<Roads> {
    let within = road::circle(args.center, args.radius_km)?;
    if within.is_none() && !road::is_map(&args.osm) {
        return road::open(&args.osm);
    }
    let options = ImportOptions { within, ..ImportOptions::default() };
    let (roads, report) = road::imported(&args.osm, &options, Weights::Milliseconds)?;
    print!("{report}");
    Ok(roads)
}
