//! What is odd in a feed: by reason, counted, and named with its id and with what was read. A fault in one record never costs another.

use crate::limits::NOTES_OF_ONE_REASON_MAX;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

macro_rules! oddities {
    ($($name:ident => $words:literal,)*) => {
        /// Why something was not taken as it stands.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Oddity {
            $(#[doc = concat!($words, ".")] $name,)*
        }

        impl Oddity {
            /// All of them, in the order of the reports.
            pub const ALL: &[Self] = &[$(Self::$name),*];
        }

        impl fmt::Display for Oddity {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$name => $words,)*
                })
            }
        }
    };
}

oddities! {
    FileMissing => "a file of the feed cannot be read",
    FileMalformed => "a file is cut short or is no JSON of the shape that GBFS gives it",
    FileUnknown => "the index names a file that nobody here knows",
    FilesDisagree => "files of one feed name different versions, or none",
    ListCut => "a list is longer than any system's: the rest is left out",
    NoPause => "a time to live of 0 is no leave to ask without pause",
    ZoneUnknown => "a time zone that the zone database does not have: rules by local hour wait for a setting",
    FeedAhead => "the feed's clock runs ahead: what it says counts as of now",
    RecordMalformed => "a record is no object: left out",
    IdMissing => "a record without an id: left out",
    IdNotText => "an id that is a number: read as text",
    IdUnusable => "an id that cannot be one (too long, or with other characters than letters, digits and - _ . : @): left out",
    IdTwice => "one id twice, the same each time: taken once",
    IdTwiceDiffering => "one id twice: the one that was reported later holds",
    CountsOfOneTimeDiffer => "one id twice, of one time, with other counts: not known",
    TwoPlaces => "one id with two places: nothing rests on it until that is clear",
    NoInformation => "a station that only the status names: it has no place",
    NoStatus => "a station that only the information names: its stock is not known",
    PlaceMissing => "a place that is missing, or no latitude and longitude",
    PlaceNull => "a place at 0, 0",
    PlaceOffRegion => "a place far from everything else of the system",
    FlagNotBoolean => "a flag that is 0, 1 or text: read as false or true",
    FlagMissing => "a flag that is missing or cannot be one: read as false",
    TimeMissing => "no word on when it was counted",
    TimeNoTime => "a time that is none",
    TimeInMillis => "a time in milliseconds: read as that",
    TimeOtherNotation => "a time in the notation of another version, or as text: read as what it means",
    TimeAhead => "a time ahead of ours: counts as of now at most",
    TimeTooOld => "a count too old to say anything of now",
    NumberAsText => "a number as text: read as that",
    CountMissing => "a count that is missing or no number",
    CountNegative => "a count below 0",
    CountBeyond => "a count beyond anything that can be",
    CapacityNone => "a capacity of 0 beside bikes or docks: inferred from them",
    DocksMissing => "free docks that are missing or no number beside a capacity: inferred from it",
    DocksNegative => "free docks below 0: no room",
    DocksBeyond => "so many free docks that they mean no limit",
    MoreThanCapacity => "more bikes than docks: believed, and no room",
    KindsDiffer => "counts by kind that do not add up to the count of all: the count of all holds, kinds not known",
    KindUnknown => "a kind of bike that the feed does not describe: its bikes are of unknown kind",
    BikeNowhere => "a bike with neither place nor station: left out",
    BikeAtUnknownStation => "a bike at a station that the feed does not have: left out",
    RangeNoRange => "a range or charge that cannot be: not known",
    CapacityChanged => "a station's capacity has changed since the poll before",
    StationVanished => "a station that was in the poll before is gone",
    StationsVanished => "a large part of the stations is gone at once: nothing rests on it",
}

/// One odd thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Whose: a station, a bike, a file.
    pub id: String,
    /// What was read.
    pub read: String,
}

/// What was odd for one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldOf {
    /// How often.
    pub count: u64,
    /// The first of them.
    pub notes: Vec<Note>,
}

/// All that was odd, by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Told(BTreeMap<Oddity, ToldOf>);

impl Told {
    /// Counts one, and names it unless [`NOTES_OF_ONE_REASON_MAX`] are named already.
    pub fn tell(&mut self, what: Oddity, id: impl fmt::Display, read: impl fmt::Display) {
        let of = self.0.entry(what).or_default();
        of.count += 1;
        if of.notes.len() < NOTES_OF_ONE_REASON_MAX {
            of.notes.push(Note { id: cut(&id), read: cut(&read) });
        }
    }

    /// What was odd for one reason, if anything was.
    pub fn of(&self, what: Oddity) -> Option<&ToldOf> {
        self.0.get(&what)
    }

    /// How often one thing was odd.
    pub fn count(&self, what: Oddity) -> u64 {
        self.of(what).map_or(0, |of| of.count)
    }

    /// All reasons that occurred.
    pub fn iter(&self) -> impl Iterator<Item = (Oddity, &ToldOf)> {
        self.0.iter().map(|(what, of)| (*what, of))
    }

    /// Whether nothing was odd.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// At most 80 characters, so that a feed does not fill the log.
fn cut(said: &impl fmt::Display) -> String {
    let text = said.to_string();
    match text.char_indices().nth(80) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}
