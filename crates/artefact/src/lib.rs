//! What does a node run, byte for byte? An artefact is a file cut into chunks by its content, named by a signed manifest, kept on
//! disk by digest, and fetched so that only what is missing travels.
//!
//! ```text
//!   pack: file -> chunks -> store          fetch: manifest (signature) -> missing chunks -> store -> whole object verified
//!           +--> manifest -> signature            ^ sources, nearest first; any answer is judged, never believed
//! ```
//! The server keeps a [`Store`] and gives on from it, an agent fetches into one by [`Fetcher`] (feature `http`) and opens what it
//! runs by [`Store::open_object`]. Left out on purpose: what a file means, who may have it, and when a node should fetch.
//! `docs/artefacts.md` gives the formats.

mod canonical;
mod digest;
mod fetch;
#[cfg(feature = "http")]
mod http;
mod keys;
mod manifest;
mod pack;
mod part;
mod rate;
mod room;
mod signed;
mod store;
mod variant;

pub use canonical::ManifestError;
pub use digest::ChunkDigest;
pub use fetch::{Counts, Fed, Fetch, Head, Request, SourceReport, SourceState, Step};
#[cfg(feature = "http")]
pub use http::{FetchError, Fetched, Fetcher, Source};
pub use keys::{KeyError, KeyId, SecretKey, TrustedKey, TrustedKeys};
pub use manifest::{Chunk, Manifest};
pub use pack::{PackError, pack};
pub use part::Part;
pub use rate::RateLimit;
pub use room::{Held, Keep, MakesRoom, NoRoom, Plan, Why, plan};
pub use signed::{Signed, Verified};
pub use store::{Absent, Collected, Damaged, Object, Store, StoreError};
pub use variant::Variant;
