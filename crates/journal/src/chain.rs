//! What ties each record to the one before it.

/// The checksum of a record, which the next record repeats: it stands for the record and for all before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chain(pub(crate) u32);

impl Chain {
    /// What the first record of a journal, or the first after a lost tail, takes as the record before it.
    pub const START: Chain = Chain(0);
}
