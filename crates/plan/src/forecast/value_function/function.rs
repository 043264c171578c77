//! What a vehicle is worth where and when: a table by cell and time of day, learnt elsewhere and read here.

use super::super::cells::Cell;
use paceline_model::limits::{Invalid, Rule, within};
use paceline_model::{Instant, Millis, Position};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Time that one column of the table stands for. Source: Xu et al., KDD 2018, section 4.1.
pub const BIN: Millis = Millis::from_secs(600);
const BIN_MS: u64 = BIN.0 as u64;
/// Bins of a day.
pub const BINS: usize = 144;
/// Most cells of a table: a region of 10,000 km² at the default resolution.
const CELLS_MAX: usize = 20_000;

/// The riders that a free vehicle may expect to serve from a place and time on, later ones counting less.
///
/// Shape: a row for each H3 cell, [`BINS`] columns for the bins of a day in UTC. Units: thousandths of an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValueFunction {
    /// H3 resolution of the cells.
    pub(super) resolution: u8,
    /// What an order served a bin later counts, in percent.
    pub(super) discount_percent: u8,
    /// Mean over all cells, for those that are not known.
    pub(super) elsewhere: Vec<i32>,
    /// By cell.
    pub(super) cells: BTreeMap<Cell, Vec<i32>>,
}

impl ValueFunction {
    /// Errors: a resolution, discount, number of cells or of columns that the limits do not allow.
    pub fn validate(self) -> Result<Self, Invalid> {
        within("values.resolution", f64::from(self.resolution), (4.0, 10.0))?;
        within("values.discount_percent", f64::from(self.discount_percent), (0.0, 100.0))?;
        if self.cells.len() > CELLS_MAX {
            let rule = Rule::Size { least: 0, most: CELLS_MAX, unit: "cells".into() };
            return Err(Invalid::new("values.cells", format!("{} cells", self.cells.len()), rule));
        }
        for columns in self.cells.values().chain([&self.elsewhere]).map(Vec::len) {
            if columns != BINS {
                let rule =
                    Rule::Size { least: BINS, most: BINS, unit: "columns, one for each ten minutes".into() };
                return Err(Invalid::new("values.cells", format!("{columns} columns"), rule));
            }
        }
        Ok(self)
    }
    /// What a vehicle is worth that is free at `place` and `at`, in thousandths of an order.
    pub fn at(&self, place: Position, at: Instant) -> i32 {
        let columns = self.cells.get(&Cell::around(place, self.resolution)).unwrap_or(&self.elsewhere);
        columns.get(bin(at)).copied().unwrap_or(0)
    }
    /// What it is worth now that it will be free at `place`, `after` from `at`.
    pub fn later(&self, place: Position, at: Instant, after: Millis) -> i32 {
        let bins = f64::from(after.0) / BIN_MS as f64;
        let kept = (f64::from(self.discount_percent) / 100.0).powf(bins);
        (f64::from(self.at(place, at + after)) * kept).round() as i32
    }
    /// How many cells are known.
    pub fn cells(&self) -> usize {
        self.cells.len()
    }
}

/// The bin of the day.
pub(super) fn bin(at: Instant) -> usize {
    (at.0 / BIN_MS) as usize % BINS
}
