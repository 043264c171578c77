//! The page of a report: runs side by side, each with a map and courses. What is on them is the caller's.

use super::draw::{COURSE, Mark, Path, Projection};
use super::table::Row;
use crate::error::SimError;
use serde::Serialize;

const TEMPLATE: &str = include_str!("report.html");

#[derive(Serialize)]
pub(crate) struct Page {
    pub(crate) title: String,
    pub(crate) subtitle: String,
    /// What is the same in all runs.
    pub(crate) same: &'static str,
    /// What the name of a run is of.
    pub(crate) varies: &'static str,
    /// What lies under every map, as the text of a path.
    pub(crate) backdrop: String,
    pub(crate) rows: Vec<Row>,
    pub(crate) runs: Vec<Run>,
    /// What a reader should know of the input, a paragraph each.
    pub(crate) notes: Vec<String>,
    pub(crate) footer: &'static str,
}

#[derive(Serialize)]
pub(crate) struct Run {
    pub(crate) name: String,
    pub(crate) headline: Vec<(String, &'static str)>,
    /// Beside each other where there is one run, and under each other where there are several.
    pub(crate) left: Vec<Card>,
    pub(crate) right: Vec<Card>,
}

/// One picture: paths under the marks, and over them.
#[derive(Serialize)]
pub(crate) struct Card {
    pub(crate) title: String,
    pub(crate) note: String,
    /// Left, top, width and height of what is seen, in SVG units.
    pub(crate) view: String,
    /// A map, with what lies under it.
    pub(crate) is_map: bool,
    pub(crate) under: Vec<Path>,
    pub(crate) marks: Vec<Mark>,
    pub(crate) over: Vec<Path>,
    pub(crate) keys: Vec<Key>,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

#[derive(Serialize)]
pub(crate) struct Key {
    class: String,
    name: String,
}

impl Key {
    pub(crate) fn of(class: &str, name: &str) -> Self {
        Self { class: class.into(), name: name.into() }
    }
    /// Of an area that is stacked, by its colour.
    pub(crate) fn stacked(colour: usize, name: &str) -> Self {
        Self { class: format!("s{colour}"), name: name.into() }
    }
}

impl Card {
    /// An empty map.
    pub(crate) fn map(title: (&str, &str), projection: &Projection) -> Self {
        let (width, height) = (projection.width, projection.height);
        Self { is_map: true, ..Self::empty(title, (width, height), format!("0 0 {width} {height}")) }
    }
    /// An empty course.
    pub(crate) fn course(title: (&str, &str)) -> Self {
        let (width, height) = COURSE;
        Self::empty(title, COURSE, format!("-48 -8 {} {}", width + 56.0, height + 32.0))
    }
    fn empty((title, note): (&str, &str), (width, height): (f64, f64), view: String) -> Self {
        Self {
            title: title.into(),
            note: note.into(),
            view,
            is_map: false,
            under: Vec::new(),
            marks: Vec::new(),
            over: Vec::new(),
            keys: Vec::new(),
            width,
            height,
        }
    }
}

impl Page {
    /// The page as HTML. Errors: none but a broken template.
    pub(crate) fn render(&self) -> Result<String, SimError> {
        let mut templates = minijinja::Environment::new();
        templates.add_template("report.html", TEMPLATE)?;
        Ok(templates.get_template("report.html")?.render(minijinja::value::Serde(self))?)
    }
}
