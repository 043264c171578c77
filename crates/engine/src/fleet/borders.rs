//! Where other regions begin.

use paceline_model::{Geofence, Position, RegionId};

/// The areas of this region and of others. Nothing is left to any where none is given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Borders {
    /// This region's own. Whoever is in it stays, whoever else claims the place.
    pub own: Option<Geofence>,
    /// Those of others, by name. Of several the first counts.
    pub others: Vec<(RegionId, Geofence)>,
}

impl Borders {
    /// Those of one region among the areas of all.
    pub fn of<'a>(name: &RegionId, areas: impl IntoIterator<Item = (&'a RegionId, &'a Geofence)>) -> Self {
        let mut borders = Self::default();
        for (region, area) in areas {
            match region == name {
                true => borders.own = Some(area.clone()),
                false => borders.others.push((region.clone(), area.clone())),
            }
        }
        borders
    }

    /// The other region whose place this is.
    pub(super) fn beyond(&self, position: Position) -> Option<&RegionId> {
        if self.own.as_ref().is_some_and(|own| own.contains(position)) {
            return None;
        }
        let (region, _) = self.others.iter().find(|(_, area)| area.contains(position))?;
        Some(region)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use paceline_model::GeofenceId;

    fn area(name: &str, west: f64, east: f64) -> Geofence {
        let corner = |lat, lng| Position::new(lat, lng).expect("a place");
        let ring = vec![corner(40.0, west), corner(40.0, east), corner(41.0, east), corner(41.0, west)];
        Geofence::new(GeofenceId::new(name).expect("a name"), ring).expect("an area")
    }

    #[test]
    fn a_place_is_the_others_unless_it_is_ours() {
        let others = [("b", 1.0, 3.0), ("c", 2.0, 4.0)];
        let others =
            others.map(|(name, west, east)| (RegionId::new(name).expect("a name"), area(name, west, east)));
        let own = RegionId::new("a").expect("a name");
        let all = [&others[0], &(own.clone(), area("a", 0.0, 1.5)), &others[1]];
        let borders = Borders::of(&own, all.into_iter().map(|(name, area)| (name, area)));
        assert_eq!(borders.others, others);
        let beyond = |lng| borders.beyond(Position::new(40.5, lng).expect("a place")).map(RegionId::as_str);
        assert_eq!(
            [0.5, 1.2, 1.7, 2.5, 3.5, 4.5].map(beyond),
            [None, None, Some("b"), Some("b"), Some("c"), None]
        );
        assert_eq!(Borders::default().beyond(Position::new(40.5, 1.0).expect("a place")), None);
    }
}
