//! OpenStreetMap extracts: ways and turn restrictions first, then the nodes that they use.
//!
//! `extract` opens the file; `keys` lists what is read; `tags`, with `access`, `speed`, `defaults` and `borders` below it, says what a way is to a car; `relations`
//! says which turns are not made; `nodes` knows places and barriers; `streets` cuts ways into streets.

mod access;
mod borders;
mod defaults;
mod extract;
mod keys;
mod nodes;
mod relations;
mod speed;
mod streets;
mod tags;

use super::draft::Draft;
use super::report::ImportReport;
use crate::error::RoadError;
use borders::Borders;
use defaults::Defaults;
use extract::Extract;
use keys::Tags;
use nodes::Nodes;
use osmpbf::{Element, Way};
use paceline_model::Position;
use relations::{RawTurn, restrictions};
use std::collections::BTreeSet;
use std::path::Path;
use streets::Streets;
use tags::{Drivable, drivable};

struct RawWay {
    id: i64,
    nodes: Vec<i64>,
    drivable: Drivable,
}

/// What a first pass over an extract finds.
#[derive(Default)]
struct Found {
    ways: Vec<RawWay>,
    turns: Vec<RawTurn>,
    /// Places that ways carry for their nodes.
    places: Vec<(i64, Position)>,
}

/// Whose default limits hold: those of one country, or those of where each way lies.
enum Limits {
    Of(Defaults),
    ByPlace(Box<Borders>),
}

pub(super) fn read(
    path: &Path,
    country: Option<&str>,
    report: &mut ImportReport,
) -> Result<Draft, RoadError> {
    let limits = Limits::choose(country)?;
    let extract = Extract::open(path)?;
    let Found { ways, turns, places } = first_pass(&extract, report)?;
    let mut nodes = Nodes::used_by(ways.iter().map(|way| way.nodes.as_slice()));
    places.into_iter().for_each(|(id, place)| nodes.put(id, place));
    nodes.locate(&extract, report)?;
    let mut streets = Streets::new(&nodes, &turns);
    let mut codes = BTreeSet::new();
    for way in &ways {
        let mut defaults = defaults::ELSEWHERE;
        if way.drivable.lacks_limit() {
            defaults = limits.at(way.nodes.iter().find_map(|&id| nodes.used(id)).map(|used| used.place));
            report.speeds_by_default += 1;
            codes.insert(defaults.code);
        }
        streets.add(way.id, &way.nodes, way.drivable.speeds(defaults), way.drivable.name.as_deref(), report);
    }
    report.speed_defaults = codes.into_iter().collect::<Vec<_>>().join(", ");
    Ok(streets.finish(&turns, report))
}

impl Limits {
    fn choose(country: Option<&str>) -> Result<Self, RoadError> {
        let Some(code) = country else { return Ok(Self::ByPlace(Box::new(Borders::read()?))) };
        let unknown = || RoadError::Country { code: code.to_owned(), known: defaults::known() };
        defaults::by_code(code).map(Self::Of).ok_or_else(unknown)
    }
    fn at(&self, place: Option<Position>) -> Defaults {
        match (self, place) {
            (Self::Of(defaults), _) => *defaults,
            (Self::ByPlace(borders), Some(place)) => borders.limits_at(place),
            (Self::ByPlace(_), None) => defaults::ELSEWHERE,
        }
    }
}

fn first_pass(extract: &Extract<'_>, report: &mut ImportReport) -> Result<Found, RoadError> {
    let mut found = Found::default();
    extract.elements(|element| match element {
        Element::Way(way) => {
            report.read += 1;
            let tags = Tags(way.tags().collect());
            match drivable(&tags) {
                Ok(drivable) => {
                    drivable.simplified(&tags).for_each(|reason| report.simplify(reason));
                    if extract.locations_on_ways {
                        found.places.extend(carried(&way));
                    }
                    found.ways.push(raw(&way, drivable));
                }
                Err(reason) => reason.into_iter().for_each(|reason| report.skip(reason)),
            }
        }
        Element::Relation(relation) => match restrictions(&relation) {
            Ok(turns) => found.turns.extend(turns),
            Err(reason) => reason.into_iter().for_each(|reason| report.skip(reason)),
        },
        _ => {}
    })?;
    Ok(found)
}

fn raw(way: &Way<'_>, drivable: Drivable) -> RawWay {
    let mut nodes: Vec<i64> = way.refs().collect();
    nodes.dedup();
    RawWay { id: way.id(), nodes, drivable }
}

/// The places of a way's nodes, where it carries them.
fn carried(way: &Way<'_>) -> Vec<(i64, Position)> {
    let place = |(id, at): (i64, osmpbf::elements::WayNodeLocation)| {
        Some((id, Position::from_e7(at.decimicro_lat(), at.decimicro_lon()).ok()?))
    };
    way.refs().zip(way.node_locations()).filter_map(place).collect()
}
