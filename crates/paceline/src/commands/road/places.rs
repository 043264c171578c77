//! What the commands read: places on the command line, and how far they may lie off the road.

use anyhow::{Context, bail};
use paceline_model::{MilliwattHoursPerKm, Position};
use paceline_road::{EnergyModel, Roads, Snapped};
use std::ffi::OsString;

/// How far off the road a place named on the command line may be.
pub(super) const SNAP_M: f64 = 1_000.0;

/// A place as latitude,longitude in degrees.
pub(crate) fn parse_position(text: &str) -> Result<Position, String> {
    let (lat, lon) = text.split_once(',').ok_or("expected latitude,longitude")?;
    let number = |text: &str| text.trim().parse::<f64>().map_err(|error| format!("{text}: {error}"));
    Position::new(number(lat)?, number(lon)?).map_err(|error| error.to_string())
}

/// The program's arguments, in which no place looks like an option: one on the southern half of the globe begins with a hyphen, and is given
/// a blank before it.
pub(crate) fn guarded(arguments: impl Iterator<Item = OsString>) -> impl Iterator<Item = OsString> {
    let is_place = |text: &str| text.starts_with('-') && parse_position(text).is_ok();
    arguments.map(move |argument| match argument.to_str() {
        Some(text) if is_place(text) => format!(" {text}").into(),
        _ => argument,
    })
}

/// The nearest place on a street; the error names the place and the rule.
pub(super) fn snap(roads: &Roads, what: &str, place: Position) -> anyhow::Result<Snapped> {
    let far = || format!("{what} {:.5},{:.5} is not within {SNAP_M} m of a street", place.lat(), place.lon());
    roads.snap(place, SNAP_M).with_context(far)
}

/// What the vehicle of a question uses.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Uses {
    /// What the vehicle uses at its nominal speed
    #[arg(long, default_value_t = 150.0, value_name = "WH")]
    pub(super) consumption_wh_per_km: f64,
    /// What heating, cooling and computers draw all the time
    #[arg(long, default_value_t = 0, value_name = "W", value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub(super) auxiliary_w: u32,
}

impl Uses {
    pub(super) fn model(self) -> anyhow::Result<EnergyModel> {
        let wh_per_km = self.consumption_wh_per_km;
        if !(wh_per_km > 0.0 && wh_per_km <= 10_000.0) {
            bail!("--consumption-wh-per-km must be above 0 and at most 10,000, not {wh_per_km}");
        }
        let consumption = MilliwattHoursPerKm((wh_per_km * 1e3).round() as u32);
        Ok(EnergyModel { consumption, auxiliary_w: self.auxiliary_w })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(clap::Parser)]
    struct Asked {
        #[command(subcommand)]
        command: super::super::RoadCommand,
    }

    /// The starts and ends of a table, as a command line names them.
    fn table(line: &str) -> (Vec<Position>, Vec<Position>) {
        let words = line.split(' ').map(OsString::from);
        match <Asked as clap::Parser>::try_parse_from(guarded(words)).unwrap().command {
            super::super::RoadCommand::Table { from, to, .. } => (from, to),
            _ => panic!("asked for a table"),
        }
    }

    #[test]
    fn options_stand_before_or_behind_places_on_either_half_of_the_globe() {
        for line in [
            "road table a.roads -33.9,151.2 -0.5,-1.5 --to -34,151 --to 1,1 --auxiliary-w 5",
            "road table a.roads --to -34,151 --to=1,1 --geojson - -33.9,151.2 -0.5,-1.5",
        ] {
            let (from, to) = table(line);
            let lat = |places: &[Position]| places.iter().map(|place| place.lat()).collect::<Vec<_>>();
            assert_eq!((lat(&from), lat(&to)), (vec![-33.9, -0.5], vec![-34.0, 1.0]), "{line}");
        }
    }

    #[test]
    fn malformed_places_are_refused() {
        for text in ["40.7", "40.7,north", "95,0", ""] {
            assert!(parse_position(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_consumption_of_nothing_is_refused() {
        let model = |consumption_wh_per_km| Uses { consumption_wh_per_km, auxiliary_w: 0 }.model();
        assert!(model(0.0).is_err());
        assert!(model(f64::NAN).is_err());
        assert_eq!(model(150.0).unwrap().consumption, MilliwattHoursPerKm(150_000));
    }
}
