//! An artefact as a registry of containers shows it: a manifest in JSON, whose layers are the file and our own signed manifest, each
//! by SHA-256. Source: OCI image specification 1.1, "Guidelines for Artifact Usage".

use paceline_artefact::{Manifest, Signed, Variant};
use serde_json::json;
use sha2::{Digest as _, Sha256};

/// Media type of the manifest.
pub(crate) use paceline_api::operation::OCI_IMAGE as IMAGE_MANIFEST;

/// What an artefact is.
const MODEL: &str = "application/vnd.paceline.model.v1";
/// Media type of the file.
const FILE: &str = "application/vnd.paceline.model.file.v1";
/// Media type of our own manifest, with its signatures.
const SIGNED: &str = "application/vnd.paceline.artefact.v1";
/// Media type of a configuration that says nothing, and it.
const EMPTY: (&str, &[u8]) = ("application/vnd.oci.empty.v1+json", b"{}");
/// Longest tag. Source: OCI distribution specification 1.1.
const TAG_BYTES_MAX: usize = 128;

/// A digest as registries write it.
fn sha256(bytes: &[u8]) -> String {
    named(&Sha256::digest(bytes))
}

fn named(digest: &[u8]) -> String {
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// What a registry shows of one artefact.
#[derive(Clone, Debug)]
pub(crate) struct Image {
    /// The repository: the model's name. `None`: it is none that a repository may have.
    pub(super) repository: Option<String>,
    /// The tag: version and precision. `None`: it is longer than a tag may be.
    pub(super) tag: Option<String>,
    /// Of the manifest in JSON.
    pub(super) digest: String,
    /// Of the file.
    file: String,
    /// Of our own manifest.
    signed: String,
    signed_bytes: usize,
}

/// What a digest names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blob {
    /// The configuration that says nothing.
    Empty,
    /// The file.
    File,
    /// Our own manifest.
    Signed,
}

impl Image {
    pub(super) fn new(signed: &Signed, manifest: &Manifest) -> Self {
        let (bytes, variant) = (signed.encode(), &manifest.variant);
        let repository = Some(variant.model.to_string()).filter(|name| is_repository(name));
        let tag = Some(tag(variant)).filter(|tag| tag.len() <= TAG_BYTES_MAX);
        let (file, own) = (named(&manifest.sha256), sha256(&bytes));
        let image =
            Self { repository, tag, digest: String::new(), file, signed: own, signed_bytes: bytes.len() };
        Self { digest: sha256(&image.json(manifest.length(), variant, signed)), ..image }
    }

    /// The manifest: the same bytes each time, for its digest is its name.
    pub(super) fn json(&self, length: u64, variant: &Variant, signed: &Signed) -> Vec<u8> {
        let (media, empty) = EMPTY;
        let title = |name: String| json!({ "org.opencontainers.image.title": name });
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": IMAGE_MANIFEST,
            "artifactType": MODEL,
            "config": { "mediaType": media, "digest": sha256(empty), "size": empty.len() },
            "layers": [
                { "mediaType": FILE, "digest": self.file, "size": length, "annotations": title(variant.model.to_string()) },
                { "mediaType": SIGNED, "digest": self.signed, "size": self.signed_bytes,
                    "annotations": title(format!("{}.paceline", variant.model)) },
            ],
            "annotations": {
                "org.opencontainers.image.version": variant.version.to_string(),
                "dev.paceline.artefact": signed.artefact().to_string(),
                "dev.paceline.precision": variant.precision.to_string().to_lowercase(),
            },
        });
        // Text and numbers: writing them to memory cannot fail, and a map of this kind is sorted.
        serde_json::to_vec(&manifest).unwrap_or_default()
    }

    /// What a digest names in its repository. `None`: nothing of this artefact.
    pub(super) fn blob(&self, digest: &str) -> Option<Blob> {
        match digest {
            _ if digest == self.file => Some(Blob::File),
            _ if digest == self.signed => Some(Blob::Signed),
            _ if digest == sha256(EMPTY.1) => Some(Blob::Empty),
            _ => None,
        }
    }
}

impl Blob {
    /// The bytes of what is always the same.
    pub(crate) const EMPTY: &'static [u8] = EMPTY.1;
}

/// Version and precision. A tag has no `+`, for which `_` stands as in charts of Helm.
fn tag(of: &Variant) -> String {
    format!("{}-{}", of.version, of.precision.to_string().to_lowercase()).replace('+', "_")
}

/// Whether a repository may be called so: small letters and digits, in parts between `.`, `_`, `__` or hyphens.
fn is_repository(name: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let plain = name.replace("__", "_");
    let hyphens = plain.split('-').filter(|between| !between.is_empty());
    let ends =
        |edge: Option<char>| edge.is_some_and(|edge| edge.is_ascii_lowercase() || edge.is_ascii_digit());
    ends(name.chars().next())
        && ends(name.chars().last())
        && hyphens.flat_map(|of| of.split(['.', '_'])).all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_has_a_repository_if_a_repository_may_be_called_so() {
        for name in ["detector", "weld-spots", "a.b_c__d---e", "7"] {
            assert!(is_repository(name), "{name}");
        }
        for name in ["", "Detector", "-a", "a-", "a..b", "a___b", "a:b", "a@b", "a.-b"] {
            assert!(!is_repository(name), "{name}");
        }
    }
}
