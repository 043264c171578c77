//! The vehicles of a city as a table. None ever leaves it: a reference that was given out always leads to its row.

use crate::agent::Agent;
use paceline_model::{Table, VehicleId, VehicleIdx};
use std::ops::{Index, IndexMut};

#[derive(Default)]
pub(super) struct Agents(Table<Agent>);

impl Agents {
    pub(super) fn add(&mut self, agent: Agent) -> VehicleIdx {
        self.0.insert(agent)
    }
    /// The row of that name: asked once, where news of a vehicle comes in.
    pub(super) fn find(&self, vehicle: &VehicleId) -> Option<VehicleIdx> {
        self.0.find(vehicle)
    }
    /// All of them, in the order in which they came.
    pub(super) fn all(&self) -> Vec<VehicleIdx> {
        self.0.iter().map(|(agent, _)| agent).collect()
    }
    pub(super) fn rows(&self) -> impl Iterator<Item = &Agent> {
        self.0.rows()
    }
}

impl Index<VehicleIdx> for Agents {
    type Output = Agent;
    fn index(&self, agent: VehicleIdx) -> &Agent {
        self.0.get(agent).expect("a vehicle never leaves its city")
    }
}

impl IndexMut<VehicleIdx> for Agents {
    fn index_mut(&mut self, agent: VehicleIdx) -> &mut Agent {
        self.0.get_mut(agent).expect("a vehicle never leaves its city")
    }
}
