//! Who may drive where: OpenStreetMap's access tags as one model, for ways and for nodes. Pure; `tags` asks it.
//!
//! Of the modes of transport that a car belongs to, the most specific one that says anything holds: `motorcar`, `motor_vehicle`,
//! `vehicle`, `access`. Of one mode, what is said for the direction comes before what is said for both. A list of values admits cars
//! if any of its values does. What depends on the hour (`:conditional`) is as it is at other hours; `tags` counts it.
//!
//! Source: the OpenStreetMap wiki, *Key:access* and *Conditional restrictions*. Left out on purpose: directions at nodes, and access
//! by lane. A checker of its own, in the tests below, says the same by overwriting from the general to the specific.

use super::keys::Tags;

/// A direction along a way: that of its nodes, or the opposite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Along {
    Ahead,
    Back,
}

impl Along {
    pub(super) const BOTH: [Self; 2] = [Self::Ahead, Self::Back];
}

/// What a car may do somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Permission {
    /// Drive.
    Open,
    /// Drive there, but not through: kept, and counted as simplified.
    Limited,
    /// Nothing.
    Closed,
}

/// What holds on a kind of way where its tags say nothing of cars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unsaid {
    /// A street: open.
    Open,
    /// A track: closed, unless any mode opens it.
    Closed,
    /// A pedestrian street: closed, unless a mode of vehicles opens it; `access=yes` is said of people on foot.
    ClosedToVehicles,
}

/// One mode of transport that a car belongs to, and its keys ahead and back.
struct Mode {
    key: &'static str,
    along: [&'static str; 2],
}

/// From the most specific to the most general.
const MODES: [Mode; 4] = [
    Mode { key: "motorcar", along: ["motorcar:forward", "motorcar:backward"] },
    Mode { key: "motor_vehicle", along: ["motor_vehicle:forward", "motor_vehicle:backward"] },
    Mode { key: "vehicle", along: ["vehicle:forward", "vehicle:backward"] },
    Mode { key: EVERYBODY, along: ["access:forward", "access:backward"] },
];
/// The mode that is not of vehicles alone.
const EVERYBODY: &str = "access";
/// Whether a street is one-way, from the most specific mode to the most general.
const ONEWAY: [&str; 4] = ["oneway:motorcar", "oneway:motor_vehicle", "oneway:vehicle", "oneway"];

/// Values that keep cars out.
const CLOSED: [&str; 9] =
    ["no", "private", "agricultural", "forestry", "emergency", "military", "bus", "psv", "permit"];
/// Values that let those in who have something to do there.
const LIMITED: [&str; 3] = ["destination", "customers", "delivery"];
/// Values that open what would be closed by its kind.
const OPENING: [&str; 4] = ["yes", "designated", "permissive", "official"];

/// Barriers that stop a car by what they are. What is not listed lets cars pass unless its access tags do not.
const STOPPING: [&str; 34] = [
    "bar",
    "block",
    "bollard",
    "bus_trap",
    "cable_barrier",
    "chain",
    "city_wall",
    "cycle_barrier",
    "debris",
    "delineators",
    "ditch",
    "fence",
    "full-height_turnstile",
    "guard_rail",
    "handrail",
    "hedge",
    "horse_stile",
    "jersey_barrier",
    "kent_carriage_gap",
    "kissing_gate",
    "log",
    "motorcycle_barrier",
    "planter",
    "railing",
    "retaining_wall",
    "rope",
    "rock",
    "step",
    "stile",
    "sump_buster",
    "turnstile",
    "tyres",
    "wall",
    "wicket_gate",
];

/// What a car may do on a way in one direction, by its access tags alone.
pub(super) fn permission(tags: &Tags<'_>, along: Along, unsaid: Unsaid) -> Permission {
    let Some((mode, values)) = deciding(tags, Some(along)) else {
        return if unsaid == Unsaid::Open { Permission::Open } else { Permission::Closed };
    };
    let opened = match unsaid {
        Unsaid::Open => true,
        Unsaid::Closed => opens(values),
        Unsaid::ClosedToVehicles => mode != EVERYBODY && opens(values),
    };
    if opened { judged(values) } else { Permission::Closed }
}

/// Whether a node stops a car: a barrier that does so by its kind or is locked, and that no access tag opens; or one that lets cars
/// pass by its kind, and whose access tags do not. A node that is no barrier stops nobody, whatever it says of access: that is said of a
/// crossing or of an entrance.
pub(super) fn stops(tags: &Tags<'_>) -> bool {
    let Some(kinds) = tags.get("barrier") else { return false };
    let said = deciding(tags, None);
    if tags.get("locked") == Some("yes") {
        return !said.is_some_and(|(mode, values)| mode != EVERYBODY && opens(values));
    }
    if each(kinds).any(|kind| STOPPING.contains(&kind)) {
        return !said.is_some_and(|(_, values)| opens(values));
    }
    kinds != "no" && said.is_some_and(|(_, values)| judged(values) == Permission::Closed)
}

/// Which directions `oneway` leaves open, where `implied` says what holds if it is silent. `None`: that changes with the hour.
pub(super) fn directions(tags: &Tags<'_>, implied_one_way: bool) -> Option<[bool; 2]> {
    let known = |key: &&str| {
        Some(match tags.get(key)? {
            "yes" | "true" | "1" => Some([true, false]),
            "-1" | "reverse" => Some([false, true]),
            "no" | "false" | "0" => Some([true, true]),
            "reversible" | "alternating" => None,
            _ => return None,
        })
    };
    ONEWAY.iter().find_map(known).unwrap_or(Some([true, !implied_one_way]))
}

/// Whether some access tag, or a direction, depends on the hour: (access, direction).
pub(super) fn by_the_hour(tags: &Tags<'_>) -> (bool, bool) {
    let base = |key: &'_ str| key.strip_suffix(":conditional").map(str::to_owned);
    let conditional: Vec<String> = tags.0.iter().filter_map(|(key, _)| base(key)).collect();
    let is_access =
        |key: &String| MODES.iter().any(|mode| mode.key == key || mode.along.contains(&key.as_str()));
    (conditional.iter().any(is_access), conditional.iter().any(|key| ONEWAY.contains(&key.as_str())))
}

/// The values of the tag that decides, and its mode. A tag without a value says nothing.
fn deciding<'a>(tags: &Tags<'a>, along: Option<Along>) -> Option<(&'static str, &'a str)> {
    MODES.iter().find_map(|mode| {
        let directed = along.and_then(|along| tags.get(mode.along[along as usize]));
        let said = [directed, tags.get(mode.key)].into_iter().flatten().find(|value| each(value).count() > 0);
        Some((mode.key, said?))
    })
}

/// What a list of values comes to: the best of what each says.
fn judged(values: &str) -> Permission {
    let of = |value: &str| match value {
        _ if CLOSED.contains(&value) => Permission::Closed,
        _ if LIMITED.contains(&value) => Permission::Limited,
        _ => Permission::Open,
    };
    let best = |a: Permission, b: Permission| if (b as u8) < a as u8 { b } else { a };
    each(values).map(of).fold(Permission::Closed, best)
}

fn opens(values: &str) -> bool {
    each(values).any(|value| OPENING.contains(&value))
}

fn each(values: &str) -> impl Iterator<Item = &str> {
    values.split(';').map(str::trim).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `key=value` pairs between blanks.
    fn tags(text: &str) -> Tags<'_> {
        Tags(text.split(' ').filter_map(|pair| pair.split_once('=')).collect())
    }

    /// The checker: from the most general tag to the most specific, each that says something takes the place of what was said before.
    fn overwritten(pairs: &[(&str, &str)], direction: &str, unsaid: Unsaid) -> Permission {
        let (mut permission, mut open) = (Permission::Open, unsaid == Unsaid::Open);
        for mode in ["access", "vehicle", "motor_vehicle", "motorcar"] {
            for key in [mode.to_owned(), format!("{mode}:{direction}")] {
                let Some((_, value)) = pairs.iter().find(|(k, _)| *k == key) else { continue };
                let words: Vec<&str> = value.split(';').map(str::trim).filter(|w| !w.is_empty()).collect();
                if words.is_empty() {
                    continue;
                }
                let shut = "no private agricultural forestry emergency military bus psv permit";
                let free = words.iter().any(|w| {
                    !shut.split(' ').any(|s| s == *w) && !["destination", "customers", "delivery"].contains(w)
                });
                let guest = words.iter().any(|w| ["destination", "customers", "delivery"].contains(w));
                permission = match (free, guest) {
                    (true, _) => Permission::Open,
                    (false, true) => Permission::Limited,
                    (false, false) => Permission::Closed,
                };
                let yes = words.iter().any(|w| ["yes", "designated", "permissive", "official"].contains(w));
                open = match unsaid {
                    Unsaid::Open => true,
                    Unsaid::Closed => yes,
                    Unsaid::ClosedToVehicles => yes && mode != "access",
                };
            }
        }
        if open { permission } else { Permission::Closed }
    }

    proptest! {
        #[test]
        fn the_most_specific_tag_holds_however_it_is_computed(
            keys in prop::sample::subsequence(
                MODES.iter().flat_map(|m| [m.key, m.along[0], m.along[1]]).collect::<Vec<_>>(), 0..6),
            values in prop::collection::vec(prop::sample::select(vec![
                "yes", "no", "private", "destination", "agricultural;forestry", "private; customers", "", ";",
                "residents", "designated", "official;no", " permit ", "delivery",
            ]), 6),
        ) {
            let pairs: Vec<(&str, &str)> = keys.into_iter().zip(values).collect();
            for unsaid in [Unsaid::Open, Unsaid::Closed, Unsaid::ClosedToVehicles] {
                for (along, direction) in Along::BOTH.into_iter().zip(["forward", "backward"]) {
                    let found = permission(&Tags(pairs.clone()), along, unsaid);
                    prop_assert_eq!(found, overwritten(&pairs, direction, unsaid), "{:?} {}", pairs, direction);
                }
            }
        }
    }

    /// The page on tags lists barriers and values of access in words; none of ours is missing there.
    #[test]
    fn the_page_on_tags_names_every_value_of_access_and_every_barrier_that_stops() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/road/osm-tags.md");
        let page = std::fs::read_to_string(page).unwrap();
        for value in CLOSED.iter().chain(&LIMITED).chain(&OPENING).chain(&STOPPING) {
            assert!(page.contains(&format!("`{value}`")), "{value}");
        }
    }

    #[test]
    fn a_direction_may_be_closed_alone() {
        let read = |text: &str| Along::BOTH.map(|along| permission(&tags(text), along, Unsaid::Open));
        let (open, closed) = (Permission::Open, Permission::Closed);
        assert_eq!(read("motor_vehicle:backward=no"), [open, closed]);
        assert_eq!(read("access:forward=private"), [closed, open]);
        assert_eq!(read("vehicle:backward=no motorcar=yes"), [open, open], "cars are excepted");
        assert_eq!(read("motor_vehicle=no motor_vehicle:forward=yes"), [open, closed]);
    }

    #[test]
    fn a_list_admits_cars_if_one_of_its_values_does() {
        let read = |text: &str| permission(&tags(text), Along::Ahead, Unsaid::Open);
        assert_eq!(read("motor_vehicle=agricultural;forestry"), Permission::Closed);
        assert_eq!(read("motor_vehicle=agricultural;destination"), Permission::Limited);
        assert_eq!(read("access=private;yes"), Permission::Open);
    }

    #[test]
    fn oneway_for_cars_comes_before_oneway_for_all() {
        let read = |text: &str| directions(&tags(text), false);
        assert_eq!(read("oneway:motorcar=yes"), Some([true, false]));
        assert_eq!(read("oneway:vehicle=-1 oneway=no"), Some([false, true]));
        assert_eq!(read("oneway=yes oneway:motor_vehicle=no"), Some([true, true]));
        assert_eq!(read("oneway=yes oneway:motorcar=perhaps"), Some([true, false]));
        assert_eq!(read("oneway=reversible"), None);
        assert_eq!(directions(&tags(""), true), Some([true, false]));
    }

    #[test]
    fn a_barrier_stops_cars_by_its_kind_its_lock_or_its_access() {
        let check = |expected: bool, texts: &[&str]| {
            texts.iter().for_each(|text| assert_eq!(stops(&tags(text)), expected, "{text}"));
        };
        let by_kind = ["bollard", "cycle_barrier", "sump_buster", "bus_trap", "stile", "planter", "ditch"];
        by_kind.iter().for_each(|kind| check(true, &[&format!("barrier={kind} bicycle=yes")]));
        check(
            true,
            &["barrier=bollard access=no", "barrier=gate;bollard", "barrier=bollard motorcar=no access=yes"],
        );
        check(true, &["barrier=gate access=private", "barrier=lift_gate motor_vehicle=no access=yes"]);
        check(true, &["barrier=gate locked=yes", "barrier=gate locked=yes access=yes"]);
        check(
            false,
            &[
                "barrier=bollard motorcar=yes",
                "barrier=bollard vehicle=designated",
                "barrier=block access=yes",
            ],
        );
        check(
            false,
            &["barrier=gate", "barrier=toll_booth", "barrier=gate locked=yes motor_vehicle=permissive"],
        );
        check(
            false,
            &["barrier=no access=no", "highway=crossing motor_vehicle=no", "barrier=gate access=destination"],
        );
    }
}
