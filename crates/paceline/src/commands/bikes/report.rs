//! What a reading of a feed amounts to, in words and as JSON.

use paceline_model::bikes::{
    BikeState, Capacity, FeedReading, Names, Place, StationReading, StockReading, ToldOf,
};
use paceline_model::{Instant, Millis};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Of each reason so many are named in words.
const NAMED: usize = 5;

/// A reading to be said.
pub(super) struct Report<'a> {
    pub(super) reading: &'a FeedReading,
    /// Whether everything is named.
    pub(super) all: bool,
}

/// What stands at all stations together.
#[derive(Default)]
struct Sums {
    on_street: u32,
    renting: u32,
    returning: u32,
    stock_known: u32,
    capacity: u32,
    /// Fit for hire, and where riders get them.
    for_hire: u32,
    /// Fit for hire where nothing is hired out.
    shut_in: u32,
    broken: u32,
}

impl Report<'_> {
    /// A paragraph, and a list for each thing that asks for somebody.
    pub(super) fn text(&self) -> String {
        let mut text = self.head();
        let reading = self.reading;
        section(&mut text, "short", reading.short().map(|station| self.station(station)));
        section(&mut text, "full", reading.full().map(|station| self.station(station)));
        section(&mut text, "short of or full for a kind", self.by_kind());
        section(&mut text, "not known", self.unknown());
        let told: u64 = reading.told.iter().map(|(_, of)| of.count).sum();
        if told > 0 {
            _ = writeln!(text, "\nodd: {told}");
        }
        for (what, of) in reading.told.iter() {
            _ = writeln!(text, "  {what}: {}", of.count);
            self.notes(&mut text, of);
        }
        text
    }

    fn head(&self) -> String {
        let (reading, sums) = (self.reading, self.sums());
        let loose = |state: BikeState| reading.loose().filter(|(bike, _)| bike.state == state).count();
        let name = name_of(&reading.names).or(reading.system.as_deref()).unwrap_or("a system without a name");
        let id = reading.system.as_ref().map_or(String::new(), |id| format!(" ({id})"));
        let zone = reading.zone.as_deref().unwrap_or("time zone not known");
        let as_of = reading.as_of.map_or_else(
            || "of no known time".to_owned(),
            |at| format!("as of {at}, {} before it was read", ago(reading.asked_at, at)),
        );
        let loose_for_hire = loose(BikeState::ForHire);
        let mut text = format!("{name}{id}, {zone}\n  feed       {}; {as_of}\n", reading.health);
        let stations = reading.stations.len();
        _ = writeln!(
            text,
            "  stations   {stations}: {} on the street, {} hire out, {} take back; stock known of {}; {} docks",
            sums.on_street, sums.renting, sums.returning, sums.stock_known, sums.capacity
        );
        _ = writeln!(
            text,
            "  for hire   {}: {} at stations, {loose_for_hire} loose; {} more stand where nothing is hired out",
            reading.for_hire(),
            sums.for_hire,
            sums.shut_in
        );
        let (broken, reserved) = (loose(BikeState::Broken), loose(BikeState::Reserved));
        _ = writeln!(
            text,
            "  not        {} broken at stations, {broken} broken and {reserved} reserved loose",
            sums.broken
        );
        text
    }

    fn sums(&self) -> Sums {
        let mut sums = Sums::default();
        for station in self.reading.stations.values() {
            sums.on_street += u32::from(station.service.on_street);
            sums.renting += u32::from(station.is_renting());
            sums.returning += u32::from(station.is_returning());
            if let Capacity::Docks(docks) = station.capacity {
                sums.capacity = sums.capacity.saturating_add(docks);
            }
            let Some(stock) = station.stock.known() else { continue };
            let (fit, for_hire) = (stock.bikes.total(), station.for_hire().unwrap_or(0));
            sums.stock_known += 1;
            sums.for_hire = sums.for_hire.saturating_add(for_hire);
            sums.shut_in = sums.shut_in.saturating_add(fit - for_hire);
            sums.broken = sums.broken.saturating_add(stock.bikes_broken);
        }
        sums
    }

    /// A station in a line: id, name, place, how old its count is.
    fn station(&self, station: &StationReading) -> String {
        let place = match station.place {
            Place::At(place) => place.to_string(),
            Place::Unknown(why) => why.to_string(),
        };
        let counted = station.stock.known().map_or_else(String::new, |stock| {
            format!(", counted {} before", ago(self.reading.asked_at, stock.as_of.instant()))
        });
        format!("{:<12} {:<28} {place}{counted}", station.id.as_str(), name_of(&station.names).unwrap_or(""))
    }

    /// Stations that are not short or full, and are so for one kind.
    fn by_kind(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for station in self.reading.stations.values() {
            // Where nobody says which kinds a station has, it is short of none.
            let said = station.stock.known().is_some_and(|stock| !stock.bikes.of_kind.is_empty());
            for kind in self.reading.kinds.keys().filter(|_| said) {
                if station.is_short_of(kind) && !station.is_short() {
                    lines.push(format!("{}, short of {kind}", self.station(station)));
                }
                if station.is_full_for(kind) && !station.is_full() {
                    lines.push(format!("{}, full for {kind}", self.station(station)));
                }
            }
        }
        lines
    }

    /// Stations without a place or a stock.
    fn unknown(&self) -> Vec<String> {
        let line = |station: &StationReading| {
            let place = match station.place {
                Place::Unknown(why) => Some(format!("place: {why}")),
                Place::At(_) => None,
            };
            let stock = match &station.stock {
                StockReading::Unknown(why) => Some(format!("stock: {why}")),
                StockReading::Known(_) => None,
            };
            let said: Vec<String> = place.into_iter().chain(stock).collect();
            let name = name_of(&station.names).unwrap_or("");
            (!said.is_empty()).then(|| format!("{:<12} {name:<28} {}", station.id.as_str(), said.join("; ")))
        };
        self.reading.stations.values().filter_map(line).collect()
    }

    fn notes(&self, text: &mut String, of: &ToldOf) {
        let most = if self.all { of.notes.len() } else { NAMED };
        for note in of.notes.iter().take(most) {
            _ = writeln!(text, "    {:<12} {}", note.id, note.read);
        }
        let left = of.count - of.notes.len().min(most) as u64;
        if left > 0 {
            _ = writeln!(text, "    and {left} more");
        }
    }

    /// The summary, and the reading itself.
    pub(super) fn json(&self) -> Value {
        let (reading, sums) = (self.reading, self.sums());
        let ids = |stations: Vec<&StationReading>| -> Vec<String> {
            stations.into_iter().map(|station| station.id.to_string()).collect()
        };
        let age_ms = reading.as_of.map(|at| reading.asked_at.since(at).0);
        let loose = |state: BikeState| reading.loose().filter(|(bike, _)| bike.state == state).count();
        json!({
            "summary": {
                "health": reading.health,
                "age_ms": age_ms,
                "stations": reading.stations.len(),
                "stations_on_street": sums.on_street,
                "stations_renting": sums.renting,
                "stations_returning": sums.returning,
                "stock_known": sums.stock_known,
                "docks": sums.capacity,
                "for_hire": reading.for_hire(),
                "for_hire_docked": sums.for_hire,
                "for_hire_loose": loose(BikeState::ForHire),
                "shut_in": sums.shut_in,
                "broken_docked": sums.broken,
                "broken_loose": loose(BikeState::Broken),
                "reserved_loose": loose(BikeState::Reserved),
                "short": ids(reading.short().collect()),
                "full": ids(reading.full().collect()),
                "told": reading.told.iter().map(|(what, of)| (key(&what), of.count.into())).collect::<serde_json::Map<_, _>>(),
            },
            "reading": reading,
        })
    }
}

/// A reason's name, as the reading itself writes it.
fn key(what: &impl serde::Serialize) -> String {
    serde_json::to_value(what).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

fn section(text: &mut String, title: &str, lines: impl IntoIterator<Item = String>) {
    let lines: Vec<String> = lines.into_iter().collect();
    if lines.is_empty() {
        return;
    }
    _ = writeln!(text, "\n{title}: {}", lines.len());
    for line in lines {
        _ = writeln!(text, "  {}", line.trim_end());
    }
}

/// A name in the language that comes first.
fn name_of(names: &Names) -> Option<&str> {
    names.values().next().map(String::as_str)
}

/// A span as people say it.
fn ago(now: Instant, at: Instant) -> String {
    let Millis(ms) = now.since(at);
    match ms / 1_000 {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds / 60),
        seconds @ 7_200..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} days", seconds / 86_400),
    }
}
