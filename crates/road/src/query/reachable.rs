//! How far a battery reaches, driving to save energy: Dijkstra's algorithm by effort.

use super::search::{Reached, Search, within};
use crate::cch::Weight;
use crate::leg::{EdgeId, Leg, RoadPoint};
use crate::network::Roads;
use paceline_model::{Centimetres, Millis, MilliwattHours, MilliwattHoursPerKm};

impl Roads {
    /// The edges whose far end a vehicle at `from` reaches with `energy`, driving to save energy; ascending.
    pub fn reachable(
        &self,
        search: &mut Search,
        from: RoadPoint,
        consumption: MilliwattHoursPerKm,
        energy: MilliwattHours,
    ) -> Vec<EdgeId> {
        let bound = within(Millis(effort_within(consumption, energy).0));
        let hierarchy = self.hierarchy();
        let mut reached = Vec::new();
        search.begin(hierarchy.ports(), 0);
        // Who is at a junction is at the far end of all that lead there.
        let entries = self
            .junction_of(from)
            .into_iter()
            .flat_map(|node| self.edges_at(node).filter(move |&edge| self.head(edge) == node));
        reached.extend(entries);
        for start in self.names(from) {
            let (port, leg) = self.start(start);
            let weight = thrifty(leg);
            if weight.key <= bound {
                reached.push(start.edge);
            }
            search.reach(port, weight, bound);
        }
        while let Some((Reached::Port(port), weight)) = search.next() {
            for arc in hierarchy.on(port) {
                let weight = weight.plus(thrifty(self.edge_leg(EdgeId(arc.edge))));
                if weight.key <= bound {
                    reached.push(EdgeId(arc.edge));
                }
                search.reach(arc.head, weight, bound);
            }
        }
        reached.sort_unstable();
        reached.dedup();
        reached
    }
}

/// The largest effort that `energy` covers.
fn effort_within(consumption: MilliwattHoursPerKm, energy: MilliwattHours) -> Centimetres {
    let effort = u64::from(energy.0) * 100_000 / u64::from(consumption.0.max(1));
    Centimetres(effort.min(u64::from(u32::MAX - 1)) as u32)
}

/// A weight whose order of search is its effort: the effort in centimetres stands where the time was.
fn thrifty(leg: Leg) -> Weight {
    Weight::of(Leg { time: Millis(leg.effort.0), ..leg })
}
