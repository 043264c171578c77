//! Small cases, by hand and by dice.

use paceline_model::Millis;
use paceline_plan::bikes::tours::{Errand, Gains, Handling, Prices, Site, TourProblem, TravelTimes, Van};

/// Numbers that a seed fixes.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }
    pub(crate) fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % count
    }
    fn unit(&mut self) -> f64 {
        self.below(1 << 20) as f64 / f64::from(1 << 20)
    }
}

const MINUTE: Millis = Millis::from_secs(60);
const SLOT: Millis = Millis::from_secs(900);

fn van(place: usize, depot: usize) -> Van {
    let handling = Handling { stop: MINUTE, bike: Millis::from_secs(20) };
    let (free_in, shift_ends_in) = (Millis::ZERO, Millis::from_secs(7_200));
    Van {
        place,
        free_in,
        capacity: 10,
        load: 0,
        broken: 0,
        depot,
        shift_ends_in,
        handling,
        mends: true,
        batteries: 2,
        told: vec![],
        declined: vec![],
    }
}

/// Sites on a line, so many minutes from the depot (place 0), where the vans stand too. Up to four bikes may be moved; each bike taken
/// and each bike brought saves so many rides.
pub(crate) fn line(sites: &[(f64, [f64; 2])], vans: usize) -> TourProblem {
    let at = |place: usize| if place == 0 { 0.0 } else { sites[place - 1].0 };
    let times =
        TravelTimes::of(sites.len() + 1, |from, to| Millis(((at(from) - at(to)).abs() * 60_000.0) as u32));
    let site = |(idx, (_, [taken, brought])): (usize, &(f64, [f64; 2]))| {
        let rides = |_, change: i32| f64::from(change.abs()) * if change < 0 { *taken } else { *brought };
        Site { place: idx + 1, gains: Gains::of(SLOT, 1, (4, 4), rides), errand: None }
    };
    TourProblem {
        times,
        sites: sites.iter().enumerate().map(site).collect(),
        vans: vec![van(0, 0); vans],
        prices: Prices { hour: 1.0, stop: 0.0, change: 0.2 },
        horizon: Millis::from_secs(3_600),
    }
}

/// Sites and vans anywhere on a square of 20 minutes; gains that are concave in the bikes moved and change from slot to slot.
pub(crate) fn random(dice: &mut Dice, sites: usize, vans: usize) -> TourProblem {
    let points: Vec<(f64, f64)> =
        (0..=sites + vans).map(|_| (dice.unit() * 20.0, dice.unit() * 20.0)).collect();
    let times = TravelTimes::of(points.len(), |from, to| {
        let (from, to) = (points[from], points[to]);
        Millis(((from.0 - to.0).hypot(from.1 - to.1) * 60_000.0) as u32)
    });
    let mut problem = TourProblem {
        times,
        sites: (0..sites).map(|idx| site(dice, 1 + idx)).collect(),
        vans: (0..vans).map(|idx| van(1 + sites + idx, 0)).collect(),
        prices: Prices { hour: 0.5, stop: 0.05, change: 0.3 },
        horizon: Millis::from_secs(2_700),
    };
    for van in &mut problem.vans {
        van.capacity = 3 + dice.below(6) as u16;
        van.load = dice.below(3) as u16;
        van.broken = dice.below(2) as u16;
        van.free_in = Millis::from_secs(dice.below(400) as u32);
        van.shift_ends_in = Millis::from_secs(1_800 + dice.below(3_600) as u32);
        van.told = (0..dice.below(3)).map(|_| dice.below(sites)).collect();
        van.told.dedup();
        van.declined = (0..dice.below(2)).map(|_| dice.below(sites)).collect();
    }
    problem
}

fn site(dice: &mut Dice, place: usize) -> Site {
    let best = dice.below(9) as f64 - 4.0;
    let (steep, drift) = (dice.unit() * 0.4, dice.unit() * 0.3);
    let lost = |slot: usize, change: i32| {
        let missing = f64::from(change) - best;
        steep * missing * missing * (1.0 - drift * slot as f64 / 3.0)
    };
    let most = (dice.below(5) as u16, dice.below(5) as u16);
    let gains = Gains::of(SLOT, 3, most, |slot, change| lost(slot, 0) - lost(slot, change));
    let errand = (dice.below(4) == 0).then(|| Errand {
        rides: dice.unit() * 2.0,
        handling: Millis::from_secs(dice.below(300) as u32),
        load: dice.below(3) as u16,
        mends: false,
        batteries: dice.below(4) as u16,
    });
    Site { place, gains, errand }
}
