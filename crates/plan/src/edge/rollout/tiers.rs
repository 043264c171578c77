//! In which order nodes get a new version. Wired nodes at once; nodes on a radio by their signal, first those above −65 dBm and then the
//! others, each group doubling from one node on; nodes on a narrow band last, which are to run a quantised variant only.

use super::steps::exposures;
use paceline_model::edge::{Dbm, PlannedStep, Tier};

/// From this signal on a radio is good: the planning figure of Wi-Fi for voice and video, at which no frame needs a second try.
pub const GOOD_SIGNAL: Dbm = Dbm(-65);

/// What a node is connected by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// A cable.
    Wired,
    /// A radio, with its signal if that is known.
    Radio(Option<Dbm>),
    /// A link of some kilobits.
    Narrowband,
}

/// A node that is to get it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// What it is connected by.
    pub network: Network,
    /// Whether it serves anything now. One that does not goes first: it cannot get worse.
    pub serves: bool,
}

/// Who gets it, in order, and in which steps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WavePlan {
    /// Candidates by number, in order.
    pub order: Vec<(usize, Tier)>,
    /// The steps.
    pub steps: Vec<PlannedStep>,
    /// Percentages that add no node.
    pub passed_over: Vec<PlannedStep>,
}

/// Plans it: in percentages of all, or, where none are given, tier by tier.
pub fn plan(candidates: &[Candidate], percents: &[u8]) -> WavePlan {
    let mut order: Vec<(usize, Tier)> = candidates.iter().map(|of| tier(of.network)).enumerate().collect();
    order.sort_by_key(|(number, tier)| {
        let of = candidates[*number];
        (if percents.is_empty() { *tier } else { Tier::All }, of.serves, *tier, weakness(of.network), *number)
    });
    if percents.is_empty() {
        let steps = tiers_of(&order);
        return WavePlan { order, steps, passed_over: Vec::new() };
    }
    order.iter_mut().for_each(|(_, tier)| *tier = Tier::All);
    let steps = exposures(order.len() as u32, percents).into_iter();
    let planned = steps
        .map(|of| (of.adds_none, PlannedStep { tier: Tier::All, percent: Some(of.percent), upto: of.nodes }));
    let (passed_over, steps): (Vec<_>, Vec<_>) = planned.partition(|(adds_none, _)| *adds_none);
    let plain = |steps: Vec<(bool, PlannedStep)>| steps.into_iter().map(|(_, step)| step).collect();
    WavePlan { order, steps: plain(steps), passed_over: plain(passed_over) }
}

fn tier(network: Network) -> Tier {
    match network {
        Network::Wired => Tier::Wired,
        Network::Radio(Some(signal)) if signal > GOOD_SIGNAL => Tier::GoodRadio,
        Network::Radio(_) => Tier::WeakRadio,
        Network::Narrowband => Tier::Narrowband,
    }
}

/// The strongest first; what is not known ranks behind all that is.
fn weakness(network: Network) -> i32 {
    match network {
        Network::Radio(Some(signal)) => -i32::from(signal.0),
        Network::Radio(None) => i32::MAX,
        Network::Wired | Network::Narrowband => 0,
    }
}

fn tiers_of(order: &[(usize, Tier)]) -> Vec<PlannedStep> {
    let mut steps = Vec::new();
    for tier in [Tier::Wired, Tier::GoodRadio, Tier::WeakRadio, Tier::Narrowband] {
        let all = order.iter().filter(|(_, of)| *of == tier).count() as u32;
        let mut upto = if tier == Tier::Wired { all } else { all.min(1) };
        while upto > 0 {
            steps.push(PlannedStep { tier, percent: None, upto });
            if upto == all {
                break;
            }
            // One, two, four more: each step is as large as all before it and one.
            upto = all.min(2 * upto + 1);
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(network: Network) -> Candidate {
        Candidate { network, serves: true }
    }

    #[test]
    fn wired_nodes_go_at_once_then_radios_by_their_signal_then_narrow_bands() {
        let radio = |dbm| Network::Radio(Some(Dbm(dbm)));
        let networks = [
            Network::Narrowband,
            radio(-80),
            Network::Wired,
            radio(-65),
            radio(-50),
            Network::Radio(None),
            radio(-60),
            Network::Wired,
            radio(-40),
        ];
        let found = plan(&networks.map(of), &[]);
        let order: Vec<usize> = found.order.iter().map(|(number, _)| *number).collect();
        assert_eq!(order, [2, 7, 8, 4, 6, 3, 1, 5, 0]);
        let steps: Vec<_> = found.steps.iter().map(|step| (step.tier, step.upto)).collect();
        use Tier::{GoodRadio, Narrowband, WeakRadio, Wired};
        assert_eq!(
            steps,
            [(Wired, 2), (GoodRadio, 1), (GoodRadio, 3), (WeakRadio, 1), (WeakRadio, 3), (Narrowband, 1)]
        );
    }

    #[test]
    fn no_node_of_a_later_tier_is_exposed_before_an_earlier_one_and_each_once() {
        let mut state = 7_u64;
        let mut draw = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for _ in 0..500 {
            let count = draw(60) as usize;
            let mut candidate = || Candidate {
                network: match draw(4) {
                    0 => Network::Wired,
                    1 => Network::Radio(None),
                    2 => Network::Narrowband,
                    _ => Network::Radio(Some(Dbm(-30 - draw(70) as i16))),
                },
                serves: draw(5) > 0,
            };
            let candidates: Vec<Candidate> = (0..count).map(|_| candidate()).collect();
            let found = plan(&candidates, &[]);
            assert!(found.order.is_sorted_by_key(|(_, tier)| *tier));
            assert!(found.steps.is_sorted_by_key(|step| (step.tier, step.upto)));
            let last = |tier| found.steps.iter().filter(|step| step.tier == tier).map(|step| step.upto).max();
            for tier in [Tier::Wired, Tier::GoodRadio, Tier::WeakRadio, Tier::Narrowband] {
                let all = found.order.iter().filter(|(_, of)| *of == tier).count() as u32;
                assert_eq!(last(tier).unwrap_or(0), all, "a tier is done before the next begins");
            }
            let mut numbers: Vec<usize> = found.order.iter().map(|(number, _)| *number).collect();
            numbers.sort_unstable();
            assert_eq!(numbers, (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_node_that_serves_nothing_is_tried_first() {
        let mut candidates = [of(Network::Wired); 3];
        candidates[2].serves = false;
        assert_eq!(plan(&candidates, &[10, 100]).order[0].0, 2);
    }
}
