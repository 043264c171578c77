//! Bytes as the journal hands them out: never without the number of their format.

/// The bytes of a record or snapshot, untouched, and the number of the format that their writer gave them. The bytes are to be
/// had only together with the number, so that nobody reads them as something that they are not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    format: u16,
    bytes: Vec<u8>,
}

impl Stored {
    /// Pairs bytes with their format.
    pub fn new(format: u16, bytes: Vec<u8>) -> Self {
        Self { format, bytes }
    }
    /// The number of their format.
    pub fn format(&self) -> u16 {
        self.format
    }
    /// What `decode` makes of the format and the bytes.
    pub fn read<'a, T>(&'a self, decode: impl FnOnce(u16, &'a [u8]) -> T) -> T {
        decode(self.format, &self.bytes)
    }
}
