//! Whose a client certificate is: a table from the name that it carries to a role and what that is bound to. The file is read again when it
//! changes, so that taking a line out ends what its certificate may, also on connections that are open.

use super::grant;
use super::principal::Principal;
use crate::error::ServeError;
use crate::tls::PeerCertificate;
use paceline_api::Role;
use paceline_model::edge::NodeId;
use paceline_model::{Invalid, RegionId, Rule, VehicleId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Most certificates of a file, as many as there may be keys: a fleet of some thousand vehicles with one each.
const CERTIFICATES_MAX: usize = 20_000;
/// Longest name. Longer ones are in no certificate that is looked up.
const NAME_BYTES: (usize, usize) = (1, 256);

/// Whose certificate it is that carries a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CertificateRecord {
    /// A URI of its subject alternative names, such as `spiffe://fleet.example/vehicle/v42`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    uri: Option<String>,
    /// Or the common name of its subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    common_name: Option<String>,
    /// What its bearer may ask.
    role: Role,
    /// The regions that it may ask; empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    regions: Vec<RegionId>,
    /// The only vehicle that it speaks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    vehicle: Option<VehicleId>,
    /// The only node that it speaks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    node: Option<NodeId>,
    /// Requests a second, if not as many as usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    requests_per_second: Option<u32>,
}

/// The file's form.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct CertificateFile {
    #[serde(default)]
    certificate: Vec<CertificateRecord>,
}

/// By which of its names a certificate is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    Uri(String),
    Common(String),
}

/// Certificates as they are looked up.
#[derive(Debug, Default)]
pub(super) struct CertificateTable(BTreeMap<Name, Arc<Principal>>);

impl CertificateTable {
    /// Errors: the file cannot be read; a value breaks a rule; two lines are about one name.
    pub(super) fn read(file: &Path) -> Result<Self, ServeError> {
        let unusable = |cause: String| ServeError::Certificates { file: file.to_owned(), cause };
        let text = std::fs::read_to_string(file).map_err(|error| unusable(error.to_string()))?;
        let read: CertificateFile =
            toml::from_str(&text).map_err(|error| unusable(error.message().to_owned()))?;
        Self::of(read.certificate).map_err(|invalid| unusable(invalid.to_string()))
    }

    fn of(records: Vec<CertificateRecord>) -> Result<Self, Invalid> {
        if records.len() > CERTIFICATES_MAX {
            let rule = Rule::Size { least: 0, most: CERTIFICATES_MAX, unit: "certificates".into() };
            return Err(Invalid::new("certificate", format!("{} certificates", records.len()), rule));
        }
        let mut table = BTreeMap::new();
        for (number, record) in records.into_iter().enumerate() {
            let (name, principal) =
                record.row().map_err(|e| e.within(&format!("certificate {}", number + 1)))?;
            let shown = principal.name.clone();
            if table.insert(name, Arc::new(principal)).is_some() {
                let rule = Rule::Shape("must be the only one of its name".into());
                return Err(Invalid::new("certificate", shown, rule));
            }
        }
        Ok(Self(table))
    }

    /// Whose certificate this is: by its URIs first, then by its common name.
    pub(super) fn find(&self, certificate: &PeerCertificate) -> Option<&Arc<Principal>> {
        let uris = certificate.uris.iter().cloned().map(Name::Uri);
        let common = certificate.common_name.iter().cloned().map(Name::Common);
        uris.chain(common).find_map(|name| self.0.get(&name))
    }
}

impl CertificateRecord {
    fn row(self) -> Result<(Name, Principal), Invalid> {
        grant::validate(self.role, self.vehicle.as_ref(), self.node.as_ref(), self.requests_per_second)?;
        let (field, text, name): (_, _, fn(String) -> Name) = match (self.uri, self.common_name) {
            (Some(uri), None) => ("uri", uri, Name::Uri),
            (None, Some(common)) => ("common_name", common, Name::Common),
            (Some(_), Some(common)) => {
                return Err(Invalid::new("common_name", common, Rule::Without { other: "uri".into() }));
            }
            (None, None) => {
                let rule = Rule::Shape("must be given, or common_name".into());
                return Err(Invalid::new("uri", "left out", rule));
            }
        };
        if !(NAME_BYTES.0..=NAME_BYTES.1).contains(&text.len()) {
            let rule = Rule::Size { least: NAME_BYTES.0, most: NAME_BYTES.1, unit: "bytes".into() };
            return Err(Invalid::new(field, text, rule));
        }
        let principal = Principal {
            name: format!("certificate {text}"),
            role: self.role,
            regions: self.regions,
            vehicle: self.vehicle,
            node: self.node,
            rate: self.requests_per_second,
        };
        Ok((name(text), principal))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("certificates.toml");
        std::fs::write(&file, text).expect("it can be written");
        let said = match CertificateTable::read(&file) {
            Ok(table) => format!("{} known", table.0.len()),
            Err(error) => error.to_string().replace(&format!("{}/", dir.path().display()), ""),
        };
        assert_eq!(said, expected, "{text}");
    }

    #[test]
    fn a_line_names_one_certificate_and_what_it_may() {
        check("", "0 known");
        check("[[certificate]]\nuri = \"spiffe://a/v1\"\nrole = \"vehicle\"\nvehicle = \"v1\"\n", "1 known");
        check(
            "[[certificate]]\ncommon_name = \"desk\"\nrole = \"operator\"\nregions = [\"east\"]\n",
            "1 known",
        );
        let wrong = |lines: &str, rule: &str| {
            check(
                &format!("[[certificate]]\n{lines}"),
                &format!("E0614 cannot use the certificates in certificates.toml: {rule}"),
            );
        };
        wrong("role = \"operator\"\n", "certificate 1.uri is left out: must be given, or common_name");
        wrong(
            "uri = \"a\"\ncommon_name = \"b\"\nrole = \"operator\"\n",
            "certificate 1.common_name is b: must be left out where uri is given",
        );
        wrong(
            "uri = \"a\"\nrole = \"vehicle\"\n",
            "certificate 1.vehicle is left out: must be given: a vehicle speaks only for itself",
        );
        wrong(
            "uri = \"a\"\nrole = \"rider\"\n[[certificate]]\nuri = \"a\"\nrole = \"admin\"\n",
            "certificate is certificate a: must be the only one of its name",
        );
        wrong("uri = \"\"\nrole = \"rider\"\n", "certificate 1.uri is : must have between 1 and 256 bytes");
    }

    #[test]
    fn a_uri_is_looked_up_before_the_common_name_and_neither_in_place_of_the_other() {
        let record = |uri: Option<&str>, common_name: Option<&str>, role| CertificateRecord {
            uri: uri.map(str::to_owned),
            common_name: common_name.map(str::to_owned),
            role,
            regions: Vec::new(),
            vehicle: None,
            node: None,
            requests_per_second: None,
        };
        let table = CertificateTable::of(vec![
            record(Some("urn:desk"), None, Role::Operator),
            record(None, Some("desk"), Role::Auditor),
        ])
        .expect("they keep the rules");
        let role = |uris: &[&str], common: Option<&str>| {
            let certificate = PeerCertificate {
                uris: uris.iter().map(|uri| (*uri).to_owned()).collect(),
                common_name: common.map(str::to_owned),
                ends: paceline_model::Instant::MAX,
            };
            table.find(&certificate).map(|principal| principal.role)
        };
        assert_eq!(role(&["urn:other", "urn:desk"], Some("desk")), Some(Role::Operator));
        assert_eq!(role(&["urn:other"], Some("desk")), Some(Role::Auditor));
        assert_eq!(role(&["desk"], Some("urn:desk")), None);
        assert_eq!(role(&[], None), None);
    }
}
