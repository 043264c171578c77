//! The city as seen from outside: it goes on whatever the engine answers, late or not at all.

mod common;

use common::Town;
use paceline_engine::Change;
use paceline_model::{Command, Event, Instant, OrderId, Refusal, Request, VehicleId, Version};
use paceline_sim::{Act, City, Day, Draw};

fn city(town: &Town) -> (City, Day) {
    let day = Day::draw(&town.scenario, &town.roads, &Draw::default()).expect("a day");
    (City::new(&town.scenario, town.roads.clone(), day.clone(), 1), day)
}

/// Plays the day and hands every command to `answer`. Returns the moment at which nothing was left to do.
fn play(city: &mut City, end: Instant, mut answer: impl FnMut(&mut City, Instant, Command)) -> Instant {
    let mut now = Instant::ZERO;
    while let Some(at) = city.next_at().filter(|at| *at < end) {
        now = now.max(at);
        for act in city.step(now) {
            if let Act::Command(request) = act {
                answer(city, now, request.command);
            }
        }
    }
    now
}

#[test]
fn a_city_whose_every_command_is_refused_goes_on_to_the_end() {
    let town = Town::new();
    let (mut city, day) = city(&town);
    play(&mut city, day.end, |city, at, command| {
        let refusal = Refusal::Unknown { kind: "vehicle".into(), id: "v".into() };
        city.refused(at, &command, &refusal);
    });
    assert_eq!((city.to_come(), city.unsettled()), (0, 0));
    assert_eq!(city.turned_away().len(), day.trips.len());
}

#[test]
fn a_city_that_is_never_answered_places_all_its_orders() {
    let town = Town::new();
    let (mut city, day) = city(&town);
    let mut placed = 0;
    play(&mut city, day.end, |_, _, command| {
        placed += usize::from(matches!(command, Command::PlaceOrder(_)))
    });
    assert_eq!(placed, day.trips.len());
}

#[test]
fn news_of_vehicles_and_orders_that_it_does_not_know_changes_nothing() {
    let town = Town::new();
    let (mut city, day) = city(&town);
    city.step(day.start);
    let before = city.states();
    let (order, vehicle) = (OrderId::new("x").expect("an id"), VehicleId::new("y").expect("an id"));
    let known = VehicleId::new("v0003").expect("an id");
    let events = [
        Event::OfferAccepted { order: order.clone(), vehicle: vehicle.clone() },
        Event::OfferAccepted { order: order.clone(), vehicle: known.clone() },
        Event::OrderCancelled { order: order.clone() },
        Event::VehicleRecovered { vehicle: vehicle.clone() },
        Event::VehicleRecovered { vehicle: known },
    ];
    for event in events {
        city.react(day.start, &Change { version: Version(1), at: day.start, event });
    }
    assert_eq!(city.states(), before);
}

/// Drivers say yes to the first order; while the vehicle is on its way, an operator writes the order down as done.
#[test]
fn a_vehicle_whose_order_somebody_else_ended_is_free_again() {
    let town = Town::new();
    let (mut city, day) = city(&town);
    let placed = city.step(day.trips[0].at).into_iter().find_map(|act| match act {
        Act::Command(Request { command: Command::PlaceOrder(spec), .. }) => Some(spec),
        _ => None,
    });
    let spec = placed.expect("its first trip is due");
    let (vehicle, reading) = (day.vehicles[0].spec.id.clone(), day.vehicles[0].reading);
    let order = spec.id.clone();
    let events = [
        Event::OrderPlaced { spec },
        Event::OfferAccepted { order: order.clone(), vehicle: vehicle.clone() },
        Event::RidersDroppedOff { order, vehicle: vehicle.clone(), reading },
    ];
    let at = day.trips[0].at;
    let mut to_pickup = Vec::new();
    for event in events {
        city.react(at, &Change { version: Version(1), at, event });
        to_pickup.push(city.states()[1]);
    }
    assert_eq!(to_pickup, [0, 1, 1], "on its way, until it finds out");
    let mut said = Vec::new();
    play(&mut city, day.end, |_, _, command| match command {
        Command::Arrived(by, _) | Command::PickedUp(by, _) => said.push(by),
        _ => {}
    });
    assert_eq!((said, city.states()[1]), (Vec::new(), 0));
}

#[test]
fn steps_taken_late_lose_nothing_that_was_due() {
    let town = Town::new();
    let (mut city, day) = city(&town);
    let acts = city.step(day.end);
    let placed = acts.iter().filter(
        |act| matches!(act, Act::Command(request) if matches!(request.command, Command::PlaceOrder(_))),
    );
    assert_eq!(placed.count(), day.trips.len());
}
