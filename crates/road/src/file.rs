//! The road file: magic, version, a table of sections with a checksum each, then the sections, aligned for mapping.
//! Layout in the crate's README. Everything is little-endian. Here every checksum is checked when a file is
//! opened; `consistency` checks what the sections say, so that the rest of the crate may index without asking.

use crate::columns::{COUNT, Section, SectionBytes};
use crate::error::RoadError;
use bytemuck::Pod;
use std::fs::File;
use std::io::Write;
use std::ops::Range;
use std::path::Path;

/// First bytes of every road file.
const MAGIC: [u8; 8] = *b"PACEROAD";
/// The version that this code writes, and the only one that it reads.
const VERSION: u32 = 3;
/// Sections start at multiples of this, so that a mapped section can be read in place.
const ALIGN: usize = 16;
/// Magic, version, section count, file length, checksum of the table.
const HEAD: usize = 32;
/// Offset, length, checksum, reserved.
const ROW: usize = 24;

#[cfg(target_endian = "big")]
compile_error!("road files are little-endian and read in place");

#[derive(Debug)]
enum Bytes {
    Mapped(memmap2::Mmap),
    /// In 16-byte words for the alignment; the second number is the length in bytes.
    Owned(Vec<u128>, usize),
}

/// A road file in memory, as it was written.
#[derive(Debug)]
pub(crate) struct Image {
    bytes: Bytes,
    columns: [Range<usize>; COUNT],
}

impl Image {
    pub(crate) fn open(path: &Path) -> Result<Self, RoadError> {
        let io = |source| RoadError::Io { path: path.to_owned(), source };
        let file = File::open(path).map_err(io)?;
        #[expect(
            unsafe_code,
            reason = "mapping a file; road files are replaced by renaming, never written in place"
        )]
        let map = unsafe { memmap2::Mmap::map(&file) }.map_err(io)?;
        Self::checked(Bytes::Mapped(map))
    }
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, RoadError> {
        let mut words = vec![0u128; bytes.len().div_ceil(ALIGN)];
        bytemuck::cast_slice_mut(&mut words)[..bytes.len()].copy_from_slice(bytes);
        Self::checked(Bytes::Owned(words, bytes.len()))
    }
    pub(crate) fn save(&self, path: &Path) -> Result<(), RoadError> {
        let io = |source| RoadError::Io { path: path.to_owned(), source };
        let mut beside = path.as_os_str().to_owned();
        beside.push(".part");
        let mut file = File::create(&beside).map_err(io)?;
        file.write_all(self.bytes()).and_then(|()| file.sync_all()).map_err(io)?;
        std::fs::rename(&beside, path).map_err(io)
    }
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get()
    }
    /// The table's checksum, which covers every section's checksum.
    pub(crate) fn digest(&self) -> u32 {
        u32_at(self.bytes(), 24)
    }
    pub(crate) fn column<T: Pod>(&self, section: Section) -> &[T] {
        bytemuck::cast_slice(&self.bytes()[self.columns[section as usize].clone()])
    }

    /// A copy of all columns.
    pub(crate) fn columns(&self) -> SectionBytes {
        std::array::from_fn(|i| self.bytes()[self.columns[i].clone()].to_vec())
    }

    fn checked(bytes: Bytes) -> Result<Self, RoadError> {
        let columns = table(bytes.get())?;
        Ok(Self { bytes, columns })
    }
}

impl Bytes {
    fn get(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Owned(words, len) => &bytemuck::cast_slice(words)[..*len],
        }
    }
}

/// Lays the columns out as a file.
pub(crate) fn encode(columns: &SectionBytes) -> Vec<u8> {
    let mut out = vec![0u8; (HEAD + COUNT * ROW).next_multiple_of(ALIGN)];
    for (i, column) in columns.iter().enumerate() {
        let row = HEAD + i * ROW;
        let offset = out.len() as u64;
        out[row..row + 8].copy_from_slice(&offset.to_le_bytes());
        out[row + 8..row + 16].copy_from_slice(&(column.len() as u64).to_le_bytes());
        out[row + 16..row + 20].copy_from_slice(&crc32c::crc32c(column).to_le_bytes());
        out.extend_from_slice(column);
        out.resize(out.len().next_multiple_of(ALIGN), 0);
    }
    let length = out.len() as u64;
    out[..8].copy_from_slice(&MAGIC);
    out[8..12].copy_from_slice(&VERSION.to_le_bytes());
    out[12..16].copy_from_slice(&(COUNT as u32).to_le_bytes());
    out[16..24].copy_from_slice(&length.to_le_bytes());
    let checksum = crc32c::crc32c(&out[HEAD..HEAD + COUNT * ROW]);
    out[24..28].copy_from_slice(&checksum.to_le_bytes());
    out
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(word)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}

/// Checks the head, the table and every section's checksum.
fn table(bytes: &[u8]) -> Result<[Range<usize>; COUNT], RoadError> {
    let magic = bytes.len().min(MAGIC.len());
    if bytes.is_empty() || bytes[..magic] != MAGIC[..magic] {
        return Err(RoadError::Foreign);
    }
    let truncated = |expected: u64| RoadError::Truncated { expected, found: bytes.len() as u64 };
    if bytes.len() < HEAD {
        return Err(truncated(HEAD as u64));
    }
    let found = u32_at(bytes, 8);
    if found != VERSION {
        return Err(RoadError::Version { found, known: VERSION });
    }
    let length = u64_at(bytes, 16);
    if (bytes.len() as u64) < length || bytes.len() < HEAD + COUNT * ROW {
        return Err(truncated(length.max((HEAD + COUNT * ROW) as u64)));
    }
    let rows = &bytes[HEAD..HEAD + COUNT * ROW];
    let head_holds =
        u32_at(bytes, 12) == COUNT as u32 && u32_at(bytes, 28) == 0 && bytes.len() as u64 == length;
    if crc32c::crc32c(rows) != u32_at(bytes, 24) || !head_holds {
        return Err(RoadError::Checksum { section: "head", offset: 0, end: (HEAD + COUNT * ROW) as u64 });
    }
    let mut columns: [Range<usize>; COUNT] = std::array::from_fn(|_| 0..0);
    for &section in Section::ALL {
        columns[section as usize] = column_range(bytes, section)?;
    }
    Ok(columns)
}

fn column_range(bytes: &[u8], section: Section) -> Result<Range<usize>, RoadError> {
    let row = HEAD + section as usize * ROW;
    let (offset, length) = (u64_at(bytes, row), u64_at(bytes, row + 8));
    let end = offset.saturating_add(length);
    if end > bytes.len() as u64 {
        return Err(RoadError::Truncated { expected: end, found: bytes.len() as u64 });
    }
    let range = offset as usize..end as usize;
    if crc32c::crc32c(&bytes[range.clone()]) != u32_at(bytes, row + 16) {
        return Err(RoadError::Checksum { section: section.name(), offset, end });
    }
    if !range.start.is_multiple_of(ALIGN) || !range.len().is_multiple_of(section.size()) {
        return Err(RoadError::Inconsistent { section: section.name(), what: "its place or length is odd" });
    }
    Ok(range)
}
