//! Turn restrictions of an extract: which relations are one for cars, and what it says.

use super::super::draft::Turn;
use super::keys::Tags;
use osmpbf::{RelMember, RelMemberType, Relation};

/// A turn restriction by the input's ids.
#[derive(Clone, Debug)]
pub(super) struct RawTurn {
    pub(super) from_way: i64,
    pub(super) via: Via,
    pub(super) to_way: i64,
    pub(super) turn: Turn,
}

/// What lies between the way that one comes from and the way that one goes on to.
#[derive(Clone, Debug)]
pub(super) enum Via {
    Node(i64),
    /// One after the other.
    Ways(Vec<i64>),
}

const WITHOUT_MEMBERS: Option<&str> = Some("turn restriction without its members");

/// The turn restrictions for cars that a relation means, or why it means none. `None` inside: some other relation.
/// `no_entry` may name several ways in and `no_exit` several ways out; each pair is a restriction.
pub(super) fn restrictions(relation: &Relation<'_>) -> Result<Vec<RawTurn>, Option<&'static str>> {
    let tags = Tags(relation.tags().collect());
    if tags.get("type").and_then(|kind| kind.split(':').next()) != Some("restriction") {
        return Err(None);
    }
    let kind = kind(&tags)?;
    let turn = turn(kind).ok_or(Some("turn restriction of an unknown kind"))?;
    let members = |role: &str, kind: RelMemberType| -> Vec<i64> {
        let plays = |m: &RelMember<'_>| m.member_type == kind && m.role().is_ok_and(|r| r == role);
        relation.members().filter(plays).map(|m| m.member_id).collect()
    };
    let (from, to) = (members("from", RelMemberType::Way), members("to", RelMemberType::Way));
    let via = match (members("via", RelMemberType::Way), members("via", RelMemberType::Node).as_slice()) {
        (ways, []) if !ways.is_empty() => Via::Ways(ways),
        (ways, &[node]) if ways.is_empty() => Via::Node(node),
        _ => return Err(WITHOUT_MEMBERS),
    };
    if from.is_empty() || to.is_empty() {
        return Err(WITHOUT_MEMBERS);
    }
    if (from.len() > 1 && kind != "no_entry") || (to.len() > 1 && kind != "no_exit") {
        return Err(Some("turn restriction with more than one way in or out"));
    }
    let pairs = from.iter().flat_map(|&from_way| to.iter().map(move |&to_way| (from_way, to_way)));
    Ok(pairs.map(|(from_way, to_way)| RawTurn { from_way, via: via.clone(), to_way, turn }).collect())
}

fn turn(kind: &str) -> Option<Turn> {
    match kind.split_once('_')? {
        ("no", "u_turn") => Some(Turn::NoTurnBack),
        ("no", _) => Some(Turn::Forbidden),
        ("only", _) => Some(Turn::Compulsory),
        _ => None,
    }
}

/// Which turn it is about, if it always holds and holds for cars.
fn kind<'a>(tags: &Tags<'a>) -> Result<&'a str, Option<&'static str>> {
    let cars = ["restriction:motorcar", "restriction:motor_vehicle", "restriction"];
    let Some(kind) = cars.iter().find_map(|key| tags.get(key)) else {
        let hours =
            tags.0.iter().any(|(key, _)| key.starts_with("restriction") && key.ends_with(":conditional"));
        let whom = Some("turn restriction for other vehicles only");
        return Err(if hours { Some("turn restriction for certain hours only") } else { whom });
    };
    if ["hour_on", "hour_off", "day_on", "day_off"].iter().any(|key| tags.get(key).is_some()) {
        return Err(Some("turn restriction for certain hours only"));
    }
    let car = |who: &str| matches!(who.trim(), "motorcar" | "motor_vehicle");
    if tags.get("except").is_some_and(|list| list.split(';').any(car)) {
        return Err(Some("turn restriction that cars are excepted from"));
    }
    Ok(kind)
}
