//! The files of a feed: which there are, in which languages, and which of them could be read.

use crate::document::{Document, Malformed};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The language of a feed that has only one and does not say which (BCP 47: undetermined).
pub(crate) const NO_LANGUAGE: &str = "und";
/// Most languages of one feed. Countries have four.
const LANGUAGES_MAX: usize = 16;
/// Files that GBFS defines and that say nothing that is asked here.
const LEFT_ALONE: [&str; 10] = [
    "gbfs",
    "gbfs_versions",
    "manifest",
    "system_hours",
    "system_calendar",
    "system_regions",
    "system_pricing_plans",
    "system_alerts",
    "geofencing_zones",
    "vehicle_availability",
];

/// The files that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileName {
    /// The system's name and its time zone.
    SystemInformation,
    /// The kinds of bikes.
    VehicleTypes,
    /// Where stations are, and how large.
    StationInformation,
    /// What stands at stations.
    StationStatus,
    /// Bikes one by one: `vehicle_status`, or `free_bike_status` before 3.0.
    VehicleStatus,
}

impl FileName {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::SystemInformation,
        Self::VehicleTypes,
        Self::StationInformation,
        Self::StationStatus,
        Self::VehicleStatus,
    ];

    /// By the name that the index gives it; `None`: it is not read here.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "system_information" => Self::SystemInformation,
            "vehicle_types" => Self::VehicleTypes,
            "station_information" => Self::StationInformation,
            "station_status" => Self::StationStatus,
            "vehicle_status" | "free_bike_status" => Self::VehicleStatus,
            _ => return None,
        })
    }

    /// Whether it says what is so now, and not what is so for long.
    pub fn is_live(self) -> bool {
        matches!(self, Self::StationStatus | Self::VehicleStatus)
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SystemInformation => "system_information",
            Self::VehicleTypes => "vehicle_types",
            Self::StationInformation => "station_information",
            Self::StationStatus => "station_status",
            Self::VehicleStatus => "vehicle_status",
        })
    }
}

/// One file in one language.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileKey {
    /// Which file.
    pub name: FileName,
    /// In which language, a BCP 47 tag; `und` where the feed does not say.
    pub language: String,
}

impl fmt::Display for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.language.as_str() {
            NO_LANGUAGE => write!(f, "{}", self.name),
            language => write!(f, "{} ({language})", self.name),
        }
    }
}

/// What the index of a feed, `gbfs.json`, names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    /// Where each file is. What says how things stand is taken from one language: two languages are one system.
    pub places: BTreeMap<FileKey, String>,
    /// Names that GBFS does not have.
    pub unknown: BTreeSet<String>,
}

impl Index {
    /// Reads an index: by language up to 2.3, one list from 3.0 on. What is no name with an address is passed over.
    pub fn read(document: &Document) -> Self {
        let mut index = Self::default();
        let data = document.data();
        if data.contains_key("feeds") {
            index.take(NO_LANGUAGE, data);
        }
        let languages = data.iter().filter_map(|(tag, of)| Some((tag, of.as_object()?)));
        for (language, of) in languages.take(LANGUAGES_MAX) {
            index.take(language, of);
        }
        let live: Vec<FileKey> = index.places.keys().filter(|key| key.name.is_live()).cloned().collect();
        let mut taken = BTreeSet::new();
        for key in live.into_iter().filter(|key| !taken.insert(key.name)) {
            index.places.remove(&key);
        }
        index
    }

    fn take(&mut self, language: &str, of: &Map<String, Value>) {
        for feed in of.get("feeds").and_then(Value::as_array).into_iter().flatten() {
            let text = |field: &str| feed.get(field).and_then(Value::as_str);
            let (Some(name), Some(url)) = (text("name"), text("url")) else { continue };
            let name = name.trim_end_matches(".json");
            match FileName::named(name) {
                Some(name) => {
                    let key = FileKey { name, language: language.to_owned() };
                    self.places.entry(key).or_insert_with(|| url.to_owned());
                }
                None if LEFT_ALONE.contains(&name) => {}
                None => _ = self.unknown.insert(name.to_owned()),
            }
        }
    }
}

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileFault {
    /// It did not come.
    #[error("{0}")]
    Missing(String),
    /// It came, and is none.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

/// One file as it stands: the last that could be read, and what is wrong with the newest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Held {
    /// The last that could be read.
    pub document: Option<Document>,
    /// Why there is none, or no newer one.
    pub fault: Option<FileFault>,
}

/// What is held of a feed at one time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Files {
    /// Each file of the index, or of a folder without one.
    pub of: BTreeMap<FileKey, Held>,
    /// The version that the index says.
    pub version: Option<String>,
    /// Names in the index that GBFS does not have.
    pub unknown: BTreeSet<String>,
    /// Why the newest index could not be read.
    pub index_fault: Option<FileFault>,
}

impl Files {
    /// Nothing but what the index names. What was held of a file that it still names stays.
    pub fn follow(&mut self, index: &Index, version: Option<String>) {
        let named = |key: &FileKey| index.places.contains_key(key);
        self.of.retain(|key, _| named(key));
        for key in index.places.keys() {
            self.of.entry(key.clone()).or_default();
        }
        (self.version, self.unknown, self.index_fault) = (version, index.unknown.clone(), None);
    }

    /// Takes in what came of one file: what was read before stays where the newest cannot be.
    pub fn put(&mut self, key: FileKey, came: Result<Document, FileFault>) {
        let held = self.of.entry(key).or_default();
        match came {
            Ok(document) => *held = Held { document: Some(document), fault: None },
            Err(fault) => held.fault = Some(fault),
        }
    }

    /// All that could be read of a file, by language.
    pub(crate) fn all(&self, name: FileName) -> impl Iterator<Item = (&str, &Document)> {
        let of = self.of.iter().filter(move |(key, _)| key.name == name);
        of.filter_map(|(key, held)| Some((key.language.as_str(), held.document.as_ref()?)))
    }

    /// A file in the language that comes first.
    pub(crate) fn first(&self, name: FileName) -> Option<(&str, &Document)> {
        self.all(name).next()
    }
}
