//! Files of the agent: read only so far, written whole or not at all.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

/// Reads a file that has at most so many bytes. Errors: the system's, with the file; it has more.
pub(crate) fn read_bounded(file: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", file.display()));
    let mut bytes = Vec::new();
    File::open(file).and_then(|opened| opened.take(bytes_max + 1).read_to_end(&mut bytes)).map_err(named)?;
    if bytes.len() as u64 > bytes_max {
        let rule = format!("must have at most {bytes_max} bytes");
        return Err(named(io::Error::new(io::ErrorKind::FileTooLarge, rule)));
    }
    Ok(bytes)
}

/// Writes a file so that whoever reads it after a power cut finds what was there before or all of this: beside it, synced, renamed, and the
/// folder synced. Errors: the system's.
pub(crate) fn write_atomic(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let beside = file.with_extension("new");
    let mut opened = File::create(&beside)?;
    opened.write_all(bytes)?;
    opened.sync_all()?;
    fs::rename(&beside, file)?;
    File::open(folder)?.sync_all()
}
