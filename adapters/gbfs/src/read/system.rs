//! What a system says of itself, and what is odd about its files as files.

use super::clock::{self, Notation};
use super::record::names;
use crate::document::Document;
use crate::files::{FileFault, FileName, Files};
use jiff::tz::TimeZoneDatabase;
use paceline_model::Instant;
use paceline_model::bikes::limits::CLOCK_AHEAD;
use paceline_model::bikes::{Names, Oddity, Told};
use serde_json::Value;

/// What a system says of itself.
#[derive(Clone, Debug, Default)]
pub(super) struct System {
    pub(super) id: Option<String>,
    pub(super) names: Names,
    pub(super) zone: Option<String>,
}

/// Reads it in every language.
pub(super) fn read(files: &Files, told: &mut Told) -> System {
    let mut system = System::default();
    for (language, document) in files.all(FileName::SystemInformation) {
        let text = |field: &str| document.data().get(field).and_then(Value::as_str);
        system.names.extend(names(document.data().get("name"), text("language").unwrap_or(language)));
        system.id = system.id.or_else(|| text("system_id").map(str::to_owned));
        if system.zone.is_none() {
            system.zone = text("timezone").and_then(|zone| known_zone(zone, told));
        }
    }
    system
}

/// A name that the zone database has, links included: they are good names.
fn known_zone(zone: &str, told: &mut Told) -> Option<String> {
    let known = TimeZoneDatabase::bundled().get(zone);
    let known = known.inspect_err(|_| {
        if told.count(Oddity::ZoneUnknown) == 0 {
            told.tell(Oddity::ZoneUnknown, FileName::SystemInformation, zone);
        }
    });
    known.ok().and_then(|known| known.iana_name().map(str::to_owned))
}

/// Tells what is odd about the files as files.
pub(super) fn tell_of_files(files: &Files, told: &mut Told) {
    for name in &files.unknown {
        told.tell(Oddity::FileUnknown, name, "in the index");
    }
    let versions = || files.of.values().filter_map(|held| held.document.as_ref()?.version.as_deref());
    let usual = files.version.as_deref().or_else(|| versions().next());
    tell_of_fault("gbfs", files.index_fault.as_ref(), told);
    if files.version.is_none() && files.index_fault.is_none() {
        told.tell(Oddity::FilesDisagree, "gbfs", "no version");
    }
    for (key, held) in &files.of {
        tell_of_fault(key, held.fault.as_ref(), told);
        let Some(document) = &held.document else { continue };
        let version = document.version.as_deref();
        if version != usual {
            told.tell(Oddity::FilesDisagree, key, version.unwrap_or("no version"));
        }
        if document.ttl_s == Some(0) {
            told.tell(Oddity::NoPause, key, 0);
        }
    }
}

fn tell_of_fault(of: impl std::fmt::Display, fault: Option<&FileFault>, told: &mut Told) {
    match fault {
        Some(FileFault::Missing(why)) => told.tell(Oddity::FileMissing, of, why),
        Some(FileFault::Malformed(why)) => told.tell(Oddity::FileMalformed, of, why),
        None => {}
    }
}

/// How a file writes times: as its version says, or, where it says none, as the feed's does.
pub(super) fn notation(files: &Files, document: &Document) -> Notation {
    let of_index = files.version.as_deref().unwrap_or_default().starts_with('3');
    let is_of_three = if document.version.is_some() { document.is_of_three() } else { of_index };
    if is_of_three { Notation::Rfc3339 } else { Notation::Seconds }
}

/// When a file says that it was written, told where that is odd. `None`: it gives no time that can be.
pub(super) fn written_at(files: &Files, name: FileName, now: Instant, told: &mut Told) -> Option<Instant> {
    let (_, document) = files.first(name)?;
    let value = document.header("last_updated");
    let read = value.map_or_else(|| "nothing".to_owned(), ToString::to_string);
    match clock::time(value, notation(files, document)) {
        Ok((at, odd)) => {
            let ahead = (at > now + CLOCK_AHEAD).then_some(Oddity::FeedAhead);
            if let Some(odd) = ahead.or(odd) {
                told.tell(odd, name, read);
            }
            Some(at)
        }
        Err(what) => {
            told.tell(what, name, read);
            None
        }
    }
}
