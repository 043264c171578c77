//! The tags of one object, and every key of them that is read.

/// The tags of one object.
pub(super) struct Tags<'a>(pub(super) Vec<(&'a str, &'a str)>);

/// Every key that is read, of ways, nodes and relations; `docs/road/osm-tags.md` says what becomes of each. Beside these, that a
/// key ends in `:conditional` is seen.
const READ: [&str; 46] = [
    "access",
    "access:backward",
    "access:forward",
    "area",
    "barrier",
    "day_off",
    "day_on",
    "except",
    "highway",
    "hour_off",
    "hour_on",
    "junction",
    "locked",
    "maxspeed",
    "maxspeed:backward",
    "maxspeed:conditional",
    "maxspeed:forward",
    "maxspeed:motor_vehicle",
    "maxspeed:motorcar",
    "maxspeed:motorcar:backward",
    "maxspeed:motorcar:forward",
    "maxspeed:type",
    "maxspeed:variable",
    "motor_vehicle",
    "motor_vehicle:backward",
    "motor_vehicle:forward",
    "motorcar",
    "motorcar:backward",
    "motorcar:forward",
    "name",
    "oneway",
    "oneway:motor_vehicle",
    "oneway:motorcar",
    "oneway:vehicle",
    "ref",
    "restriction",
    "restriction:motor_vehicle",
    "restriction:motorcar",
    "route",
    "service",
    "source:maxspeed",
    "type",
    "vehicle",
    "vehicle:backward",
    "vehicle:forward",
    "zone:maxspeed",
];

impl<'a> Tags<'a> {
    pub(super) fn get(&self, key: &str) -> Option<&'a str> {
        debug_assert!(READ.contains(&key), "{key} is read, but listed nowhere");
        self.0.iter().find(|(k, _)| *k == key).map(|(_, value)| *value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys that the first column of the page's tables names, and those that the code reads, are the same.
    #[test]
    fn the_page_on_tags_names_every_key_that_is_read_and_no_other() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/road/osm-tags.md");
        let page = std::fs::read_to_string(page).unwrap();
        let cells = page.lines().filter_map(|line| line.strip_prefix("| `")?.split(" |").next());
        let keys = cells.flat_map(|cell| cell.split("`, `")).map(|key| key.trim_end_matches('`').to_owned());
        let named: std::collections::BTreeSet<String> = keys.collect();
        let read: std::collections::BTreeSet<String> = READ.iter().map(|key| (*key).to_owned()).collect();
        assert_eq!(named, read);
    }
}
