//! Where artefacts are kept: the section `[artefacts]` of a server's file. The page of all keys is `docs/configuration.md`.

use paceline_model::limits::within;
use paceline_model::{Invalid, Rule};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Where artefacts are kept, whose signatures are believed, and how much room they have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ArtefactOptions {
    /// The directory; made if absent. Without one the server keeps no artefacts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory: Option<PathBuf>,
    /// Whose signatures are believed: lines as `paceline artefacts keys new` prints them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys_file: Option<PathBuf>,
    /// Most bytes of chunks.
    pub bytes_max: u64,
    /// Most downloads at once; each holds one chunk in memory.
    pub downloads_max: usize,
}

impl Default for ArtefactOptions {
    fn default() -> Self {
        Self { directory: None, keys_file: None, bytes_max: 100 << 30, downloads_max: 1_024 }
    }
}

impl ArtefactOptions {
    /// Errors: a directory without keys, or keys without a directory; a bound beyond reason.
    pub fn validate(self) -> Result<Self, Invalid> {
        let (directory, keys) = (self.directory.is_some(), self.keys_file.is_some());
        if directory != keys {
            let missing = if directory { "keys_file" } else { "directory" };
            let rule =
                Rule::Shape("must be given where the other is: directory and keys_file go together".into());
            return Err(Invalid::new(missing, "left out", rule));
        }
        within("bytes_max", self.bytes_max as f64, (1e6, 1e15))?;
        within("downloads_max", self.downloads_max as f64, (1.0, 1e5))?;
        Ok(self)
    }
}
