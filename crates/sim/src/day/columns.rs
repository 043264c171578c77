//! Which column holds what: a table's fields by the names that such files are known to give them, or that a scenario says. Rows come
//! with their line, and a value that cannot be read is refused with field, value and rule: whoever reads decides what becomes of the row.

use super::rows::{Rows, Table};
use crate::error::SimError;
use paceline_model::{Invalid, Position, Rule};
use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

/// What a column may hold, and the names by which it is known, the first of which is ours. Case and blanks around it do not matter.
pub(super) struct Field {
    pub(super) key: &'static str,
    pub(super) names: &'static [&'static str],
}

/// A table whose columns have been found.
pub(super) struct Columns {
    table: Table,
    /// By field, the column, if there is one, and what its header calls it.
    found: BTreeMap<&'static str, (usize, String)>,
}

impl Columns {
    /// Finds `fields` in a file, those in `told` by the names that it gives them.
    ///
    /// Errors: not readable; a name of `told` that is no field or no column; one of `needed` is not there.
    pub(super) fn open(
        path: &Path,
        fields: &[Field],
        told: &BTreeMap<String, String>,
        needed: &[&[&str]],
    ) -> Result<Self, SimError> {
        let table = Table::open(path)?;
        let refuse = |reason: String| SimError::line(path, 1, reason);
        let all = || table.header.join(", ");
        if let Some(key) = told.keys().find(|key| !fields.iter().any(|field| field.key == key.as_str())) {
            let known: Vec<&str> = fields.iter().map(|field| field.key).collect();
            return Err(refuse(format!("columns.{key}: must be one of {}", known.join(", "))));
        }
        let mut found = BTreeMap::new();
        for field in fields {
            let named = told.get(field.key);
            let column = match named {
                Some(name) => column(&table.header, name),
                None => field.names.iter().find_map(|name| column(&table.header, name)),
            };
            match (column, named) {
                (Some(column), _) => drop(found.insert(field.key, (column, table.header[column].clone()))),
                (None, Some(name)) => {
                    return Err(refuse(format!("columns.{} is {name}: must be one of {}", field.key, all())));
                }
                (None, None) => {}
            }
        }
        let has = |choice: &&&[&str]| choice.iter().all(|key| found.contains_key(key));
        if !needed.is_empty() && !needed.iter().any(|choice| has(&choice)) {
            return Err(refuse(lacking(needed, fields, &found, &all())));
        }
        Ok(Self { table, found })
    }
    /// Whether there is such a column.
    pub(super) fn has(&self, key: &str) -> bool {
        self.found.contains_key(key)
    }
    /// The rows in the order of the file, each with its line.
    pub(super) fn rows(self) -> impl Iterator<Item = Result<Line, SimError>> {
        let Self { table: Table { path, rows, .. }, found } = self;
        let found = std::rc::Rc::new(found);
        numbered(rows).map(move |(number, cells)| {
            let cells = cells.map_err(|reason| SimError::line(&path, number, reason))?;
            Ok(Line { number, cells, found: found.clone() })
        })
    }
}

fn numbered(rows: Rows) -> impl Iterator<Item = (u64, Result<Vec<String>, String>)> {
    (2..).zip(rows)
}

fn column(header: &[String], name: &str) -> Option<usize> {
    header.iter().position(|column| column.eq_ignore_ascii_case(name.trim()))
}

/// Says which columns are wanted, all at once, and which there are.
fn lacking(
    needed: &[&[&str]],
    fields: &[Field],
    found: &BTreeMap<&'static str, (usize, String)>,
    all: &str,
) -> String {
    let lacks = |choice: &&&[&str]| choice.iter().filter(|key| !found.contains_key(*key)).count();
    let nearest = needed.iter().min_by_key(lacks).copied().unwrap_or_default();
    let missing = nearest.iter().filter(|key| !found.contains_key(*key));
    let named = missing.map(|key| {
        let names = fields.iter().find(|field| field.key == *key).map(|field| field.names.join(" or "));
        format!("{key} (called {})", names.unwrap_or_default())
    });
    format!("no column for {}: there are {all}", named.collect::<Vec<_>>().join(", for "))
}

/// One row of a table.
pub(super) struct Line {
    /// From 1, the header being the first.
    pub(super) number: u64,
    cells: Vec<String>,
    found: std::rc::Rc<BTreeMap<&'static str, (usize, String)>>,
}

impl Line {
    /// What the column of a field holds. `None`: there is no such column, or nothing in it.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        let (column, _) = self.found.get(key)?;
        self.cells.get(*column).map(|cell| cell.trim()).filter(|cell| !cell.is_empty())
    }
    /// The name that the file gives a field.
    pub(super) fn name(&self, key: &str) -> String {
        self.found.get(key).map_or_else(|| key.to_owned(), |(_, name)| name.clone())
    }
    /// The same, read as something. Errors: `rule` is broken.
    pub(super) fn read<T: FromStr>(&self, key: &str, rule: &str) -> Result<Option<T>, Invalid> {
        let parse = |text: &str| text.parse().map_err(|_| self.refuse(key, text, rule));
        self.text(key).map(parse).transpose()
    }
    /// The same, where it must be there.
    pub(super) fn need<T: FromStr>(&self, key: &str, rule: &str) -> Result<T, Invalid> {
        self.read(key, rule)?.ok_or_else(|| self.refuse(key, "left empty", rule))
    }
    /// A place from two columns in degrees.
    pub(super) fn place(&self, lat: &str, lon: &str) -> Result<Position, Invalid> {
        let rule = "must be a number of degrees";
        let (north, east) = (self.need(lat, rule)?, self.need(lon, rule)?);
        Position::new(north, east).map_err(|invalid| {
            let key = if invalid.field == "lat" { lat } else { lon };
            Invalid { field: self.name(key), ..invalid }
        })
    }
    /// A refusal of what the row holds.
    pub(super) fn refuse(&self, key: &str, value: impl std::fmt::Display, rule: &str) -> Invalid {
        Invalid::new(self.name(key), value, Rule::Shape(rule.into()))
    }
}
