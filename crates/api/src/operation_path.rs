//! What the method and path of an operation say of it.

use crate::content::path_in_region;
use crate::operation::{Operation, PUT_ARTEFACT, REMOVE_ARTEFACT, REPORT_SPEEDS, Repeat};

impl Operation {
    /// The path by which a region is asked this by its name; `None` where it is not about one region.
    pub fn path_in_region(&self) -> Option<String> {
        self.of_region.then(|| path_in_region(self.path, "{region}"))
    }
    /// Whether its path names a vehicle: a van is one.
    pub fn is_of_vehicle(&self) -> bool {
        self.path.starts_with("/v1/vehicles/{id}") || self.path.starts_with("/v1/vans/{id}")
    }
    /// Whether it is of the OCI distribution API, which has refusals in words of its own.
    pub fn is_of_registry(&self) -> bool {
        self.path.starts_with("/v2/")
    }
    /// Whether it changes something that an audit is about, or says that something happened. Positions are no such thing:
    /// there are too many of them, and only the newest counts.
    pub fn acts(&self) -> bool {
        let of = |other: &Self| self.method == other.method && self.path == other.path;
        self.repeat == Repeat::Keyed || [REPORT_SPEEDS, PUT_ARTEFACT, REMOVE_ARTEFACT].iter().any(of)
    }
    /// Whether it stands beside `/v1` where it is asked of the only region, or of all.
    pub fn is_beside(&self) -> bool {
        !self.path.starts_with("/v1/")
    }
    /// The path with a name in it. A name has no characters that a path would need to escape.
    pub fn path_of(&self, id: &str) -> String {
        self.path.replace("{id}", id).replace("{code}", id).replace("{digest}", id)
    }
}
