//! What an artefact is: whose file in which version, how long, in which chunks.

use crate::digest::ChunkDigest;
use crate::variant::Variant;
use std::ops::Range;

/// One piece of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Where it begins in the file, in bytes.
    pub offset: u64,
    /// Its bytes.
    pub length: u32,
    /// Its name.
    pub digest: ChunkDigest,
}

impl Chunk {
    /// Where the next one begins.
    pub fn end(&self) -> u64 {
        self.offset + u64::from(self.length)
    }
}

/// An artefact, as whoever built it describes it. Its chunks follow each other without a gap, and there is at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Which file.
    pub variant: Variant,
    /// BLAKE3 of the whole file.
    pub blake3: [u8; 32],
    /// SHA-256 of the whole file: the name that container registries know it by.
    pub sha256: [u8; 32],
    chunks: Vec<Chunk>,
}

impl Manifest {
    /// Of these chunks, by length and name, one behind the other.
    pub fn new(
        variant: Variant,
        chunks: impl Iterator<Item = (u32, ChunkDigest)>,
        blake3: [u8; 32],
        sha256: [u8; 32],
    ) -> Self {
        Self { variant, blake3, sha256, chunks: laid_out(chunks) }
    }
    /// All of them, in the file's order.
    pub fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }
    /// Bytes of the file.
    pub fn length(&self) -> u64 {
        self.chunks.last().map_or(0, Chunk::end)
    }
    /// The index of the chunk that holds this byte; behind the end: how many chunks there are.
    pub fn chunk_at(&self, offset: u64) -> usize {
        self.chunks.partition_point(|chunk| chunk.end() <= offset)
    }
    /// The indices of the chunks that hold these bytes.
    pub fn chunks_of(&self, bytes: Range<u64>) -> Range<usize> {
        let first = self.chunk_at(bytes.start);
        first..self.chunks.partition_point(|chunk| chunk.offset < bytes.end).max(first)
    }
}

/// The chunks one behind the other.
fn laid_out(chunks: impl Iterator<Item = (u32, ChunkDigest)>) -> Vec<Chunk> {
    let mut offset = 0;
    let place = |(length, digest): (u32, ChunkDigest)| {
        let chunk = Chunk { offset, length, digest };
        offset += u64::from(length);
        chunk
    };
    chunks.map(place).collect()
}
