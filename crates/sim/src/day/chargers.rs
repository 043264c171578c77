//! Charger sites from a file, those of kinds that the scenario names.

use super::columns::{Columns, Field, Line};
use super::draw::on_the_map;
use crate::error::SimError;
use crate::scenario::{Chargers, Outside, Scenario};
use paceline_model::{ChargerId, ChargerSpec, Invalid};
use paceline_road::Roads;
use std::collections::{BTreeMap, BTreeSet};

const FIELDS: [Field; 5] = [
    Field { key: "id", names: &["station_id"] },
    Field { key: "lat", names: &["lat", "latitude"] },
    Field { key: "lon", names: &["lon", "longitude"] },
    Field { key: "plugs", names: &["charger_count"] },
    Field { key: "kind", names: &["charger_id"] },
];

/// The sites, and how many were left out: of other kinds, or off the roads. A scenario without chargers has none.
pub(super) fn read(scenario: &Scenario, roads: &Roads) -> Result<(Vec<ChargerSpec>, u32), SimError> {
    let Some(chargers) = &scenario.chargers else { return Ok((Vec::new(), 0)) };
    let path = scenario.file(&chargers.sites);
    let columns = Columns::open(&path, &FIELDS, &BTreeMap::new(), &[&["id", "lat", "lon", "plugs", "kind"]])?;
    let (mut sites, mut names, mut left_out) = (Vec::new(), BTreeSet::new(), 0);
    for line in columns.rows() {
        let line = line?;
        let refuse = |invalid: Invalid| SimError::line(&path, line.number, invalid);
        let Some(site) = site(chargers, &line).map_err(refuse)? else {
            left_out += 1;
            continue;
        };
        if scenario.outside == Outside::LeaveOut && !on_the_map(roads, site.position) {
            left_out += 1;
        } else if names.insert(site.id.clone()) {
            sites.push(site);
        } else {
            return Err(refuse(line.refuse("id", &site.id, "must be of no other charger site")));
        }
    }
    Ok((sites, left_out))
}

fn site(chargers: &Chargers, line: &Line) -> Result<Option<ChargerSpec>, Invalid> {
    let kind: String = line.need("kind", "must be the name of a kind of plug")?;
    let Some(kw) = chargers.kw.get(&kind) else { return Ok(None) };
    let id: String = line.need("id", "must be a name")?;
    let plugs = line.need("plugs", "must be a whole number of plugs")?;
    ChargerSpec::new(ChargerId::new(&id)?, line.place("lat", "lon")?, plugs, *kw).map(Some)
}
