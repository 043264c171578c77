//! Bikes that stand at no station: where each of them is.

use crate::mirror::mirror;
use crate::place::Place;
use crate::schema;
use paceline_model::bikes::{AsOf, BikeId, BikeKind, BikeReading, Standing};
use paceline_model::{Charge, Instant, Invalid, Rule};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

mirror! {
    /// Who may take a bike.
    BikeState beside paceline_model::bikes::BikeState {
        /// Any rider.
        ForHire,
        /// The rider who reserved it: it is no supply, and no van fetches it.
        Reserved,
        /// No rider: it is for repair.
        Broken,
    }
}

/// A bike that stands at no station.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LooseBikeView {
    /// Its name, until its next ride.
    #[schema(value_type = schema::Id)]
    pub id: String,
    /// Where it stands: the middle of what was read.
    pub position: Place,
    /// What kind it is; null: not known.
    pub kind: Option<String>,
    /// Who may take it.
    pub state: BikeState,
    /// How far its battery goes, in metres; null: it does not say.
    pub range_m: Option<u32>,
}

/// A bike whose battery is low.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LowBikeView {
    /// Its name, until its next ride.
    #[schema(value_type = schema::Id)]
    pub id: String,
    /// Where it stands; null: at the station.
    pub position: Option<Place>,
    /// What kind it is; null: not known.
    pub kind: Option<String>,
    /// How full its battery is, in percent; null: it does not say.
    pub charge_percent: Option<f64>,
    /// How far its battery goes, in metres; null: it does not say.
    pub range_m: Option<u32>,
}

/// One bike of a batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLooseBike {
    /// Its name, until its next ride.
    #[schema(value_type = schema::Id)]
    pub id: String,
    /// Where its receiver says that it is.
    pub position: Place,
    /// What kind it is, if that is known.
    #[serde(default)]
    pub kind: Option<String>,
    /// Who may take it; any rider, if left out.
    #[serde(default = "for_hire")]
    pub state: BikeState,
    /// How far its battery goes, in metres, if it says.
    #[serde(default)]
    pub range_m: Option<u32>,
    /// How full its battery is, in percent, if it says.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100)]
    pub charge_percent: Option<f64>,
}

const fn for_hire() -> BikeState {
    BikeState::ForHire
}

/// All bikes that stand at no station, as of one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLooseBikes {
    /// When that was; if left out, when it is heard. One that lies ahead counts as of now.
    #[serde(default)]
    #[schema(value_type = Option<schema::Time>)]
    pub as_of: Option<Instant>,
    /// The bikes: one that is left out twice in a row is gone.
    pub bikes: Vec<NewLooseBike>,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BikesTaken {
    /// Bikes that are there by now, reserved ones left out.
    pub bikes: u64,
    /// Cells that are counted.
    pub cells: u64,
    /// The world that holds it.
    pub version: u64,
}

impl NewLooseBike {
    /// The reading that is meant, as of `at`. Errors: a value breaks a rule.
    fn reading(&self, at: Instant) -> Result<BikeReading, Invalid> {
        let kind = self.kind.as_deref().map(BikeKind::new).transpose();
        let charge = self.charge_percent.map(Charge::from_percent).transpose();
        let named = |field: &str, invalid: Invalid| Invalid { field: field.into(), ..invalid };
        Ok(BikeReading {
            id: BikeId::new(&self.id).map_err(|invalid| named("id", invalid))?,
            kind: kind.map_err(|invalid| named("kind", invalid))?,
            standing: Standing::Loose(self.position.position("position")?),
            state: self.state.into(),
            range_m: self.range_m,
            charge: charge.map_err(|invalid| named("charge_percent", invalid))?,
            as_of: AsOf::Said(at),
        })
    }
}

impl NewLooseBikes {
    /// The bikes that are meant, by name, as of `at`. Errors: up to `errors_max` values that break a rule; one name twice is one.
    pub fn readings(
        &self,
        at: Instant,
        errors_max: usize,
    ) -> Result<BTreeMap<BikeId, BikeReading>, Vec<Invalid>> {
        let (mut bikes, mut bad) = (BTreeMap::new(), Vec::new());
        for (index, bike) in self.bikes.iter().enumerate() {
            let twice = || Invalid::new("id", &bike.id, Rule::Shape("must stand in a batch once".into()));
            let read = bike.reading(at).and_then(|read| match bikes.insert(read.id.clone(), read) {
                None => Ok(()),
                Some(_) => Err(twice()),
            });
            bad.extend(read.err().map(|invalid| invalid.within(&format!("bikes[{index}]"))));
            if bad.len() >= errors_max {
                break;
            }
        }
        if bad.is_empty() { Ok(bikes) } else { Err(bad) }
    }
}
