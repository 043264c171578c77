//! Files that are packed by gzip, unpacked up to a size.

use flate2::read::MultiGzDecoder;
use std::io::{self, Read as _};

/// The bytes themselves, or what they unpack to where they begin as gzip does (RFC 1952, section 2.3.1).
///
/// Errors: they cannot be unpacked, or to more than `bytes_max`.
pub(crate) fn inflate(bytes: Vec<u8>, bytes_max: usize) -> io::Result<Vec<u8>> {
    if !bytes.starts_with(&[0x1F, 0x8B]) {
        return Ok(bytes);
    }
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(bytes.as_slice()).take(bytes_max as u64 + 1).read_to_end(&mut unpacked)?;
    if unpacked.len() > bytes_max {
        return Err(io::Error::other(format!("unpacks to more than {bytes_max} bytes")));
    }
    Ok(unpacked)
}
