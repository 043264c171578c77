//! The nodes that drivable ways use, by id, with what is known of each.

use super::super::report::ImportReport;
use super::access::stops;
use super::extract::Extract;
use super::keys::Tags;
use crate::error::RoadError;
use osmpbf::Element;
use paceline_model::Position;

pub(super) struct Nodes {
    ids: Vec<i64>,
    uses: Vec<u32>,
    places: Vec<Option<Position>>,
    /// Those at which cars are stopped.
    barred: Vec<bool>,
}

/// One use of a node by a way.
#[derive(Clone, Copy)]
pub(super) struct Used {
    /// Its number among the nodes.
    pub(super) index: usize,
    pub(super) place: Position,
    pub(super) barred: bool,
}

impl Nodes {
    /// Counts uses; the ends of a way count double, so that they are junctions in any case.
    pub(super) fn used_by<'w>(ways: impl Iterator<Item = &'w [i64]>) -> Self {
        let mut all: Vec<i64> = Vec::new();
        for nodes in ways {
            all.extend_from_slice(nodes);
            all.extend(nodes.first().into_iter().chain(nodes.last()));
        }
        all.sort_unstable();
        let (mut ids, mut uses) = (Vec::new(), Vec::new());
        for run in all.chunk_by(|a, b| a == b) {
            ids.push(run[0]);
            uses.push(run.len() as u32);
        }
        let (places, barred) = (vec![None; ids.len()], vec![false; ids.len()]);
        Self { ids, uses, places, barred }
    }
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }
    pub(super) fn index(&self, id: i64) -> Option<usize> {
        self.ids.binary_search(&id).ok()
    }
    pub(super) fn used(&self, id: i64) -> Option<Used> {
        let index = self.index(id)?;
        Some(Used { index, place: self.places[index]?, barred: self.barred[index] })
    }
    /// Whether ways meet at a node, or one ends there.
    pub(super) fn is_junction(&self, index: usize) -> bool {
        self.uses[index] >= 2
    }
    pub(super) fn put(&mut self, id: i64, place: Position) {
        if let Some(index) = self.index(id) {
            self.places[index] = Some(place);
        }
    }
    pub(super) fn bar(&mut self, id: i64) {
        if let Some(index) = self.index(id) {
            self.barred[index] = true;
        }
    }
    pub(super) fn locate(
        &mut self,
        extract: &Extract<'_>,
        report: &mut ImportReport,
    ) -> Result<(), RoadError> {
        extract.elements(|element| {
            let (id, lat, lon, stops) = match element {
                Element::Node(n) => {
                    (n.id(), n.decimicro_lat(), n.decimicro_lon(), stops(&Tags(n.tags().collect())))
                }
                Element::DenseNode(n) => {
                    (n.id(), n.decimicro_lat(), n.decimicro_lon(), stops(&Tags(n.tags().collect())))
                }
                _ => return,
            };
            if let Ok(place) = Position::from_e7(lat, lon) {
                self.put(id, place);
            }
            if stops && self.index(id).is_some() {
                self.bar(id);
                report
                    .simplify("node with a barrier that stops cars: the street is a dead end on both sides");
            }
        })
    }
}
