//! What is believed to stand at a station: what was counted there, and what crews have moved since. A crew's word is newer than a count of
//! before, even where the count is heard later.

use super::battery::Batteries;
use super::crew::Found;
use super::id::{BikeKind, StationId};
use super::limits::COUNT_TOO_OLD;
use super::place::Place;
use super::site::{SiteKind, StationSpec};
use super::station::{Capacity, Service, StationReading};
use super::stock::{BikeCounts, Room, Stock, StockReading};
use crate::Instant;
use crate::limits::STOCK_WORDS_MAX;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Bikes that a crew has brought, or taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockWord {
    /// When.
    pub done_at: Instant,
    /// How many more stand there since.
    pub bikes: i64,
}

/// The stock of a station: reported, and what crews have said that no report knows of yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StationStock {
    /// What was reported last.
    pub reported: StockReading,
    /// What crews have done, oldest first: what counts of it is [`StationStock::since`].
    pub words: Vec<StockWord>,
    /// Docks of which a crew says that they are broken: until a crew says otherwise, whatever the feed knows.
    pub docks_broken: u32,
    /// Bikes that are counted as fit for hire and cannot be taken out, says a crew: until one says otherwise, or the counts know of them.
    pub locked_in: u32,
    /// When a crew last looked why it gave no bikes, or mended it.
    pub inspected_at: Option<Instant>,
    /// Batteries that are to be changed. Snapshots have them apart.
    #[serde(skip)]
    pub batteries: Batteries,
}

impl StationStock {
    /// Nothing is known.
    pub fn unknown(reported: StockReading) -> Self {
        let (words, batteries) = (Vec::new(), Batteries::default());
        Self { reported, words, docks_broken: 0, locked_in: 0, inspected_at: None, batteries }
    }

    /// Whether a report may take the place of what is known: it does unless it is older.
    pub fn takes(&self, report: &StockReading) -> bool {
        match (report.known(), self.reported.known()) {
            (Some(new), Some(known)) => new.as_of.replaces(known.as_of),
            _ => true,
        }
    }

    /// Takes a report in. What crews did before it was counted is in it. A report that knows nothing leaves what crews said as it is.
    pub fn report(&mut self, report: StockReading) {
        if let Some(stock) = report.known() {
            // A station whose clock ran ahead may next say what it counted before that, and then their words count again: they are kept
            // for as long as a count may be old.
            let kept = stock.as_of.instant().0.saturating_sub(u64::from(COUNT_TOO_OLD.0));
            self.words.retain(|word| word.done_at.0 >= kept);
        }
        let broken = |reading: &StockReading| reading.known().map_or(0, |stock| stock.bikes_broken);
        let more_broken = broken(&report).saturating_sub(broken(&self.reported));
        self.reported = report;
        self.unlock(more_broken);
    }

    /// Counts of after a crew looked: bikes that are counted as broken since are no longer fit for hire twice over, and no more are locked in than
    /// are counted.
    fn unlock(&mut self, more_broken: u32) {
        let Some(stock) = self.reported.known() else { return };
        if self.inspected_at.is_some_and(|at| stock.as_of.instant() > at) {
            let counted = clamped(i64::from(stock.bikes.total()) + self.since());
            self.locked_in = self.locked_in.saturating_sub(more_broken).min(counted);
        }
    }

    /// Takes in what a crew found that looked at `done_at` why it gives no bikes. Whether anything is another than before: not if another
    /// looked, or mended something, later than that.
    pub fn inspected(&mut self, done_at: Instant, found: Found) -> bool {
        if self.inspected_at.is_some_and(|at| done_at < at) {
            return false;
        }
        self.inspected_at = Some(done_at);
        self.locked_in = match found {
            Found::Well | Found::Repaired => 0,
            Found::LockedIn(bikes) => bikes,
        };
        true
    }

    /// Takes in how many docks are broken. A crew that mends things says how many are left; what is locked in stands in these.
    pub fn docks(&mut self, done_at: Instant, broken: u32, mends: bool) {
        if !mends {
            self.docks_broken = self.docks_broken.max(broken);
            return;
        }
        self.docks_broken = broken;
        if self.inspected_at.is_none_or(|at| done_at >= at) {
            self.inspected_at = Some(done_at);
            self.locked_in = self.locked_in.min(broken);
        }
    }

    /// Whether crews found something that is to be mended.
    pub fn is_to_mend(&self) -> bool {
        self.docks_broken > 0 || self.locked_in > 0
    }

    /// Takes a crew's word in. It counts unless what is reported was counted after it.
    pub fn moved(&mut self, word: StockWord) {
        if word.bikes == 0 {
            return;
        }
        let at = self.words.partition_point(|known| known.done_at <= word.done_at);
        self.words.insert(at, word);
        if self.words.len() > STOCK_WORDS_MAX {
            // What no longer counts goes first. Otherwise the two oldest become one, with the time of the later: it counts until a report is
            // newer than both.
            let oldest = self.words.remove(0);
            if self.counts(&oldest) {
                self.words[0].bikes += oldest.bikes;
            }
        }
    }

    /// Bikes whose battery is believed to be low: no more than stand there.
    pub fn low_batteries(&self) -> u32 {
        let stand = |stock: &Stock| {
            clamped(i64::from(stock.bikes.total()) + i64::from(stock.bikes_broken) + self.since())
        };
        self.batteries.low().min(self.reported.known().map_or(u32::MAX, stand))
    }
    /// How many more bikes stand there than were reported.
    pub fn since(&self) -> i64 {
        self.words.iter().filter(|word| self.counts(word)).map(|word| word.bikes).sum()
    }

    fn counts(&self, word: &StockWord) -> bool {
        self.reported.known().is_none_or(|stock| word.done_at >= stock.as_of.instant())
    }

    /// What is believed.
    pub fn believed(&self) -> StockReading {
        match &self.reported {
            StockReading::Known(stock) => StockReading::Known(self.after(stock)),
            StockReading::Unknown(why) => StockReading::Unknown(*why),
        }
    }

    fn after(&self, stock: &Stock) -> Stock {
        let docks_broken = stock.docks_broken.max(self.docks_broken);
        let since = self.since();
        let held = self.locked_in.saturating_add(self.batteries.flat());
        if since == 0 && docks_broken == stock.docks_broken && held == 0 {
            return stock.clone();
        }
        let missing = i64::from(docks_broken - stock.docks_broken);
        let room = match stock.room.bikes() {
            None => Room::Unlimited,
            Some(free) => Room::docks(clamped(i64::from(free) - since - missing)),
        };
        // They stand in their docks: no supply, and no room.
        let stand = moved(&stock.bikes, since);
        let held = held.min(stand.total());
        let bikes = moved(&stand, -i64::from(held));
        Stock {
            bikes,
            bikes_broken: stock.bikes_broken.saturating_add(held),
            docks_broken,
            room,
            ..stock.clone()
        }
    }
}

/// Bikes after some came, of which nobody says what they are, or went: first those of unknown kind, then of the kind that there is most of.
fn moved(bikes: &BikeCounts, by: i64) -> BikeCounts {
    let mut after = bikes.clone();
    if by >= 0 {
        after.of_unknown_kind = after.of_unknown_kind.saturating_add(clamped(by));
        return after;
    }
    let mut left = clamped(-by);
    let unknown = left.min(after.of_unknown_kind);
    after.of_unknown_kind -= unknown;
    left -= unknown;
    while let Some(count) = most(&mut after.of_kind).filter(|count| left > 0 && **count > 0) {
        *count -= 1;
        left -= 1;
    }
    after
}

fn most(of_kind: &mut BTreeMap<BikeKind, u32>) -> Option<&mut u32> {
    of_kind.values_mut().max()
}

fn clamped(count: i64) -> u32 {
    u32::try_from(count.max(0)).unwrap_or(u32::MAX)
}

/// What a station is believed to be: a depot is never short and never full, for no rider comes there.
pub fn believed_reading(spec: &StationSpec, service: Service, stock: &StationStock) -> StationReading {
    let (capacity, service) = match spec.kind {
        SiteKind::Depot => (Capacity::Unlimited, Service { renting: false, returning: false, ..service }),
        SiteKind::Station | SiteKind::Cell => {
            (spec.docks.map_or(Capacity::Unlimited, Capacity::Docks), service)
        }
    };
    let id: StationId = spec.id.clone();
    let place = Place::At(spec.position);
    StationReading { id, names: BTreeMap::new(), place, capacity, service, stock: stock.believed() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bikes::{AsOf, NoStock};

    fn counted(bikes: u32, free: u32, at: u64) -> StockReading {
        let bikes = BikeCounts { of_unknown_kind: bikes, ..BikeCounts::default() };
        let (bikes_broken, docks_broken, as_of) = (0, 0, AsOf::Said(Instant(at)));
        StockReading::Known(Stock { bikes, bikes_broken, docks_broken, room: Room::docks(free), as_of })
    }

    fn believed(stock: &StationStock) -> (u32, Option<u32>) {
        let StockReading::Known(stock) = stock.believed() else { panic!("it is known") };
        (stock.bikes.total(), stock.room.bikes())
    }

    #[test]
    fn a_crews_word_counts_until_a_count_is_newer_and_is_never_counted_twice() {
        let mut stock = StationStock::unknown(counted(0, 20, 100));
        stock.moved(StockWord { done_at: Instant(200), bikes: 6 });
        assert_eq!(believed(&stock), (6, Some(14)));
        let heard_late = counted(0, 20, 150);
        assert!(stock.takes(&heard_late));
        stock.report(heard_late);
        assert_eq!(believed(&stock), (6, Some(14)), "it was counted before the crew came");
        stock.report(counted(6, 14, 250));
        assert_eq!(believed(&stock), (6, Some(14)), "6, not 12");
        stock.moved(StockWord { done_at: Instant(240), bikes: 6 });
        assert_eq!(believed(&stock), (6, Some(14)), "a word that comes late is in the count already");
        assert!(!stock.takes(&counted(9, 11, 240)), "older than what is known");
    }

    #[test]
    fn docks_that_a_crew_found_broken_are_no_room_until_a_crew_says_otherwise() {
        let mut stock = StationStock::unknown(counted(6, 14, 100));
        stock.docks_broken = 2;
        assert_eq!(believed(&stock), (6, Some(12)));
        stock.report(counted(6, 14, 200));
        assert_eq!(believed(&stock), (6, Some(12)), "the feed does not know of them");
    }

    #[test]
    fn bikes_that_are_locked_in_are_no_supply_until_a_crew_or_the_counts_say_otherwise() {
        let mut stock = StationStock::unknown(counted(8, 12, 100));
        assert!(stock.inspected(Instant(200), Found::LockedIn(5)) && stock.is_to_mend());
        assert_eq!(believed(&stock), (3, Some(12)), "they stand in their docks");
        assert_eq!(stock.believed().known().map(|stock| stock.bikes_broken), Some(5));
        stock.report(counted(6, 14, 300));
        assert_eq!(believed(&stock), (1, Some(14)), "riders took two of the others");
        assert!(!stock.inspected(Instant(150), Found::Well), "it looked before the other did");
        assert_eq!(believed(&stock), (1, Some(14)));
        stock.report(counted(2, 18, 400));
        assert_eq!((believed(&stock), stock.locked_in), ((0, Some(18)), 2), "no more than are counted");
        let StockReading::Known(known) = counted(1, 18, 500) else { panic!("it is counted") };
        stock.report(StockReading::Known(Stock { bikes_broken: 1, ..known }));
        assert_eq!((believed(&stock), stock.locked_in), ((0, Some(18)), 1), "the feed knows of one by now");
        stock.docks(Instant(600), 0, true);
        assert_eq!(
            (believed(&stock), stock.is_to_mend()),
            ((1, Some(18)), false),
            "and the crew has mended it"
        );
    }

    #[test]
    fn what_is_taken_leaves_no_count_below_nothing() {
        let kind = |name: &str| BikeKind::new(name).expect("a name");
        let of_kind = [(kind("city"), 2), (kind("ebike"), 3)].into();
        let bikes = BikeCounts { of_kind, of_unknown_kind: 1 };
        for (taken, left) in [(1, 5), (3, 3), (6, 0), (9, 0)] {
            assert_eq!(moved(&bikes, -taken).total(), left, "{taken} taken");
        }
        assert_eq!(moved(&bikes, 4).total(), 10);
    }

    #[test]
    fn so_many_words_are_kept_and_none_is_lost() {
        let mut stock = StationStock::unknown(counted(5, 400, 0));
        for at in 1..=3 * STOCK_WORDS_MAX as u64 {
            stock.moved(StockWord { done_at: Instant(at), bikes: 1 });
        }
        assert_eq!(stock.words.len(), STOCK_WORDS_MAX);
        assert_eq!(believed(&stock).0, 5 + 3 * STOCK_WORDS_MAX as u32);
        stock.report(StockReading::Unknown(NoStock::NotSaid));
        assert_eq!(stock.since(), 3 * STOCK_WORDS_MAX as i64, "what is not counted takes nothing back");
    }
}
