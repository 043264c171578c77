//! What OpenStreetMap's tags say about driving a car along a way. Pure; the reader calls it for every way.

use super::access::{Along, Permission, Unsaid, by_the_hour, directions, permission};
use super::defaults::{Defaults, RoadClass};
use super::keys::Tags;
use super::speed::parse;

/// A way that a car may drive.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Drivable {
    pub(super) class: RoadClass,
    /// What holds in the direction of the way's nodes, and against it.
    permitted: [Permission; 2],
    /// Tagged limits ahead and back, in km/h.
    limit_kmh: [Option<f64>; 2],
    pub(super) name: Option<String>,
}

/// Where a limit may stand, ahead and back, from the most specific to the most general; what is only implied stands last.
const LIMITS: [[&str; 8]; 2] = [
    [
        "maxspeed:motorcar:forward",
        "maxspeed:motorcar",
        "maxspeed:motor_vehicle",
        "maxspeed:forward",
        "maxspeed",
        "maxspeed:type",
        "source:maxspeed",
        "zone:maxspeed",
    ],
    [
        "maxspeed:motorcar:backward",
        "maxspeed:motorcar",
        "maxspeed:motor_vehicle",
        "maxspeed:backward",
        "maxspeed",
        "maxspeed:type",
        "source:maxspeed",
        "zone:maxspeed",
    ],
];

/// What a way is to a car, or why it is nothing. `None` inside: not a road at all, not worth counting.
pub(super) fn drivable(tags: &Tags<'_>) -> Result<Drivable, Option<&'static str>> {
    let Some(highway) = tags.get("highway") else { return Err(ferry(tags)) };
    let (class, unsaid) = class(highway, tags)?;
    if tags.get("area") == Some("yes") {
        return Err(Some("area, not a line"));
    }
    let by_access = Along::BOTH.map(|along| permission(tags, along, unsaid));
    if by_access == [Permission::Closed; 2] {
        return Err(Some(if unsaid == Unsaid::Open { "closed to cars (access)" } else { NOT_FOR_CARS }));
    }
    let implied = highway == "motorway" || matches!(tags.get("junction"), Some("roundabout" | "circular"));
    let one_way = directions(tags, implied).ok_or(Some("direction changes with the hour"))?;
    let permitted = [0, 1].map(|at| if one_way[at] { by_access[at] } else { Permission::Closed });
    if permitted == [Permission::Closed; 2] {
        return Err(Some("closed to cars in the one direction that it has"));
    }
    let limit = |keys: &[&str; 8]| keys.iter().find_map(|key| tags.get(key).and_then(parse));
    Ok(Drivable {
        class,
        permitted,
        limit_kmh: [limit(&LIMITS[0]), limit(&LIMITS[1])],
        name: tags.get("name").or_else(|| tags.get("ref")).map(str::to_owned),
    })
}

impl Drivable {
    /// Whether a direction that is open has no limit of its own.
    pub(super) fn lacks_limit(&self) -> bool {
        (0..2).any(|at| self.permitted[at] != Permission::Closed && self.limit_kmh[at].is_none())
    }
    /// Speeds ahead and back in km/h; `None` where closed.
    pub(super) fn speeds(&self, defaults: Defaults) -> [Option<f64>; 2] {
        let speed = |at: usize| self.limit_kmh[at].unwrap_or_else(|| defaults.kmh(self.class));
        [0, 1].map(|at| (self.permitted[at] != Permission::Closed).then(|| speed(at)))
    }
    /// What was simplified in reading it: base values hold where a tag depends on the hour.
    pub(super) fn simplified(&self, tags: &Tags<'_>) -> impl Iterator<Item = &'static str> {
        let any = |keys: &[&str]| keys.iter().any(|key| tags.get(key).is_some());
        let (access, direction) = by_the_hour(tags);
        let no_number = tags.get("maxspeed").is_some_and(|limit| parse(limit).is_none());
        [
            access.then_some("access by the hour: open as at other hours"),
            direction.then_some("direction by the hour: open as at other hours"),
            any(&["maxspeed:conditional", "maxspeed:variable"])
                .then_some("speed limit by the hour: the general one holds"),
            no_number.then_some("speed limit that is no number: the default holds"),
            self.permitted
                .contains(&Permission::Limited)
                .then_some("open to those with a destination there: open to all"),
        ]
        .into_iter()
        .flatten()
    }
}

const NOT_FOR_CARS: &str = "way for feet, cycles, buses or tracks";

/// A ferry line is no street, but worth a word where it takes cars.
fn ferry(tags: &Tags<'_>) -> Option<&'static str> {
    let boards = tags.get("route") == Some("ferry")
        && Along::BOTH
            .iter()
            .any(|&along| permission(tags, along, Unsaid::ClosedToVehicles) != Permission::Closed);
    boards.then_some("ferry that takes cars: not boarded, its waits are not known")
}

/// The class of a way, and what holds on it where its tags say nothing of cars.
fn class(highway: &str, tags: &Tags<'_>) -> Result<(RoadClass, Unsaid), Option<&'static str>> {
    let class = match highway {
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
        "track" => return Ok((RoadClass::Track, Unsaid::Closed)),
        "pedestrian" => return Ok((RoadClass::Pedestrian, Unsaid::ClosedToVehicles)),
        "construction" | "proposed" | "abandoned" | "razed" => return Err(Some("not built, or gone")),
        _ => return Err(Some(NOT_FOR_CARS)),
    };
    Ok((class, Unsaid::Open))
}

#[cfg(test)]
mod tests {
    use super::super::defaults::ELSEWHERE;
    use super::*;

    fn read(text: &str) -> Result<Drivable, Option<&'static str>> {
        let pairs = text.split(' ').filter_map(|pair| pair.split_once('='));
        drivable(&Tags(pairs.collect()))
    }

    #[test]
    fn directions_follow_oneway_and_access_and_roundabouts_imply_one() {
        let open = |text: &str| read(text).unwrap().permitted.map(|it| it != Permission::Closed);
        let (both, ahead, back) = ([true, true], [true, false], [false, true]);
        assert_eq!(open("highway=residential"), both);
        assert_eq!(open("highway=residential oneway=yes"), ahead);
        assert_eq!(open("highway=residential oneway=-1"), back);
        assert_eq!(open("highway=residential oneway=yes oneway:motorcar=no"), both);
        assert_eq!(open("highway=residential access:forward=no"), back);
        assert_eq!(open("highway=residential junction=roundabout"), ahead);
        assert_eq!(open("highway=motorway"), ahead);
        assert_eq!(open("highway=motorway oneway=no"), both);
        assert!(read("highway=residential oneway=reversible").is_err());
        assert!(read("highway=residential oneway=yes motor_vehicle:forward=no").is_err());
    }

    #[test]
    fn the_most_specific_access_tag_wins() {
        assert!(read("highway=service access=private").is_err());
        assert!(read("highway=service access=private motorcar=yes").is_ok());
        assert!(read("highway=primary motor_vehicle=no access=yes").is_err());
        assert!(read("highway=residential access=destination").is_ok());
    }

    #[test]
    fn tracks_and_pedestrian_streets_are_driven_where_they_are_opened_to_cars() {
        let driven = |text: &str| read(text).is_ok();
        for open in ["motor_vehicle=yes", "motorcar=designated", "access=yes", "vehicle=permissive"] {
            assert!(driven(&format!("highway=track {open}")), "{open}");
            assert_eq!(driven(&format!("highway=pedestrian {open}")), open != "access=yes", "{open}");
        }
        for shut in
            ["name=Wood", "motor_vehicle=destination", "motor_vehicle=agricultural", "access=yes vehicle=no"]
        {
            assert!(!driven(&format!("highway=track {shut}")), "{shut}");
            assert!(!driven(&format!("highway=pedestrian {shut}")), "{shut}");
        }
        assert!(!driven("highway=footway motor_vehicle=yes"));
    }

    #[test]
    fn footways_are_counted_and_buildings_are_not() {
        assert_eq!(read("highway=footway"), Err(Some(NOT_FOR_CARS)));
        assert_eq!(read("building=yes"), Err(None));
    }

    #[test]
    fn the_most_specific_limit_holds_and_what_is_implied_comes_last() {
        let speeds = |text: &str| read(&format!("highway=primary {text}")).unwrap().speeds(ELSEWHERE);
        assert_eq!(speeds("maxspeed=50 maxspeed:backward=30"), [Some(50.0), Some(30.0)]);
        assert_eq!(speeds("maxspeed=80 maxspeed:motorcar=60"), [Some(60.0); 2]);
        assert_eq!(speeds("maxspeed=none source:maxspeed=DE:rural"), [Some(100.0); 2]);
        assert_eq!(speeds("maxspeed=70 source:maxspeed=DE:rural"), [Some(70.0); 2]);
        assert_eq!(speeds("source:maxspeed=sign zone:maxspeed=DE:30"), [Some(30.0); 2]);
    }
}
