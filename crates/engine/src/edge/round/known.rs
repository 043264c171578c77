//! What scores go by beside what nodes have: which weights hold on each node, and what it reports. Only what a score of the round asks about: nodes of
//! which the same is known are one to the solver.

use crate::edge::options::UserSite;
use crate::edge::row::NodeRow;
use crate::edge::world::Edge;
use paceline_model::Position;
use paceline_model::edge::{DeciCelsius, Power, PowerSupply};
use paceline_plan::edge::placement::Readings;
use paceline_plan::edge::policy::{PlacementPolicies, ScoreName};
use paceline_plan::edge::round::Known;
use std::collections::BTreeSet;

/// The scores that live weights and a shadow's weigh.
pub(super) fn scores(live: &PlacementPolicies, shadow: Option<&PlacementPolicies>) -> BTreeSet<ScoreName> {
    live.scores().iter().chain(shadow.map_or(&[][..], PlacementPolicies::scores)).copied().collect()
}

/// Of each node, by row. What is expected and what GPUs draw is left to others.
pub(super) fn known(world: &Edge, policies: &PlacementPolicies, scores: &BTreeSet<ScoreName>) -> Known {
    let mut known = Known::default();
    if policies.differ() {
        let number = |node: &NodeRow| policies.number(node.spec.place.cluster.as_ref());
        known.policy = world.nodes.rows().map(number).collect();
    }
    let asked: BTreeSet<Reading> = scores.iter().flat_map(|score| read_by(*score)).copied().collect();
    if !asked.is_empty() {
        let none = Readings::default();
        let reported: Vec<Readings> = world.nodes.rows().map(|node| readings(world, node, &asked)).collect();
        if reported.iter().any(|readings| *readings != none) {
            known.readings = reported;
        }
    }
    known
}

/// What a score may go by that nodes report.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reading {
    Headroom,
    Charge,
    RoundTrip,
    Signal,
    Bandwidth,
    Users,
}

fn read_by(score: ScoreName) -> &'static [Reading] {
    use Reading::{Bandwidth, Charge, Headroom, RoundTrip, Signal, Users};
    match score {
        ScoreName::Thermal => &[Headroom],
        ScoreName::Battery => &[Charge],
        ScoreName::RoundTrip => &[RoundTrip],
        ScoreName::Signal => &[Signal],
        ScoreName::Bandwidth => &[Bandwidth],
        ScoreName::Locality => &[Users],
        ScoreName::FourFactor => &[Charge, RoundTrip],
        ScoreName::FourFactorComparable => &[Charge, RoundTrip, Bandwidth],
        ScoreName::Own
        | ScoreName::Offcut
        | ScoreName::Balance
        | ScoreName::Scarcity
        | ScoreName::Fragmentation
        | ScoreName::BestFit
        | ScoreName::DotProduct
        | ScoreName::Packing
        | ScoreName::Clustering
        | ScoreName::Power
        | ScoreName::ModelPresent => &[],
    }
}

fn readings(world: &Edge, node: &NodeRow, asked: &BTreeSet<Reading>) -> Readings {
    let (heard, asked) = (node.heard(), |reading| asked.contains(&reading));
    let users = |position| to_users(position, &world.options.users);
    Readings {
        headroom_celsius: asked(Reading::Headroom).then(|| headroom(node, world.options.hot())).flatten(),
        charge_percent: asked(Reading::Charge).then(|| charge(node)).flatten(),
        round_trip_ms: heard.round_trip.filter(|_| asked(Reading::RoundTrip)).map(|span| span.0),
        rssi_dbm: heard.rssi.filter(|_| asked(Reading::Signal)).map(|signal| signal.0),
        bandwidth_mbit: heard.bandwidth.filter(|_| asked(Reading::Bandwidth)),
        users_m: node.spec.place.position.filter(|_| asked(Reading::Users)).and_then(users),
    }
}

/// Whole degrees from the hottest sensor that is believed up to `hot`.
fn headroom(node: &NodeRow, hot: DeciCelsius) -> Option<i16> {
    Some(hot.0.saturating_sub(node.hottest()?.0).div_euclid(10))
}

/// A node that draws on no battery has all of it.
fn charge(node: &NodeRow) -> Option<u8> {
    match (node.spec.power, &node.heard().battery) {
        (Power::Mains, _) | (_, Some((PowerSupply::External, _))) => Some(100),
        (Power::Battery { .. }, Some((PowerSupply::Battery, gauge))) => {
            gauge.reading.known().map(|percent| percent.0)
        }
        (Power::Battery { .. }, None) => None,
    }
}

/// Mean distance to all users; `None`: there are none.
fn to_users(from: Position, sites: &[UserSite]) -> Option<u32> {
    let users: u64 = sites.iter().map(|site| u64::from(site.users)).sum();
    let metres = |site: &UserSite| f64::from(site.users) * from.distance_m(site.position);
    (users > 0).then(|| (sites.iter().map(metres).sum::<f64>() / users as f64).round() as u32)
}
