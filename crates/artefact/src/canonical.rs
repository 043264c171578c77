//! The bytes that are signed: one encoding of one manifest, so that an artefact has one name. `docs/artefacts.md` gives the layout.
//!
//! What is read is written again and compared: postcard takes numbers in more bytes than they need, and a second spelling would
//! be a second name.

use crate::digest::ChunkDigest;
use crate::keys::Untrusted;
use crate::manifest::Manifest;
use crate::variant::Variant;
use paceline_model::edge::ArtefactDigest;
use paceline_model::limits::{ARTEFACT_BYTES_MAX, ARTEFACT_CHUNK_BYTES, ARTEFACT_CHUNKS_MAX, at_most};
use paceline_model::{Invalid, Rule};
use serde::{Deserialize, Serialize};

/// The layout that is written.
const FORMAT: u8 = 1;
/// Most bytes of a version's text.
const VERSION_BYTES_MAX: usize = 128;

/// A manifest as it is on disk and on the wire. The order of the fields is the layout.
#[derive(Serialize, Deserialize)]
struct Payload {
    format: u8,
    model: String,
    version: String,
    precision: String,
    length: u64,
    blake3: [u8; 32],
    sha256: [u8; 32],
    chunks: Vec<(u32, ChunkDigest)>,
}

/// Why a manifest is not used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ManifestError {
    /// The bytes are no manifest, or another spelling of one.
    #[error("these bytes are no signed manifest")]
    Unreadable,
    /// A newer program wrote it.
    #[error("the manifest is of format {0}, and this program reads 1")]
    Format(u8),
    /// A value broke a rule.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// It is the manifest of something else.
    #[error("the manifest is of {found}, not of {wanted}")]
    Another {
        /// What was asked for.
        wanted: ArtefactDigest,
        /// What it is.
        found: ArtefactDigest,
    },
    /// No trusted key signed it.
    #[error(transparent)]
    Untrusted(#[from] Untrusted),
}

/// The bytes of a manifest. Errors: it breaks a bound.
pub(crate) fn encode(of: &Manifest) -> Result<Vec<u8>, ManifestError> {
    let payload = Payload {
        format: FORMAT,
        model: of.variant.model.to_string(),
        version: of.variant.version.to_string(),
        precision: of.variant.precision.to_string().to_lowercase(),
        length: of.length(),
        blake3: of.blake3,
        sha256: of.sha256,
        chunks: of.chunks().iter().map(|chunk| (chunk.length, chunk.digest)).collect(),
    };
    within_bounds(&payload)?;
    postcard::to_allocvec(&payload).map_err(|_| ManifestError::Unreadable)
}

/// The manifest of these bytes. Errors: they are none, or another spelling of one; a bound is broken.
pub(crate) fn decode(bytes: &[u8]) -> Result<Manifest, ManifestError> {
    match bytes.first() {
        Some(&FORMAT) => {}
        Some(&newer) => return Err(ManifestError::Format(newer)),
        None => return Err(ManifestError::Unreadable),
    }
    let payload: Payload = postcard::from_bytes(bytes).map_err(|_| ManifestError::Unreadable)?;
    within_bounds(&payload)?;
    let variant = Variant::parse(&payload.model, &payload.version, &payload.precision)?;
    let chunks = payload.chunks.into_iter();
    let manifest = Manifest::new(variant, chunks, payload.blake3, payload.sha256);
    if manifest.length() != payload.length {
        let rule = Rule::Shape(format!("must be that of its chunks together, {}", manifest.length()));
        return Err(Invalid::new("length", payload.length, rule).into());
    }
    if encode(&manifest)? != bytes {
        return Err(ManifestError::Unreadable);
    }
    Ok(manifest)
}

fn within_bounds(of: &Payload) -> Result<(), Invalid> {
    at_most("chunks", of.chunks.len(), ARTEFACT_CHUNKS_MAX)?;
    at_most("version", of.version.len(), VERSION_BYTES_MAX)?;
    let (_, _, most) = ARTEFACT_CHUNK_BYTES;
    let outside = of.chunks.iter().find(|(length, _)| *length == 0 || *length as usize > most);
    if let Some((length, _)) = outside {
        let rule = Rule::Within { low: 1.0, high: most as f64 };
        return Err(Invalid::new("chunks.length", length, rule));
    }
    if of.chunks.is_empty() || of.length > ARTEFACT_BYTES_MAX {
        let rule = Rule::Within { low: 1.0, high: ARTEFACT_BYTES_MAX as f64 };
        return Err(Invalid::new("length", of.length, rule));
    }
    Ok(())
}
