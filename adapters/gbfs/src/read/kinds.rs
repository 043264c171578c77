//! The kinds of bikes that a feed describes.

use super::record::{Record, Said};
use crate::files::{FileName, Files};
use paceline_model::bikes::{BikeKind, KindSpec, Oddity, Propulsion, Told};
use paceline_model::limits::BIKE_KINDS_MAX;
use std::collections::BTreeMap;

/// Kinds by name.
pub(super) type Kinds = BTreeMap<BikeKind, KindSpec>;

/// Reads them in every language.
pub(super) fn read(files: &Files, told: &mut Told) -> Kinds {
    let mut kinds = Kinds::new();
    for (at, (language, document)) in files.all(FileName::VehicleTypes).enumerate() {
        // What is odd in one language is so in all.
        let told = if at == 0 { &mut *told } else { &mut Told::default() };
        let list = document.list(&["vehicle_types"]);
        if list.len() > BIKE_KINDS_MAX {
            told.tell(Oddity::ListCut, FileName::VehicleTypes, list.len());
        }
        for value in list.iter().take(BIKE_KINDS_MAX) {
            let Some(record) = Record::of(value, &["vehicle_type_id"], told) else { continue };
            let Some(kind) = record.name(BikeKind::new, told) else { continue };
            let spec = kinds.entry(kind).or_insert_with(|| spec(&record));
            spec.names.extend(record.names("name", language));
        }
    }
    kinds
}

fn spec(record: &Record<'_>) -> KindSpec {
    let propulsion = match record.text("propulsion_type") {
        Some("human") => Propulsion::Human,
        Some("electric_assist") => Propulsion::ElectricAssist,
        Some("electric") => Propulsion::Electric,
        _ => Propulsion::Other,
    };
    let range_m_max = match record.number("max_range_meters") {
        Said::This(metres) if (1.0..=f64::from(u32::MAX)).contains(&metres) => Some(metres.round() as u32),
        _ => None,
    };
    KindSpec { names: Default::default(), propulsion, range_m_max }
}
