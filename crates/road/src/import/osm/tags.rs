//! What OpenStreetMap's tags say about driving a car along a way. Pure; the reader calls it for every way.

use super::speed::{Defaults, RoadClass, parse};

/// Which directions are open, relative to the order of the way's nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Open {
    Both,
    Ahead,
    Back,
}

/// A way that a car may drive.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Drivable {
    pub(super) class: RoadClass,
    pub(super) open: Open,
    /// Tagged limits ahead and back, in km/h.
    limit_kmh: [Option<f64>; 2],
    pub(super) name: Option<String>,
}

/// The tags of one object.
pub(super) struct Tags<'a>(pub(super) Vec<(&'a str, &'a str)>);

impl<'a> Tags<'a> {
    pub(super) fn get(&self, key: &str) -> Option<&'a str> {
        self.0.iter().find(|(k, _)| *k == key).map(|(_, value)| *value)
    }
}

/// What a way is to a car, or why it is nothing. `None` inside: not a road at all, not worth counting.
pub(super) fn drivable(tags: &Tags<'_>) -> Result<Drivable, Option<&'static str>> {
    let Some(highway) = tags.get("highway") else { return Err(ferry(tags)) };
    let class = class(highway, tags)?;
    if tags.get("area") == Some("yes") {
        return Err(Some("area, not a line"));
    }
    if forbidden(tags) {
        return Err(Some("closed to cars (access)"));
    }
    let limit = |key: &str| tags.get(key).and_then(parse);
    let both = limit("maxspeed");
    Ok(Drivable {
        class,
        open: open(highway, tags)?,
        limit_kmh: [limit("maxspeed:forward").or(both), limit("maxspeed:backward").or(both)],
        name: tags.get("name").or_else(|| tags.get("ref")).map(str::to_owned),
    })
}

impl Drivable {
    /// Whether a direction that is open has no limit of its own.
    pub(super) fn lacks_limit(&self) -> bool {
        (self.open != Open::Back && self.limit_kmh[0].is_none())
            || (self.open != Open::Ahead && self.limit_kmh[1].is_none())
    }
    /// Speeds ahead and back in km/h; `None` where closed.
    pub(super) fn speeds(&self, defaults: Defaults) -> [Option<f64>; 2] {
        let speed = |at: usize| self.limit_kmh[at].unwrap_or_else(|| defaults.kmh(self.class));
        [(self.open != Open::Back).then(|| speed(0)), (self.open != Open::Ahead).then(|| speed(1))]
    }
}

/// A ferry line is no street, but worth a word where it takes cars.
fn ferry(tags: &Tags<'_>) -> Option<&'static str> {
    let taken = ["motorcar", "motor_vehicle", "vehicle"].iter().find_map(|key| tags.get(key));
    let boards = tags.get("route") == Some("ferry") && matches!(taken, Some("yes" | "designated"));
    boards.then_some("ferry that takes cars: not boarded, its waits are not known")
}

/// What was simplified in reading a drivable way: base values hold where a tag depends on the hour.
pub(super) fn simplified(tags: &Tags<'_>) -> impl Iterator<Item = &'static str> {
    let any = |keys: &[&str]| keys.iter().any(|key| tags.get(key).is_some());
    let access = ["motorcar", "motor_vehicle", "vehicle", "access"].iter().find_map(|key| tags.get(key));
    let conditional = any(&[
        "access:conditional",
        "vehicle:conditional",
        "motor_vehicle:conditional",
        "motorcar:conditional",
    ]);
    let said = tags.get("maxspeed").is_some_and(|limit| parse(limit).is_none());
    [
        conditional.then_some("access by the hour: open as at other hours"),
        any(&["oneway:conditional"]).then_some("direction by the hour: open as at other hours"),
        any(&["maxspeed:conditional", "maxspeed:variable"])
            .then_some("speed limit by the hour: the general one holds"),
        said.then_some("speed limit that is no number: the default holds"),
        matches!(access, Some("destination" | "customers" | "delivery"))
            .then_some("open to those with a destination there: open to all"),
    ]
    .into_iter()
    .flatten()
}

fn class(highway: &str, tags: &Tags<'_>) -> Result<RoadClass, Option<&'static str>> {
    Ok(match highway {
        "motorway" => RoadClass::Motorway,
        "motorway_link" => RoadClass::MotorwayLink,
        "trunk" => RoadClass::Trunk,
        "trunk_link" => RoadClass::TrunkLink,
        "primary" | "primary_link" | "secondary" | "secondary_link" | "tertiary" | "tertiary_link" => {
            RoadClass::Major
        }
        "unclassified" | "residential" | "road" => RoadClass::Residential,
        "living_street" => RoadClass::LivingStreet,
        "service" => match tags.get("service") {
            Some("parking_aisle" | "driveway" | "drive-through" | "emergency_access") => {
                return Err(Some("parking aisle, driveway or emergency access"));
            }
            _ => RoadClass::Service,
        },
        "track" if tags.get("motor_vehicle").or_else(|| tags.get("motorcar")) == Some("yes") => {
            RoadClass::Track
        }
        "construction" | "proposed" | "abandoned" | "razed" => return Err(Some("not built, or gone")),
        _ => return Err(Some("way for feet, cycles, buses or tracks")),
    })
}

/// Whether the most specific access tag keeps cars out.
fn forbidden(tags: &Tags<'_>) -> bool {
    let access = ["motorcar", "motor_vehicle", "vehicle", "access"].iter().find_map(|key| tags.get(key));
    matches!(
        access,
        Some(
            "no" | "private"
                | "agricultural"
                | "forestry"
                | "emergency"
                | "military"
                | "bus"
                | "psv"
                | "permit"
        )
    )
}

fn open(highway: &str, tags: &Tags<'_>) -> Result<Open, Option<&'static str>> {
    let implied = highway == "motorway" || matches!(tags.get("junction"), Some("roundabout" | "circular"));
    match tags.get("oneway:motor_vehicle").or_else(|| tags.get("oneway")) {
        Some("yes" | "true" | "1") => Ok(Open::Ahead),
        Some("-1" | "reverse") => Ok(Open::Back),
        Some("reversible" | "alternating") => Err(Some("direction changes with the hour")),
        Some("no" | "false" | "0") => Ok(Open::Both),
        _ if implied => Ok(Open::Ahead),
        _ => Ok(Open::Both),
    }
}

/// Whether a node stops a car.
pub(super) fn barrier(tags: &Tags<'_>) -> bool {
    match tags.get("barrier") {
        Some("bollard" | "block" | "jersey_barrier" | "log" | "debris" | "fence" | "wall" | "chain") => {
            !matches!(tags.get("motor_vehicle").or_else(|| tags.get("access")), Some("yes" | "permissive"))
        }
        Some("gate" | "lift_gate" | "swing_gate" | "sliding_gate") => forbidden(tags),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Drivable, Option<&'static str>> {
        let pairs = text.split(' ').filter_map(|pair| pair.split_once('='));
        drivable(&Tags(pairs.collect()))
    }

    #[test]
    fn directions_follow_oneway_and_roundabouts_imply_it() {
        let open = |text: &str| read(text).unwrap().open;
        assert_eq!(open("highway=residential"), Open::Both);
        assert_eq!(open("highway=residential oneway=yes"), Open::Ahead);
        assert_eq!(open("highway=residential oneway=-1"), Open::Back);
        assert_eq!(open("highway=residential junction=roundabout"), Open::Ahead);
        assert_eq!(open("highway=motorway"), Open::Ahead);
        assert_eq!(open("highway=motorway oneway=no"), Open::Both);
        assert!(read("highway=residential oneway=reversible").is_err());
    }

    #[test]
    fn the_most_specific_access_tag_wins() {
        assert!(read("highway=service access=private").is_err());
        assert!(read("highway=service access=private motorcar=yes").is_ok());
        assert!(read("highway=primary motor_vehicle=no access=yes").is_err());
        assert!(read("highway=residential access=destination").is_ok());
    }

    #[test]
    fn footways_are_counted_and_buildings_are_not() {
        assert_eq!(read("highway=footway"), Err(Some("way for feet, cycles, buses or tracks")));
        assert_eq!(read("building=yes"), Err(None));
    }

    #[test]
    fn a_limit_for_one_direction_leaves_the_other_to_the_general_one() {
        let way = read("highway=primary maxspeed=50 maxspeed:backward=30").unwrap();
        assert_eq!(way.speeds(super::super::speed::by_place(0.0, 0.0)), [Some(50.0), Some(30.0)]);
    }

    #[test]
    fn bollards_stop_cars_and_open_gates_do_not() {
        let stops =
            |text: &str| barrier(&Tags(text.split(' ').filter_map(|pair| pair.split_once('=')).collect()));
        assert!(stops("barrier=bollard"));
        assert!(!stops("barrier=bollard access=yes"));
        assert!(!stops("barrier=gate"));
        assert!(stops("barrier=gate access=private"));
        assert!(!stops("barrier=toll_booth"));
    }
}
