//! Bikes that stand at no station: followed here from poll to poll, and counted for the region by cells, which are its stations of a kind of
//! their own. Where single bikes stand is no fact of the region's: the newest is kept beside it, for crews that come to fetch them, and none is
//! journaled.

use super::BikesModel;
use super::batteries::{Judge, LowBikes};
use super::feed::is_news;
use crate::http::App;
use crate::problem::Problem;
use paceline_engine::bikes::{BatteryRules, Bikes, StationRow};
use paceline_gbfs::{CellBikes, LooseBikes as Followed, StandingBike};
use paceline_model::bikes::{
    BatteryCount, BikeId, BikeReading, Command, FeedReading, Health, Service, SiteKind, StationId,
    StationReport, StationSpec, StockReading, Told,
};
use paceline_model::{Instant, Invalid, Position, Rule};
use paceline_plan::forecast::Cell;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Bikes of a cell that anybody is told of at once: more than a van carries by far the most often.
const TOLD_MAX: usize = 100;

/// What stands in each cell.
type Cells = Arc<BTreeMap<StationId, CellBikes>>;

/// Batteries of each cell or station.
type Counts = BTreeMap<StationId, BatteryCount>;

/// Loose bikes of a region.
#[derive(Default)]
pub(crate) struct LooseBikes(Mutex<Held>);

#[derive(Default)]
struct Held {
    followed: Followed,
    cells: Cells,
    /// Bikes whose battery is low, in cells and at stations.
    low: (LowBikes, LowBikes),
}

/// Cells as they were counted.
struct Counted {
    cells: Cells,
    batteries: Counts,
    as_of: Instant,
    resolution: u8,
}

/// What the region is told of its cells.
pub(crate) struct CellsCommand {
    new: Vec<StationSpec>,
    reports: Vec<StationReport>,
    /// How many cells are counted, and bikes in them.
    counted: (u64, u64),
}

impl CellsCommand {
    /// Cells that are counted, and bikes in them.
    pub(crate) fn counted(&self) -> (u64, u64) {
        self.counted
    }
    /// Whether the region knows all of it.
    pub(super) fn is_empty(&self) -> bool {
        self.new.is_empty() && self.reports.is_empty()
    }
    /// Cells of which it says something new.
    pub(super) fn news(&self) -> u64 {
        self.reports.len() as u64
    }
    pub(crate) fn into_command(self) -> Command {
        Command::TakeCells(self.new, self.reports)
    }
}

impl LooseBikes {
    /// What a poll of the feed says of cells, by cells of this resolution. `None`: nothing may rest on it. Errors: the region does not answer.
    pub(super) async fn command(
        &self,
        app: &App<Bikes>,
        reading: &FeedReading,
        resolution: u8,
    ) -> Result<Option<CellsCommand>, Problem> {
        let (stale, rules) =
            app.region.look(|world| (world.options().stale_after, world.options().batteries)).await?;
        let Some(counted) = self.count(reading, resolution, rules) else { return Ok(None) };
        let now = app.clock.now();
        let is_news = move |of: &StationReport, row: &StationRow| is_news(of, row, now, stale);
        app.view.read(move |model| Some(counted.command(model, is_news))).await
    }

    /// The same of a batch that says where all bikes are.
    pub(crate) async fn command_of_batch(
        &self,
        app: &App<Bikes>,
        (at, bikes): (Instant, BTreeMap<BikeId, BikeReading>),
        resolution: u8,
    ) -> Result<Option<CellsCommand>, Problem> {
        let reading = FeedReading {
            asked_at: at,
            as_of: Some(at),
            system: None,
            names: BTreeMap::new(),
            zone: None,
            kinds: BTreeMap::new(),
            stations: BTreeMap::new(),
            bikes,
            told: Told::default(),
            health: Health::Fresh,
        };
        self.command(app, &reading, resolution).await
    }

    fn count(&self, reading: &FeedReading, resolution: u8, rules: Option<BatteryRules>) -> Option<Counted> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !held.followed.observe(reading) {
            return None;
        }
        held.cells = Arc::new(held.followed.by_cell(|at| cell_of(at, resolution)));
        let as_of = held.followed.newest()?;
        let (mut batteries, mut low) = (Counts::new(), LowBikes::new());
        let judge = Judge { rules, kinds: &reading.kinds };
        for (cell, of) in held.cells.iter() {
            let (count, bikes) = judge.of_cell(&of.bikes, as_of);
            batteries.insert(cell.clone(), count);
            low.insert(cell.clone(), bikes);
        }
        held.low.0 = low;
        Some(Counted { cells: held.cells.clone(), batteries, as_of, resolution })
    }

    /// What a poll of the feed says of batteries at stations; `None`: it names no bike that stands at one.
    pub(super) fn batteries(&self, reading: &FeedReading, rules: Option<BatteryRules>) -> Option<Counts> {
        let judged = Judge { rules, kinds: &reading.kinds }.of_stations(reading);
        let (counts, low) = judged.map_or((None, LowBikes::new()), |(counts, low)| (Some(counts), low));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).low.1 = low;
        counts
    }

    /// Bikes whose battery is low, at a station or in a cell, by name.
    pub(crate) fn low_at(&self, at: &StationId) -> Vec<BikeReading> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let low = held.low.0.get(at).into_iter().chain(held.low.1.get(at)).flatten();
        low.take(TOLD_MAX).cloned().collect()
    }

    /// Bikes that stand in a cell and that a crew may fetch, by name.
    pub(crate) fn of_cell(&self, cell: &StationId) -> Vec<StandingBike> {
        let cells = self.cells();
        cells.get(cell).into_iter().flat_map(|of| &of.bikes).take(TOLD_MAX).cloned().collect()
    }

    /// All bikes, cell by cell.
    pub(super) fn cells(&self) -> Cells {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).cells.clone()
    }
}

impl Counted {
    /// What of it the region does not know.
    fn command(
        self,
        model: &BikesModel,
        is_news: impl Fn(&StationReport, &StationRow) -> bool,
    ) -> CellsCommand {
        let Self { cells, batteries, as_of, resolution } = self;
        let of_city = |row: &&StationRow| row.is_cell() && level(&row.spec.id) == Some(resolution);
        let known = model.stations.values().filter(of_city);
        let empty = known.filter(|row| !cells.contains_key(&row.spec.id));
        let none = CellBikes::none(as_of);
        let emptied = empty.map(|row| (&row.spec.id, &none, Some(row)));
        let counted = cells.iter().map(|(id, bikes)| (id, bikes, model.stations.get(id)));
        let all = counted.clone().chain(emptied).map(|(id, bikes, row)| {
            let none = BatteryCount { as_of, ..BatteryCount::default() };
            (report_of(id, bikes, *batteries.get(id).unwrap_or(&none)), row)
        });
        let news = all.filter(|(report, row)| row.is_none_or(|row| is_news(report, row)));
        let reports = news.map(|(report, _)| report).collect();
        let new = counted.filter(|(.., row)| row.is_none()).filter_map(|(id, ..)| described(id)).collect();
        let bikes = cells.values().map(|of| of.bikes.len() as u64).sum();
        CellsCommand { new, reports, counted: (cells.len() as u64, bikes) }
    }
}

fn report_of(id: &StationId, bikes: &CellBikes, batteries: BatteryCount) -> StationReport {
    let stock = StockReading::Known(bikes.stock.clone());
    StationReport { station: id.clone(), service: Service::OPEN, stock, batteries: Some(batteries) }
}

/// The name of the cell around a place: H3's own.
fn cell_of(at: Position, resolution: u8) -> StationId {
    StationId::new(&Cell::around(at, resolution).as_hex()).expect("hexadecimal digits, at most 16")
}

/// A cell as nobody has described it: vans stop in its middle.
fn described(id: &StationId) -> Option<StationSpec> {
    let position = Cell::parse(id.as_str())?.middle()?;
    Some(StationSpec {
        id: id.clone(),
        kind: SiteKind::Cell,
        name: None,
        position,
        docks: None,
        target: None,
    })
}

fn level(id: &StationId) -> Option<u8> {
    Cell::parse(id.as_str())?.resolution()
}

/// Whether a cell can be of this region. Errors: the region counts no loose bikes, its cells are of another size, or vans are to stop elsewhere.
pub(crate) fn checked_cell(spec: &StationSpec, cells: Option<u8>) -> Result<(), Invalid> {
    let Some(resolution) = cells.filter(|_| spec.kind == SiteKind::Cell) else {
        let rule =
            Rule::Shape("must be of a region that counts loose bikes: set `cells` of its section".into());
        return if spec.kind == SiteKind::Cell { Err(Invalid::new("kind", "cell", rule)) } else { Ok(()) };
    };
    if level(&spec.id) != Some(resolution) {
        let rule = Rule::Shape(format!("must be the index of an H3 cell of resolution {resolution}"));
        return Err(Invalid::new("id", &spec.id, rule));
    }
    if cell_of(spec.position, resolution) != spec.id {
        let rule = Rule::Shape(format!("must lie in cell {}", spec.id));
        return Err(Invalid::new("position", spec.position, rule));
    }
    Ok(())
}
