//! Who placed the pods of a run.

use std::fmt;
use std::str::FromStr;

/// Who placed the pods of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KubernetesPolicy {
    /// Whoever did while the record was made.
    Recorded,
    /// Paceline.
    #[default]
    Paceline,
}

impl KubernetesPolicy {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Paceline => "paceline",
        }
    }
}

impl fmt::Display for KubernetesPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for KubernetesPolicy {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "recorded" => Ok(Self::Recorded),
            "paceline" => Ok(Self::Paceline),
            _ => Err(format!(
                "policy: {text:?} must be recorded or paceline, this being a record of a cluster"
            )),
        }
    }
}
