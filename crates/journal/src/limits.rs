//! What a journal bounds. It knows nothing of the model, so its limits stand here and not in the model's list.

/// The longest payload that a record may carry: 16 MiB. A damaged length can never ask for more memory than this.
pub const PAYLOAD_BYTES_MAX: usize = 16 << 20;
