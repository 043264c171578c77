//! What short, full and fit for hire mean, and whose word is newer.

use paceline_model::bikes::{
    AsOf, BikeCounts, BikeKind, Capacity, DockGroup, NoPlace, NoStock, Note, Oddity, Place, Room, Service,
    StationId, StationReading, Stock, StockReading, Told,
};
use paceline_model::limits::NOTES_OF_ONE_REASON_MAX;
use paceline_model::{Instant, Position};

fn kind(text: &str) -> BikeKind {
    BikeKind::new(text).expect("a kind")
}

fn stock(bikes: u32, room: Room) -> Stock {
    let bikes = BikeCounts { of_unknown_kind: bikes, ..BikeCounts::default() };
    Stock { bikes, bikes_broken: 0, docks_broken: 0, room, as_of: AsOf::Said(Instant(1)) }
}

fn station(stock: Stock) -> StationReading {
    StationReading {
        id: StationId::new("S1").expect("a name"),
        names: [("nb".to_owned(), "Brua".to_owned())].into(),
        place: Place::At(Position::new(59.9, 10.7).expect("a place")),
        capacity: Capacity::Docks(10),
        service: Service::OPEN,
        stock: StockReading::Known(stock),
    }
}

/// What a station amounts to: short, full, fit for hire, for hire.
fn amounts(station: &StationReading) -> (bool, bool, Option<u32>, Option<u32>) {
    (station.is_short(), station.is_full(), station.fit_for_hire(), station.for_hire())
}

#[test]
fn an_open_station_is_short_without_bikes_and_full_without_docks() {
    assert_eq!(amounts(&station(stock(0, Room::docks(10)))), (true, false, Some(0), Some(0)));
    assert_eq!(amounts(&station(stock(10, Room::docks(0)))), (false, true, Some(10), Some(10)));
    assert_eq!(amounts(&station(stock(40, Room::Unlimited))), (false, false, Some(40), Some(40)));
}

#[test]
fn a_closed_station_is_neither_and_its_bikes_may_be_fetched() {
    let with = |service| StationReading { service, ..station(stock(0, Room::docks(0))) };
    let (open, shut) = (Service::OPEN, Service::CLOSED);
    assert_eq!((with(open).is_short(), with(open).is_full()), (true, true));
    for service in [shut, Service { on_street: false, ..open }] {
        assert_eq!(amounts(&with(service)), (false, false, Some(0), Some(0)));
    }
    let no_rental = with(Service { renting: false, ..open });
    assert_eq!((no_rental.is_short(), no_rental.is_full()), (false, true));
    let no_returns = with(Service { returning: false, ..open });
    assert_eq!((no_returns.is_short(), no_returns.is_full()), (true, false));
    let standing =
        StationReading { service: Service { renting: false, ..open }, ..station(stock(6, Room::docks(4))) };
    assert_eq!(amounts(&standing), (false, false, Some(6), Some(0)));
}

#[test]
fn what_is_not_known_is_neither() {
    let mut unknown = station(stock(0, Room::docks(0)));
    unknown.place = Place::Unknown(NoPlace::TwoPlaces);
    assert_eq!((unknown.is_short(), unknown.is_full()), (false, false));
    unknown = station(stock(0, Room::docks(0)));
    unknown.stock = StockReading::Unknown(NoStock::TooOld);
    assert_eq!(amounts(&unknown), (false, false, None, None));
}

#[test]
fn a_station_is_short_of_and_full_for_single_kinds() {
    let (city, electric) = (kind("city"), kind("ebike"));
    let room = Room::Docks(vec![DockGroup { kinds: Some([electric.clone()].into()), free: 5 }]);
    let mut mixed = station(stock(0, room));
    let of_kind = [(city.clone(), 9)].into();
    let StockReading::Known(known) = &mut mixed.stock else { panic!("it is known") };
    known.bikes = BikeCounts { of_kind, of_unknown_kind: 0 };
    assert!(!mixed.is_short() && !mixed.is_full());
    assert_eq!((mixed.is_short_of(&city), mixed.is_short_of(&electric)), (false, true));
    assert_eq!((mixed.is_full_for(&city), mixed.is_full_for(&electric)), (true, false));
    assert_eq!(mixed.stock.known().and_then(|stock| stock.room.bikes_of(&electric)), Some(5));
    let unknown_kinds = station(stock(7, Room::docks(13)));
    assert!(!unknown_kinds.is_short_of(&electric), "any of the seven may be one");
}

#[test]
fn a_reading_from_the_future_never_makes_a_later_one_look_old() {
    let (early, late) = (Instant(100), Instant(200));
    assert!(AsOf::Said(late).replaces(AsOf::Said(early)));
    assert!(!AsOf::Said(early).replaces(AsOf::Said(late)));
    assert!(AsOf::Said(early).replaces(AsOf::Bounded(late)));
    assert!(AsOf::Bounded(early).replaces(AsOf::Said(late)));
}

#[test]
fn all_that_is_odd_is_counted_and_the_first_are_named() {
    let mut told = Told::default();
    for number in 0..NOTES_OF_ONE_REASON_MAX + 5 {
        told.tell(Oddity::CountNegative, format!("S{number}"), -2);
    }
    let of = told.of(Oddity::CountNegative).expect("it was told");
    assert_eq!((of.count, of.notes.len()), (105, NOTES_OF_ONE_REASON_MAX));
    assert_eq!(of.notes[0], Note { id: "S0".into(), read: "-2".into() });
    told.tell(Oddity::IdUnusable, "x".repeat(5_000), "");
    assert_eq!(told.of(Oddity::IdUnusable).map(|of| of.notes[0].id.chars().count()), Some(81));
}

#[test]
fn readings_go_through_json() {
    let reading = station(stock(3, Room::docks(7)));
    let text = serde_json::to_string(&reading).expect("it can be written");
    assert_eq!(serde_json::from_str::<StationReading>(&text).expect("it can be read"), reading);
}
