//! The feed that a bikes region publishes, in GBFS 3.0: each file is written once for as long as it holds, and the same bytes under the same tag
//! go to whoever asks meanwhile. So a million readers cost no more than one, and a reader that has it is told so.

mod files;
mod options;

pub use options::{GbfsOptions, PublishedKind};

use super::{BikesModel, LooseBikes};
use axum::body::Bytes;
use paceline_api::bikes::{GBFS_VERSION, GbfsFile};
use paceline_api::operation::path_in_region;
use paceline_model::{Instant, Millis, RegionId};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// A file of the feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum GbfsName {
    Index,
    Versions,
    System,
    VehicleTypes,
    Stations,
    Status,
    Vehicles,
}

/// A file as it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) bytes: Bytes,
    /// What it is known by, with its quotes.
    pub(crate) tag: String,
    /// It holds until then.
    pub(crate) until: Instant,
}

/// A region's feed.
pub(crate) struct Published {
    region: RegionId,
    options: GbfsOptions,
    /// Whether the server itself speaks TLS.
    tls: bool,
    /// What is written, by file and by the address that its links have: few, since a request that names another host is refused.
    written: Mutex<BTreeMap<(GbfsName, String), Written>>,
}

/// Addresses that files are kept for at once; with more, all are written anew.
const ADDRESSES_MAX: usize = 32;

impl Published {
    pub(crate) fn new(region: RegionId, options: GbfsOptions, tls: bool) -> Self {
        Self { region, options, tls, written: Mutex::default() }
    }

    /// Whether anybody may read it.
    pub(crate) fn is_public(&self) -> bool {
        self.options.public
    }

    /// A file as it is now, for a reader that asked `host`.
    pub(crate) fn file(
        &self,
        name: GbfsName,
        (host, now): (&str, Instant),
        model: &BikesModel,
        loose: &LooseBikes,
    ) -> Written {
        let folder = self.folder(name, host);
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (name, folder);
        if let Some(known) = written.get(&key).filter(|known| known.until > now) {
            return known.clone();
        }
        if written.len() >= ADDRESSES_MAX * files::FILES.len() {
            written.clear();
        }
        let fresh = self.write(name, &key.1, now, (model, loose));
        written.insert(key, fresh.clone());
        fresh
    }

    /// Where the files are, as links say it; files without links are the same for all.
    fn folder(&self, name: GbfsName, host: &str) -> String {
        if !matches!(name, GbfsName::Index | GbfsName::Versions) {
            return String::new();
        }
        let scheme = if self.tls { "https" } else { "http" };
        let origin = self.options.url.clone().unwrap_or_else(|| format!("{scheme}://{host}"));
        format!("{origin}{}", path_in_region("/v1/gbfs/", self.region.as_str()))
    }

    fn write(
        &self,
        name: GbfsName,
        folder: &str,
        now: Instant,
        (model, loose): (&BikesModel, &LooseBikes),
    ) -> Written {
        let options = &self.options;
        match name {
            GbfsName::Index => self.written(now, files::index(folder)),
            GbfsName::Versions => self.written(now, files::versions(folder)),
            GbfsName::System => self.written(now, files::system(options, &self.region)),
            GbfsName::VehicleTypes => self.written(now, files::vehicle_types(options)),
            GbfsName::Stations => self.written(now, files::stations(options, model)),
            GbfsName::Status => self.written(now, files::statuses(options, model)),
            GbfsName::Vehicles => self.written(now, files::vehicles(options, loose)),
        }
    }

    fn written<T: Serialize>(&self, now: Instant, data: T) -> Written {
        let ttl = self.options.ttl;
        let file = GbfsFile { last_updated: now, ttl: seconds(ttl), version: GBFS_VERSION.into(), data };
        // Plain data always encodes.
        let bytes = Bytes::from(serde_json::to_vec(&file).unwrap_or_default());
        // It says when it was made, so that no two are alike.
        Written { tag: format!("\"{:x}\"", now.0), bytes, until: now + ttl }
    }
}

/// Whole seconds, at least one: GBFS takes 0 for leave to ask without pause.
fn seconds(span: Millis) -> u32 {
    (span.0 / 1_000).max(1)
}
