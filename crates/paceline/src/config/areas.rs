//! Where the regions of a server's file lie: the keys `regions.NAME.area`.

use super::RegionConfig;
use anyhow::Context as _;
use paceline_api::NewGeofence;
use paceline_engine::Borders;
use paceline_model::{Geofence, GeofenceId, RegionId};
use std::collections::BTreeMap;
use std::path::Path;

/// The areas of those fleets that have one.
pub(crate) struct Areas(BTreeMap<RegionId, Geofence>);

impl Areas {
    /// Errors: a file that cannot be read, or holds no area.
    pub(crate) fn read(regions: &BTreeMap<RegionId, RegionConfig>) -> anyhow::Result<Self> {
        let with_area = regions.iter().filter_map(|(name, region)| Some((name, region.area.as_deref()?)));
        let read = |(name, path): (&RegionId, &Path)| {
            let area = area(name, path);
            let area = area.with_context(|| format!("E0606 regions.{name}.area is {}", path.display()))?;
            Ok((name.clone(), area))
        };
        with_area.map(read).collect::<anyhow::Result<_>>().map(Self)
    }

    /// Where a region and the others lie.
    pub(crate) fn borders(&self, name: &RegionId) -> Borders {
        Borders::of(name, &self.0)
    }
}

/// A polygon of GeoJSON, as areas are defined over HTTP.
fn area(name: &RegionId, path: &Path) -> anyhow::Result<Geofence> {
    let polygon: NewGeofence = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    Ok(polygon.area(GeofenceId::new(name.as_str())?)?)
}
