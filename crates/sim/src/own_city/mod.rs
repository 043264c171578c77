//! A folder for a city that somebody brings: its streets, and an example of everything else that a day and a server need, with a word on
//! what to put in its place. Called by `paceline city new`. The demand is made up: `demand` says how.

mod demand;

use crate::error::SimError;
use demand::{Drawn, Sketch};
use minijinja::{Environment, UndefinedBehavior, context};
use paceline_model::Zone;
use paceline_model::limits::{Invalid, Rule, within};
use paceline_road::Roads;
use std::fmt::Write as _;
use std::path::Path;

/// The streets' file in the folder.
const STREETS: &str = "streets.roads";

/// Most vehicles and trips that are made up: beyond, one has files of one's own.
const VEHICLES: (f64, f64) = (1.0, 10_000.0);
const TRIPS: (f64, f64) = (1.0, 1_000_000.0);

/// What is made up.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnCity {
    /// What it is called in reports.
    pub name: String,
    /// Vehicles of the example fleet.
    pub vehicles: u32,
    /// Trips of the example day.
    pub trips: u32,
    /// The city's own clock, as `fleet.time_zone` takes it.
    pub time_zone: Zone,
    /// Fixes all chance.
    pub seed: u64,
}

/// What several files hold alike.
const FLEET: (&str, &str) = ("fleet.toml", include_str!("fleet.toml"));
const TEMPLATES: [(&str, &str); 3] = [
    ("scenario.toml", include_str!("scenario.toml")),
    ("paceline.toml", include_str!("paceline.toml")),
    ("README.md", include_str!("README.md")),
];

impl OwnCity {
    /// Writes the folder, which must be empty or absent. Returns the files' names.
    ///
    /// Errors: too many vehicles or trips; not writable; no street on which anybody could stand.
    pub fn write(&self, roads: &Roads, folder: &Path) -> Result<Vec<String>, SimError> {
        self.validate().map_err(|invalid| SimError::Invalid { path: folder.to_owned(), invalid })?;
        refuse_used(folder)?;
        std::fs::create_dir_all(folder).map_err(|error| SimError::io(folder, error))?;
        let drawn = Sketch::new(roads, self.seed).draw(self.vehicles, self.trips);
        roads
            .save(&folder.join(STREETS))
            .map_err(|error| SimError::Road { path: folder.join(STREETS), error })?;
        let made =
            [("trips.csv", trips(&drawn)), ("fleet.csv", fleet(&drawn)), ("chargers.csv", chargers(&drawn))];
        let mut files: Vec<(&str, String)> = made.into();
        for (name, template) in TEMPLATES {
            files.push((name, self.render(name, template, &drawn)?));
        }
        for (name, text) in &files {
            let path = folder.join(name);
            std::fs::write(&path, text).map_err(|error| SimError::io(&path, error))?;
        }
        Ok(std::iter::once(STREETS)
            .chain(files.into_iter().map(|(name, _)| name))
            .map(str::to_owned)
            .collect())
    }

    fn validate(&self) -> Result<(), Invalid> {
        within("vehicles", f64::from(self.vehicles), VEHICLES)?;
        within("trips", f64::from(self.trips), TRIPS)?;
        let plain = |text: &str| {
            !text.is_empty() && !text.contains(['"', '\\']) && !text.chars().any(char::is_control)
        };
        if !plain(&self.name) {
            let rule = Rule::Shape(
                "must be a name without quotation marks, backslashes and control characters".into(),
            );
            return Err(Invalid::new("name", &self.name, rule));
        }
        Ok(())
    }

    fn render(&self, name: &str, template: &str, drawn: &Drawn) -> Result<String, SimError> {
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        templates.add_template(FLEET.0, FLEET.1)?;
        templates.add_template(name, template)?;
        let [stand, from, to] = drawn.example();
        let text = templates.get_template(name)?.render(context! {
            name => &self.name,
            streets => STREETS,
            vehicles => self.vehicles,
            trips => self.trips,
            time_zone => self.time_zone.to_string(),
            day => demand::DAY, next_day => demand::NEXT_DAY,
            kw => demand::PLUG_KW,
            stand_lat => stand.lat(), stand_lon => stand.lon(),
            from_lat => from.lat(), from_lon => from.lon(),
            to_lat => to.lat(), to_lon => to.lon(),
        })?;
        Ok(text + "\n")
    }
}

/// Errors: there is something in the folder already.
fn refuse_used(folder: &Path) -> Result<(), SimError> {
    if folder.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        let error = std::io::Error::new(
            std::io::ErrorKind::AlreadyExists,
            "the folder is not empty: nothing is written over",
        );
        return Err(SimError::io(folder, error));
    }
    Ok(())
}

fn trips(drawn: &Drawn) -> String {
    let mut text = String::from("request_id,departure_time,o_lat,o_lon,d_lat,d_lon,passengers\n");
    for (number, trip) in drawn.trips.iter().enumerate() {
        let (second, day) = (trip.second, demand::DAY);
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        let ends = format!("{},{},{},{}", trip.from.lat(), trip.from.lon(), trip.to.lat(), trip.to.lon());
        _ = writeln!(text, "trip-{number},{day} {hour:02}:{minute:02}:{second:02},{ends},{}", trip.party);
    }
    text
}

fn fleet(drawn: &Drawn) -> String {
    let mut text = String::from("vehicle_id,lat,lon,initial_soc\n");
    for (number, (place, charge)) in drawn.vehicles.iter().enumerate() {
        _ = writeln!(text, "car-{number},{},{},{charge:.2}", place.lat(), place.lon());
    }
    text
}

fn chargers(drawn: &Drawn) -> String {
    let mut text = String::from("station_id,lat,lon,charger_count,charger_id\n");
    for (number, place) in drawn.chargers.iter().enumerate() {
        _ = writeln!(text, "site-{number},{},{},{},FAST", place.lat(), place.lon(), demand::SITE_PLUGS);
    }
    text
}
