//! What a feed says of a station now: whether it is open, and what stands there.

use super::clock::Clock;
use super::information::{DOCKS_WITHOUT_LIMIT, Information};
use super::kinds::Kinds;
use super::record::{Record, Said};
use paceline_model::bikes::{
    BikeCounts, BikeKind, Capacity, DockGroup, NoStock, Oddity, Room, Service, Stock, StockReading, Told,
};
use serde_json::Value;
use std::collections::BTreeSet;

/// Most bikes, and most docks, that a station can have: some hundred times the largest in the field.
const COUNT_MAX: u32 = 20_000;

const BIKES: [&str; 2] = ["num_vehicles_available", "num_bikes_available"];
const BIKES_BROKEN: [&str; 2] = ["num_vehicles_disabled", "num_bikes_disabled"];
const DOCKS: [&str; 1] = ["num_docks_available"];
const DOCKS_BROKEN: [&str; 1] = ["num_docks_disabled"];

/// What a record of the status says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Status {
    pub(super) service: Service,
    pub(super) stock: StockReading,
    pub(super) capacity: Capacity,
}

/// What records of a status are read with.
pub(super) struct Reader<'a> {
    pub(super) kinds: &'a Kinds,
    pub(super) clock: Clock,
}

impl Reader<'_> {
    /// Reads one record; `information` is what the other file says of its station, if it does.
    pub(super) fn read(
        &self,
        record: &Record<'_>,
        information: Option<&Information>,
        told: &mut Told,
    ) -> Status {
        let service = Service {
            on_street: record.flag("is_installed", told),
            renting: record.flag("is_renting", told),
            returning: record.flag("is_returning", told),
        };
        let stock = self.stock(record, information, told);
        let capacity = capacity(record, information, stock.as_ref().ok(), told);
        let stock = stock.map_or_else(StockReading::Unknown, StockReading::Known);
        Status { service, stock, capacity }
    }

    fn stock(
        &self,
        record: &Record<'_>,
        information: Option<&Information>,
        told: &mut Told,
    ) -> Result<Stock, NoStock> {
        // Both are looked at, so that both are told of.
        let (total, as_of) = (bikes(record, told), self.clock.as_of(record, told));
        let (total, as_of) = (total?, as_of?);
        let bikes_broken = record.count_or_none(&BIKES_BROKEN, COUNT_MAX, told);
        let docks_broken = record.count_or_none(&DOCKS_BROKEN, COUNT_MAX, told);
        let standing = total + bikes_broken;
        let capacity = information.and_then(|of| of.docks).filter(|docks| *docks > 0);
        if capacity.is_some_and(|docks| standing > docks) {
            record.tell(Oddity::MoreThanCapacity, &BIKES, told);
        }
        let left = capacity.map(|docks| docks.saturating_sub(standing + docks_broken));
        let room = self.room(record, information.is_some_and(|of| of.is_unlimited), left, told);
        Ok(Stock { bikes: self.by_kind(record, total, told), bikes_broken, docks_broken, room, as_of })
    }

    /// Bikes by kind. What does not add up to the count of all says nothing of kinds.
    fn by_kind(&self, record: &Record<'_>, total: u32, told: &mut Told) -> BikeCounts {
        const FIELD: &str = "vehicle_types_available";
        let unknown = BikeCounts { of_unknown_kind: total, ..BikeCounts::default() };
        let Some(list) = record.list(FIELD) else { return unknown };
        let mut counts = BikeCounts::default();
        for value in list {
            let (kind, count) = (value.get("vehicle_type_id").and_then(Value::as_str), count(value));
            match kind.and_then(|kind| BikeKind::new(kind).ok()).filter(|kind| self.kinds.contains_key(kind))
            {
                // A kind that is left out counts 0, so one that counts 0 may be left out.
                Some(_) if count == 0 => {}
                Some(kind) => {
                    let of = counts.of_kind.entry(kind).or_default();
                    *of = of.saturating_add(count);
                }
                None => {
                    counts.of_unknown_kind = counts.of_unknown_kind.saturating_add(count);
                    told.tell(Oddity::KindUnknown, &record.id, value);
                }
            }
        }
        if counts.total() == total {
            return counts;
        }
        let read = format_args!("{} by kind, {total} in all", counts.total());
        told.tell(Oddity::KindsDiffer, &record.id, read);
        unknown
    }

    /// Room for more; `left` is what its capacity leaves, if it has one.
    fn room(&self, record: &Record<'_>, is_unlimited: bool, left: Option<u32>, told: &mut Told) -> Room {
        if is_unlimited {
            return Room::Unlimited;
        }
        match record.whole(&DOCKS, told) {
            Said::This(docks) if docks < 0 => {
                record.tell(Oddity::DocksNegative, &DOCKS, told);
                Room::docks(0)
            }
            Said::This(docks) if left.is_none() && docks >= DOCKS_WITHOUT_LIMIT => {
                record.tell(Oddity::DocksBeyond, &DOCKS, told);
                Room::Unlimited
            }
            Said::This(docks) if docks <= COUNT_MAX.into() => {
                self.docks(record, u32::try_from(docks).unwrap_or(COUNT_MAX), told)
            }
            // GBFS leaves the number out where docks are not what limits a station.
            Said::Nothing if left.is_none() => Room::Unlimited,
            _ => {
                record.tell(Oddity::DocksMissing, &DOCKS, told);
                left.map_or(Room::Unlimited, Room::docks)
            }
        }
    }

    /// Free docks by the kinds that they take.
    fn docks(&self, record: &Record<'_>, free: u32, told: &mut Told) -> Room {
        let Some(list) = record.list("vehicle_docks_available") else { return Room::docks(free) };
        let of = |value: &Value| {
            let ids = value.get("vehicle_type_ids")?.as_array()?;
            let kinds = ids.iter().filter_map(|id| BikeKind::new(id.as_str()?).ok());
            let kinds: BTreeSet<BikeKind> = kinds.filter(|kind| self.kinds.contains_key(kind)).collect();
            Some(DockGroup { kinds: Some(kinds), free: count(value) })
        };
        let room = Room::Docks(list.iter().filter_map(of).collect());
        if room.bikes() == Some(free) {
            return room;
        }
        let read = format_args!("{} free docks by kind, {free} in all", room.bikes().unwrap_or(0));
        told.tell(Oddity::KindsDiffer, &record.id, read);
        Room::docks(free)
    }
}

/// How many bikes are fit for hire. Errors: nobody can say; told.
fn bikes(record: &Record<'_>, told: &mut Told) -> Result<u32, NoStock> {
    let what = match record.whole(&BIKES, told) {
        Said::This(count) if (0..=COUNT_MAX.into()).contains(&count) => {
            return Ok(u32::try_from(count).unwrap_or(COUNT_MAX));
        }
        Said::This(count) if count < 0 => Oddity::CountNegative,
        Said::This(_) => Oddity::CountBeyond,
        Said::Nothing | Said::Nonsense => Oddity::CountMissing,
    };
    record.tell(what, &BIKES, told);
    Err(NoStock::NoCount)
}

/// How many docks it has: as it says, or, where that is 0 or nothing, what stands there and is free.
fn capacity(
    record: &Record<'_>,
    information: Option<&Information>,
    stock: Option<&Stock>,
    told: &mut Told,
) -> Capacity {
    let said = information.and_then(|of| of.docks);
    let is_unlimited = information.is_some_and(|of| of.is_unlimited);
    match (said, stock) {
        _ if is_unlimited => Capacity::Unlimited,
        (Some(docks @ 1..), _) => Capacity::Docks(docks),
        (_, None) => Capacity::Unknown,
        (said, Some(stock)) => match stock.room.bikes() {
            None => Capacity::Unlimited,
            Some(free) => {
                let docks = stock.bikes.total() + stock.bikes_broken + stock.docks_broken + free;
                if said.is_some() && docks > 0 {
                    told.tell(Oddity::CapacityNone, &record.id, format_args!("{docks} inferred"));
                }
                Capacity::Docks(docks)
            }
        },
    }
}

/// The count of an entry by kind; one that is none counts 0, and then the sum differs.
fn count(value: &Value) -> u32 {
    value.get("count").and_then(Value::as_u64).and_then(|count| u32::try_from(count).ok()).unwrap_or(0)
}
