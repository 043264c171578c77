//! Files that are packed by gzip, unpacked up to a size.

use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::Path;

/// How gzip begins (RFC 1952, section 2.3.1).
const MAGIC: [u8; 2] = [0x1F, 0x8B];

/// The bytes themselves, or what they unpack to where they begin as gzip does.
///
/// Errors: they cannot be unpacked, or to more than `bytes_max`.
pub(crate) fn inflate(bytes: Vec<u8>, bytes_max: usize) -> io::Result<Vec<u8>> {
    if !bytes.starts_with(&MAGIC) {
        return Ok(bytes);
    }
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(bytes.as_slice()).take(bytes_max as u64 + 1).read_to_end(&mut unpacked)?;
    if unpacked.len() > bytes_max {
        return Err(io::Error::other(format!("unpacks to more than {bytes_max} bytes")));
    }
    Ok(unpacked)
}

/// A file, unpacked as it is read if it is packed. Errors: it cannot be opened or read.
pub(crate) fn inflating(file: &Path) -> io::Result<Box<dyn Read>> {
    let mut reader = BufReader::new(File::open(file)?);
    if reader.fill_buf()?.starts_with(&MAGIC) {
        return Ok(Box::new(MultiGzDecoder::new(reader)));
    }
    Ok(Box::new(reader))
}
