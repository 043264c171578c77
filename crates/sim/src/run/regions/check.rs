//! Is every vehicle in exactly one region, or on its way to one? Asked of the regions' worlds themselves.

use super::Regions;
use super::whereabouts::Whereabouts;

impl Regions {
    /// Vehicles that are in none or in several, so far; those are bugs.
    pub(in crate::run) fn findings(&self) -> u64 {
        let has =
            |vehicle: &_| self.parts.iter().filter(|part| part.world().vehicle(vehicle).is_some()).count();
        let gives = |vehicle: &_| {
            let mut given = self.parts.iter().flat_map(|part| part.world().hand_overs().pending());
            given.any(|given| given.vehicle.id == *vehicle)
        };
        let is_lost = |(vehicle, whereabouts): (&_, &Whereabouts)| match whereabouts {
            Whereabouts::In(region) => {
                has(vehicle) != 1 || self.parts[*region].world().vehicle(vehicle).is_none()
            }
            Whereabouts::OnTheWay(_) => has(vehicle) != 0 || !gives(vehicle),
        };
        self.custody.findings + self.custody.vehicles().filter(|known| is_lost(*known)).count() as u64
    }
}
