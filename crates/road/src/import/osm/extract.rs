//! The file of an extract: whether it is one, whether its features are known, and its elements one after the other.

use crate::error::RoadError;
use osmpbf::{Blob, BlobDecode, BlobReader, BlobType, Element};
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

/// What a reader must understand, as the format wants it named; another one is refused.
const KNOWN_FEATURES: [&str; 2] = ["OsmSchema-V0.6", "DenseNodes"];
/// The feature of a file with every version of every object: read as one map, it would be a map of no day.
const HISTORY: &str = "HistoricalInformation";
const LOCATIONS_ON_WAYS: &str = "LocationsOnWays";

/// An extract that was found to be one.
pub(super) struct Extract<'a> {
    path: &'a Path,
    /// Whether ways carry the places of their nodes, so that nodes without tags may be left out.
    pub(super) locations_on_ways: bool,
}

impl<'a> Extract<'a> {
    /// Errors: not readable; something else than an extract, named; an extract of a kind that is not read.
    pub(super) fn open(path: &'a Path) -> Result<Self, RoadError> {
        let mut extract = Self { path, locations_on_ways: false };
        let mut reader = BlobReader::new(extract.reader()?);
        let first = reader.next().ok_or_else(|| osm("the file is empty"))?.map_err(said)?;
        if first.get_type() != BlobType::OsmHeader {
            return Err(osm("it does not begin with a header block"));
        }
        let header = first.to_headerblock().map_err(said)?;
        for feature in header.required_features() {
            if feature == HISTORY {
                return Err(osm(
                    "a history extract, with every version of every object: make an extract of one moment \
                     of it first (osmium time-filter)",
                ));
            }
            if !KNOWN_FEATURES.contains(&feature.as_str()) {
                return Err(osm(&format!("it requires the feature {feature}, which is not known")));
            }
        }
        extract.locations_on_ways = header.optional_features().iter().any(|f| f == LOCATIONS_ON_WAYS);
        Ok(extract)
    }

    /// Hands over every element in the order of the file.
    pub(super) fn elements(&self, mut each: impl for<'e> FnMut(Element<'e>)) -> Result<(), RoadError> {
        for blob in BlobReader::new(self.reader()?) {
            match decoded(&blob.map_err(said)?)? {
                BlobDecode::OsmData(block) => block.for_each_element(&mut each),
                BlobDecode::OsmHeader(_) | BlobDecode::Unknown(_) => {}
            }
        }
        Ok(())
    }

    fn reader(&self) -> Result<BufReader<File>, RoadError> {
        let io = |source| RoadError::Io { path: self.path.to_owned(), source };
        let mut file = File::open(self.path).map_err(io)?;
        let mut start = Vec::new();
        (&mut file).take(16).read_to_end(&mut start).map_err(io)?;
        other_kind(&start)
            .map_or(Ok(()), |kind| Err(osm(&format!("the file is {kind}, not an .osm.pbf"))))?;
        file.rewind().map_err(io)?;
        Ok(BufReader::new(file))
    }
}

/// What a file is that is no extract, where its first bytes tell.
fn other_kind(start: &[u8]) -> Option<&'static str> {
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    let begins =
        |word: &str| text.len() >= word.len() && text[..word.len()].eq_ignore_ascii_case(word.as_bytes());
    match start {
        [0x1f, 0x8b, ..] => Some("gzip"),
        [b'B', b'Z', b'h', ..] => Some("bzip2"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some("zstd"),
        [b'P', b'K', 3, 4, ..] => Some("a zip archive"),
        _ if begins("<!doctype") || begins("<html") => Some("a page of HTML (a download that went wrong?)"),
        _ if begins("<?xml") || begins("<osm") => Some("XML (convert it: osmium cat IN.osm -o OUT.osm.pbf)"),
        _ if begins("{") => Some("JSON"),
        _ => None,
    }
}

fn decoded(blob: &Blob) -> Result<BlobDecode<'_>, RoadError> {
    blob.decode().map_err(said)
}

fn said(error: osmpbf::Error) -> RoadError {
    match error.kind() {
        osmpbf::ErrorKind::Blob(osmpbf::BlobError::Empty) => {
            osm("its blocks are compressed, but not by zlib (perhaps by \
             lz4 or zstd): write it again with zlib (osmium cat IN.osm.pbf -o OUT.osm.pbf)")
        }
        _ => RoadError::Osm(error.to_string()),
    }
}

fn osm(what: &str) -> RoadError {
    RoadError::Osm(what.to_owned())
}
