//! Lines, words and numbers of an instance, each refusal with its line; and what holds for all formats.

use super::super::problem::{Fleet, Place, Point, VrpProblem, Window};
use crate::solver::text::{TextError, TextLine};

/// Places that an instance may have. The solver keeps a table of places x places: 72 MB at this limit.
const PLACES_MAX: usize = 3_000;
/// How large a coordinate, time or load may be, either way. Keeps sums of ten-thousandths far from overflow.
const VALUE_MAX: f64 = 100_000.0;

impl<'a> TextLine<'a> {
    /// The word at `column`, counted from 0.
    pub(super) fn word(self, column: usize, field: &'static str) -> Result<&'a str, TextError> {
        let rule = || format!("column {} is missing", column + 1);
        self.words().nth(column).ok_or_else(|| self.error(field, self.text, rule()))
    }
    pub(super) fn number(self, column: usize, field: &'static str) -> Result<f64, TextError> {
        self.read(self.word(column, field)?, field)
    }
    /// A number from a word of this line.
    pub(super) fn read(self, word: &str, field: &'static str) -> Result<f64, TextError> {
        match word.parse::<f64>() {
            Ok(value) if value.abs() <= VALUE_MAX => Ok(value),
            Ok(value) if !value.is_nan() => {
                Err(self.error(field, word, format!("at most {VALUE_MAX}, either way")))
            }
            Ok(_) | Err(_) => Err(self.error(field, word, "a number")),
        }
    }
    pub(super) fn positive(self, column: usize, field: &'static str) -> Result<f64, TextError> {
        let value = self.number(column, field)?;
        let rule = "greater than 0";
        if value > 0.0 { Ok(value) } else { Err(self.error(field, &value.to_string(), rule)) }
    }
    pub(super) fn index(self, column: usize, field: &'static str) -> Result<usize, TextError> {
        let word = self.word(column, field)?;
        word.parse().map_err(|_| self.error(field, word, "a whole number, 0 or more"))
    }
}

/// Columns of a place: x, y, load, earliest, latest, service.
pub(super) struct PlaceColumns(pub(super) [usize; 6]);

impl PlaceColumns {
    pub(super) fn place(&self, line: TextLine, name: &str) -> Result<Place, TextError> {
        let [x, y, load, earliest, latest, service] = self.0;
        let place = Place {
            name: name.to_owned(),
            point: Point { x: line.number(x, "x")?, y: line.number(y, "y")? },
            load: line.number(load, "demand")?,
            window: Window {
                earliest: line.number(earliest, "ready time")?,
                latest: line.number(latest, "due date")?,
            },
            service: line.number(service, "service time")?,
        };
        if place.window.latest < place.window.earliest {
            let value = place.window.latest.to_string();
            return Err(line.error("due date", &value, "no earlier than the ready time"));
        }
        if place.service < 0.0 {
            return Err(line.error("service time", &place.service.to_string(), "0 or more"));
        }
        Ok(place)
    }
}

/// Reads places from `lines`, whose first column counts up from 0.
pub(super) fn numbered(lines: &[TextLine], columns: &PlaceColumns) -> Result<Vec<Place>, TextError> {
    let mut places = Vec::new();
    for (row, line) in lines.iter().enumerate() {
        let id = line.index(0, "number")?;
        if id != row {
            return Err(line.error(
                "number",
                &id.to_string(),
                format!("places count up from 0; this is {row}"),
            ));
        }
        places.push(columns.place(*line, &id.to_string())?);
    }
    Ok(places)
}

pub(super) fn fleet(vehicles: usize, capacity: f64) -> Fleet {
    Fleet { vehicles, capacity, speed: 1.0, duration_max: None }
}

/// What holds for an instance of any format, read from `lines`.
pub(super) fn sound(problem: &VrpProblem, lines: &[TextLine]) -> Result<(), TextError> {
    let last = lines.last().map_or(0, |line| line.number);
    let error = |line, field, value: String, rule: String| Err(TextError { line, field, value, rule });
    let count = problem.places.len() + problem.energy.as_ref().map_or(0, |energy| energy.stations.len());
    if count > PLACES_MAX {
        return error(last, "places", count.to_string(), format!("at most {PLACES_MAX}"));
    }
    if problem.requests.is_empty() {
        return error(last, "places", count.to_string(), "a depot and at least one place to serve".into());
    }
    if problem.fleet.vehicles == 0 {
        return error(last, "vehicles", "0".into(), "at least 1".into());
    }
    let line_of = |place: &Place| line_of(lines, place).unwrap_or(last);
    for request in &problem.requests {
        let (pickup, capacity) = (&problem.places[request.pickup], problem.fleet.capacity);
        if pickup.load < 0.0 || pickup.load > capacity {
            let rule = format!("place {}: between 0 and the capacity of {capacity}", pickup.name);
            return error(line_of(pickup), "demand", pickup.load.to_string(), rule);
        }
        let Some(delivery) = request.delivery else { continue };
        let delivery = &problem.places[delivery];
        if delivery.load != -pickup.load {
            let rule = format!("place {}: what place {} loads, negative", delivery.name, pickup.name);
            return error(line_of(delivery), "demand", delivery.load.to_string(), rule);
        }
    }
    Ok(())
}

/// The line that a place stands in: one of seven columns or more that begins with its name. The line of the fleet has fewer.
fn line_of(lines: &[TextLine], place: &Place) -> Option<usize> {
    let names =
        |word: &str| word == place.name || word.parse::<usize>().is_ok_and(|id| id.to_string() == place.name);
    let own = lines.iter().find(|line| line.words().count() >= 7 && line.words().next().is_some_and(names));
    own.map(|line| line.number)
}
