//! Whatever a record holds, it costs no other, and nothing panics.

mod common;

use common::{NOW, known, reading, said, station, stations};
use paceline_gbfs::Document;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Any JSON, not too deep.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        "[a-zA-Z0-9 ._-]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[a-z_]{1,12}", inner, 0..4)
                .prop_map(|fields| fields.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

/// A record with one or two of its fields set to anything.
fn mangled(fields: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let set = prop::collection::vec((prop::sample::select(fields), any_json()), 1..3);
    set.prop_map(|set| {
        set.into_iter()
            .map(|(field, value)| (field.to_owned(), value))
            .collect::<serde_json::Map<_, _>>()
            .into()
    })
}

const STATUS_FIELDS: &[&str] = &[
    "station_id",
    "num_bikes_available",
    "num_docks_available",
    "num_bikes_disabled",
    "num_docks_disabled",
    "is_installed",
    "is_renting",
    "is_returning",
    "last_reported",
    "vehicle_types_available",
    "vehicle_docks_available",
];

proptest! {
    #[test]
    fn a_fault_in_one_record_never_costs_another(more in mangled(STATUS_FIELDS), information in any_json(), place in 0_usize..3) {
        let good = json!({ "station_id": "good", "lat": 59.915, "lon": 10.75, "capacity": 10 });
        let mut status = vec![said("good", json!({})), said("also", json!({}))];
        status.insert(place, said("bad", more.clone()));
        let takes_good = more.get("station_id").is_some_and(|id| id == "good" || id == "also");
        prop_assume!(!takes_good);
        let read = reading(&stations(json!([good, known("also"), known("bad"), information]), json!(status)));
        for id in ["good", "also"] {
            prop_assert_eq!(station(&read, id).fit_for_hire(), Some(3));
            prop_assert_eq!(station(&read, id).place.known().is_some(), true);
        }
        for station in read.stations.values().filter_map(|station| station.stock.known()) {
            prop_assert!(station.as_of.instant() <= NOW, "no age is negative");
        }
    }

    #[test]
    fn no_bytes_are_more_than_malformed(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        _ = Document::parse(&bytes);
    }

    #[test]
    fn a_file_that_is_cut_short_is_malformed(cut in 1_usize..200) {
        let text = json!({ "version": "2.3", "data": { "stations": [said("A", json!({}))] } }).to_string();
        let cut = cut.min(text.len() - 1);
        prop_assert!(Document::parse(&text.as_bytes()[..cut]).is_err());
    }
}
