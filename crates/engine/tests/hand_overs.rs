//! A vehicle that goes from one region to another is never in both, and never in none.

mod common;

use common::{Bench, region_id, vehicle_id};
use expect_test::expect;
use paceline_engine::fleet::{Errands, Next};
use paceline_engine::{Borders, FleetOptions, Setting};
use paceline_model::{Command, Geofence, GeofenceId, HandOver, Millis, RegionId, VehicleId};
use proptest::prelude::*;
use std::sync::Arc;

#[test]
fn a_vehicle_that_was_handed_over_is_told_of_until_it_is_acknowledged() {
    let mut bench = Bench::new(FleetOptions::default());
    bench.script(
        "0 vehicle v1 at A1
         1 v1 goes-to north
         2 vehicle v1 at A1
         2 v1 recovers
         3 restart from snapshot
         3 vehicle v1 at A1",
    );
    let pending: Vec<HandOver> = bench.fleet.world().hand_overs().pending().cloned().collect();
    assert_eq!(pending.len(), 1);
    assert_eq!((&pending[0].vehicle.id, pending[0].to.as_str()), (&vehicle_id("v1"), "north"));
    bench.script(
        "4 north has 7
         4 south has 1001000
         4 north has 1001000
         5 north has 1001000
         6 restart
         6 vehicle v1 at A1
         7 north gives v1 as 12 at A1",
    );
    assert_eq!(bench.fleet.world().hand_overs().pending().len(), 0);
    expect![[r#"
        0s   v1 registered
        0s   v1 started
        1s   v1 handed over to north as 1001000
        2s   refused: E0208 vehicle v1 was handed over to region north
        2s   refused: E0208 vehicle v1 was handed over to region north
        3s   refused: E0208 vehicle v1 was handed over to region north
        4s   1001000 is with north
        6s   refused: E0208 vehicle v1 was handed over to region north
        7s   12 of north came
        7s   v1 registered
        7s   v1 started
    "#]]
    .assert_eq(&bench.transcript);
}

#[test]
fn each_region_is_told_of_the_first_that_left_for_it() {
    let mut bench = Bench::new(FleetOptions::default());
    let told = |bench: &Bench| {
        let Errands { pending, firsts } = Errands::of(&bench.fleet);
        let firsts: Vec<String> =
            firsts.iter().map(|given| format!("{} to {}", given.vehicle.id, given.to)).collect();
        format!("{pending}: {}", firsts.join(", "))
    };
    assert_eq!(told(&bench), "0: ");
    bench.script(
        "0 vehicle v1 at A1
         0 vehicle v2 at A1
         0 vehicle v3 at A1
         1 v1 goes-to north
         2 v2 goes-to north
         3 v3 goes-to east",
    );
    assert_eq!(told(&bench), "3: v3 to east, v1 to north");
    bench.script("4 north has 1001000");
    assert_eq!(told(&bench), "2: v3 to east, v2 to north");
}

#[test]
fn a_hand_over_that_comes_again_counts_once() {
    common::check(
        "0 north gives v1 as 7 at A1
         1 north gives v1 as 7 at A1
         2 v1 goes-to south
         3 north gives v1 as 7 at A1
         4 restart from snapshot
         4 north gives v1 as 7 at A1
         5 south gives v2 as 7 at B1
         6 north gives v2 as 8 at B1",
        expect![[r#"
            0s   7 of north came
            0s   v1 registered
            0s   v1 started
            2s   v1 handed over to south as 1002000
            5s   7 of south came
            5s   v2 registered
            5s   v2 started
            6s   8 of north came
        "#]],
    );
}

#[test]
fn a_vehicle_with_something_to_do_stays() {
    common::check(
        "0 vehicle v1 at A1 automatic
         1 order o1 from A2 to C3
         2 v1 goes-to north
         3 charger c1 at H8 plugs 1
         3 vehicle v2 at H8
         4 v2 plugs-in c1
         5 v2 goes-to north",
        expect![[r#"
            0s   v1 registered
            0s   v1 started
            1s   o1 placed
            2s   o1 assigned to v1
            2s   refused: E0206 vehicle v1 is busy
            3s   c1 opened
            3s   v2 registered
            3s   v2 started
            4s   v2 sent to c1
            4s   v2 charges at c1
            5s   refused: E0206 vehicle v2 is busy
        "#]],
    );
}

#[test]
fn who_did_not_answer_is_told_again_and_who_did_has_its_next_at_once() {
    let pending = Errands { pending: 1, firsts: Vec::new() };
    for (looked, noted, next) in [
        (Some(&pending), true, Next::Look),
        (Some(&pending), false, Next::Within(Millis(1_000))),
        (Some(&Errands::default()), false, Next::WhenOneLeaves),
        (None, false, Next::Within(Millis(1_000))),
    ] {
        assert_eq!(Errands::next(looked, noted), next, "{looked:?} {noted}");
    }
}

/// What lies east of column D is the region `east`.
fn borders() -> Setting {
    let corner = |column, row| common::corner(column, row);
    let ring = vec![corner(4, 0), corner(9, 0), corner(9, 9), corner(4, 9)];
    let area = Geofence::new(GeofenceId::new("east").expect("a name"), ring).expect("an area");
    Setting::Borders(Arc::new(Borders { own: None, others: vec![(region_id("east"), area)] }))
}

#[test]
fn whoever_brings_riders_beyond_the_border_stays_there() {
    let mut bench = Bench::new(FleetOptions::default());
    bench.set(borders());
    bench.script(
        "0 vehicle v1 at A1 automatic
         0 vehicle v2 at A2 automatic
         1 order o1 from A1 to G1
         2 order o2 from A2 to C2
         3 v1 arrives o1
         4 v1 picks-up o1
         5 v1 drops-off o1 at G1
         6 v2 arrives o2
         7 v2 picks-up o2
         8 v2 drops-off o2 at C2",
    );
    expect![[r#"
        0s   v1 registered
        0s   v1 started
        0s   v2 registered
        0s   v2 started
        1s   o1 placed
        2s   o1 assigned to v1
        2s   o2 placed
        3s   o2 assigned to v2
        3s   v1 at the pick-up of o1
        4s   o1 aboard v1
        5s   o1 served by v1
        5s   v1 handed over to east as 1005000
        6s   v2 at the pick-up of o2
        7s   o2 aboard v2
        8s   o2 served by v2
    "#]]
    .assert_eq(&bench.transcript);
}

/// Two regions, and what is under way between them.
struct Pair {
    regions: [Bench; 2],
    names: [RegionId; 2],
    on_the_way: Vec<(usize, Message)>,
}

#[derive(Clone, Debug)]
enum Message {
    Give(HandOver),
    Has(HandOver),
}

impl Pair {
    fn new(vehicles: u8) -> Self {
        let names = ["west", "east"].map(region_id);
        let mut regions = [(); 2].map(|()| Bench::new(FleetOptions::default()));
        for number in 0..vehicles {
            regions[0].command(common::vehicle(&format!("v{number}"), "A1", &["automatic"], regions[0].now));
        }
        Self { regions, names, on_the_way: Vec::new() }
    }

    /// Says all that is pending, or some of it, again.
    fn tell(&mut self, from: usize) {
        let pending = self.regions[from].fleet.world().hand_overs().pending();
        let next = pending.take(1).map(|pending| (1 - from, Message::Give(pending.clone())));
        self.on_the_way.extend(next);
    }

    /// Something arrives, and may arrive again.
    fn arrive(&mut self, which: usize, again: bool) {
        if self.on_the_way.is_empty() {
            return;
        }
        let which = which % self.on_the_way.len();
        let (to, message) = match again {
            true => self.on_the_way[which].clone(),
            false => self.on_the_way.swap_remove(which),
        };
        let other = self.names[1 - to].clone();
        match message {
            Message::Give(given) => {
                let HandOver { number, vehicle, reading, .. } = given.clone();
                self.regions[to].command(Command::ReceiveHandOver(other, number, vehicle, reading));
                self.on_the_way.push((1 - to, Message::Has(given)));
            }
            Message::Has(given) => {
                self.regions[to].command(Command::AcknowledgeHandOver(other, given.number))
            }
        }
    }

    fn has(&self, region: usize, vehicle: &VehicleId) -> bool {
        self.regions[region].fleet.world().vehicle(vehicle).is_some()
    }

    fn gives(&self, region: usize, vehicle: &VehicleId) -> bool {
        self.regions[region]
            .fleet
            .world()
            .hand_overs()
            .pending()
            .any(|pending| pending.vehicle.id == *vehicle)
    }
}

proptest! {
    #[test]
    fn a_vehicle_is_never_in_two_regions_and_never_in_none(
        steps in prop::collection::vec((0_u8..8, any::<u8>(), any::<u8>()), 1..200),
    ) {
        let vehicles = 4;
        let mut pair = Pair::new(vehicles);
        for (what, which, vehicle) in steps {
            let vehicle_id = vehicle_id(&format!("v{}", vehicle % vehicles));
            let region = usize::from(which % 2);
            match what {
                0 | 1 => {
                    let to = pair.names[1 - region].clone();
                    pair.regions[region].command(Command::HandOver(vehicle_id, to));
                }
                2 | 3 => pair.tell(region),
                4 | 5 => pair.arrive(usize::from(which), vehicle % 4 == 0),
                // Lost on its way.
                6 if !pair.on_the_way.is_empty() => {
                    let which = usize::from(which) % pair.on_the_way.len();
                    _ = pair.on_the_way.swap_remove(which);
                }
                // A vehicle asks to be let in where it left.
                6 if pair.regions[region].fleet.world().hand_overs().gone_to(&vehicle_id).is_some() => {
                    let now = pair.regions[region].now;
                    let put = common::vehicle(vehicle_id.as_str(), "B2", &["automatic"], now);
                    pair.regions[region].command(put);
                }
                6 => {}
                _ if vehicle % 2 == 0 => _ = pair.regions[region].script("0 restart"),
                _ => _ = pair.regions[region].script("0 restart from snapshot"),
            }
            pair.regions.iter_mut().for_each(|region| region.now.0 += 100);
            for number in 0..vehicles {
                let vehicle = common::vehicle_id(&format!("v{number}"));
                let here = [0, 1].map(|region| pair.has(region, &vehicle));
                let under_way = [0, 1].map(|region| pair.gives(region, &vehicle));
                prop_assert!(!(here[0] && here[1]), "{vehicle} is in both");
                prop_assert!(here[0] || here[1] || under_way[0] || under_way[1], "{vehicle} is in none");
            }
        }
        // Once messages get through, all arrive.
        for _ in 0..40 {
            for region in 0..2 {
                pair.tell(region);
            }
            while !pair.on_the_way.is_empty() {
                pair.arrive(0, false);
            }
            pair.regions.iter_mut().for_each(|region| region.now.0 += 100);
        }
        for number in 0..vehicles {
            let vehicle = vehicle_id(&format!("v{number}"));
            prop_assert_eq!([0, 1].map(|region| pair.has(region, &vehicle)).iter().filter(|has| **has).count(), 1);
            prop_assert!(!pair.gives(0, &vehicle) && !pair.gives(1, &vehicle));
        }
    }
}
