//! The agent's configuration file.

use anyhow::Context as _;
use figment::Figment;
use figment::providers::{Format as _, Serialized, Toml};
use paceline_agent::fetch::store::StoreFetcher;
use paceline_agent::fetch::{Fetcher, NoArtefacts};
use paceline_agent::tpm::TpmAddress;
use paceline_agent::{AgentOptions, ProofOptions, Registration};
use paceline_artefact::{RateLimit, Source, TrustedKeys};
use paceline_client::api::edge::NodePlace;
use paceline_model::RegionId;
use paceline_model::edge::NodeId;
use paceline_model::limits::{NEIGHBOURS_MAX, at_most, within};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Where agents answer, unless they are told otherwise.
const PORT: u16 = 9_470;
/// Time between two reports unless it is set, and the least and the most that it may be, in seconds: a third of a region's usual silence; and what the longest
/// silence of an hour allows.
const REPORT_S: (u32, u32, u32) = (10, 1, 1_200);
/// Longest that a drain may take, in seconds: an hour, of which an agent that never ends is no better sign.
const DRAIN_S_MAX: u32 = 3_600;

/// Everything that can be set for an agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AgentFile {
    /// Where the region is served.
    pub(crate) server: String,
    /// The region, where the server has several.
    pub(crate) region: Option<RegionId>,
    /// This node's name.
    pub(crate) node: String,
    /// Registers the node with what is measured of it.
    pub(crate) register: bool,
    /// Where it stands, if it registers itself.
    pub(crate) place: NodePlace,
    /// What else there is to say of it, if it registers itself.
    pub(crate) labels: BTreeMap<String, String>,
    /// The charge below which work leaves, if it registers itself.
    pub(crate) battery_reserve_percent: Option<u8>,
    /// Where it answers inferences.
    pub(crate) listen: SocketAddr,
    /// Others can reach that, and nobody is asked who they are.
    pub(crate) allow_unauthenticated: bool,
    /// Where it writes down what a restart must know.
    pub(crate) state: PathBuf,
    /// A file whose first line is an API key.
    pub(crate) key_file: Option<PathBuf>,
    /// The authorities that are believed, in PEM.
    pub(crate) ca: Option<PathBuf>,
    /// By which certificate it says who it is, in PEM.
    pub(crate) certificate: Option<PathBuf>,
    /// That certificate's key, in PEM.
    pub(crate) certificate_key: Option<PathBuf>,
    /// Other nodes by name, with where their agents answer.
    pub(crate) neighbours: BTreeMap<String, SocketAddr>,
    /// Keys whose signatures on artefacts are believed, a line each; without, nothing is fetched.
    pub(crate) trusted_keys: Option<PathBuf>,
    /// What artefacts may take on the disk, in MiB, and half as much again for what runs.
    pub(crate) artefacts_mib_max: u64,
    /// What fetches of artefacts may take of the link, in kbit/s; without, all of it.
    pub(crate) artefacts_kbit_per_s_max: Option<u32>,
    /// Time between two reports, in seconds.
    pub(crate) report_s: u32,
    /// How long its node may take to be drained, once the agent is to end, in seconds; without, it is not drained.
    pub(crate) drain_s: Option<u32>,
    /// The TPM by which the node proves itself: a device such as `/dev/tpmrm0`, or address and port of a software TPM.
    pub(crate) tpm: Option<String>,
    /// The log of the box's start.
    pub(crate) boot_log: PathBuf,
    /// A file with the token that lets this box in.
    pub(crate) token_file: Option<PathBuf>,
    /// The endorsement key's certificate and those above it but for the root, in DER, the key's own first.
    pub(crate) endorsement_chain: Vec<PathBuf>,
    /// What models do, instead of running them.
    pub(crate) script: Option<PathBuf>,
    /// What is read, instead of measuring it.
    pub(crate) readings: Option<PathBuf>,
}

impl Default for AgentFile {
    fn default() -> Self {
        Self {
            server: "http://127.0.0.1:8080".into(),
            region: None,
            node: String::new(),
            register: false,
            place: NodePlace::default(),
            labels: BTreeMap::new(),
            battery_reserve_percent: None,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, PORT)),
            allow_unauthenticated: false,
            state: "paceline-agent".into(),
            key_file: None,
            ca: None,
            certificate: None,
            certificate_key: None,
            neighbours: BTreeMap::new(),
            trusted_keys: None,
            artefacts_mib_max: 8_192,
            artefacts_kbit_per_s_max: None,
            report_s: REPORT_S.0,
            drain_s: None,
            tpm: None,
            boot_log: "/sys/kernel/security/tpm0/binary_bios_measurements".into(),
            token_file: None,
            endorsement_chain: Vec::new(),
            script: None,
            readings: None,
        }
    }
}

impl AgentFile {
    /// Reads a file over the defaults. Errors: a key that is not known, a value that is none, with the file.
    pub(crate) fn read(file: &Path) -> anyhow::Result<Self> {
        anyhow::ensure!(file.is_file(), "there is no file {}", file.display());
        let read = Figment::from(Serialized::defaults(Self::default())).merge(Toml::file_exact(file));
        read.extract().with_context(|| format!("reading {}", file.display()))
    }

    /// What brings artefacts here. Errors: a file cannot be read, or a value breaks a rule.
    pub(crate) fn fetcher(&self, options: &AgentOptions) -> anyhow::Result<Arc<dyn Fetcher>> {
        let Some(file) = &self.trusted_keys else { return Ok(Arc::new(NoArtefacts)) };
        let text = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
        let keys = TrustedKeys::read(&text).with_context(|| format!("reading {}", file.display()))?;
        // Redirects lead to log-in pages.
        let client = paceline_client::http(&self.server, &options.tls)?
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let bearer = self.key_file.as_deref().map(super::super::first_line).transpose()?;
        let source = Source {
            base: self.server.clone(),
            client,
            bearer,
            node: Some(self.node.clone()),
            rate: self.rate()?,
        };
        let bytes_max = self.artefacts_mib_max.saturating_mul(1 << 20);
        let opened = StoreFetcher::open(&self.state.join("artefacts"), bytes_max, keys, vec![source]);
        Ok(Arc::new(opened.map_err(anyhow::Error::msg)?))
    }

    /// The pace of the link, if it is not to be used up. Errors: a value breaks a rule.
    fn rate(&self) -> anyhow::Result<Option<Arc<Mutex<RateLimit>>>> {
        let Some(kbit) = self.artefacts_kbit_per_s_max else { return Ok(None) };
        within("artefacts_kbit_per_s_max", kbit.into(), (1.0, f64::from(u32::MAX)))?;
        Ok(Some(Arc::new(Mutex::new(RateLimit::new(u64::from(kbit) * 1_000 / 8)))))
    }

    /// By what it proves itself, if it does.
    fn proof(&self) -> Option<ProofOptions> {
        let tpm = self.tpm.as_deref()?;
        let device = || TpmAddress::Device(tpm.into());
        Some(ProofOptions {
            tpm: tpm.parse().unwrap_or_else(|_| device()),
            log: self.boot_log.clone(),
            token: self.token_file.clone(),
            endorsement_chain: self.endorsement_chain.clone(),
        })
    }

    /// What the agent is started with. Errors: a value breaks a rule; a file cannot be read.
    pub(crate) fn options(&self) -> anyhow::Result<AgentOptions> {
        let node = NodeId::new(&self.node).context("--node, or `node` in the file")?;
        let reachable = !self.listen.ip().is_loopback() && !self.allow_unauthenticated;
        anyhow::ensure!(
            !reachable,
            "listen is {}: others can reach it and nobody is asked who they are; take 127.0.0.1, or say --allow-unauthenticated",
            self.listen
        );
        at_most("neighbours", self.neighbours.len(), NEIGHBOURS_MAX)?;
        for name in self.neighbours.keys() {
            NodeId::new(name).context("neighbours in the file")?;
        }
        let registration = Registration {
            place: self.place.clone(),
            labels: self.labels.clone(),
            battery_reserve_percent: self.battery_reserve_percent,
        };
        let mut options = AgentOptions::new(&self.server, node.as_str(), &self.state);
        within("report_s", self.report_s.into(), (f64::from(REPORT_S.1), f64::from(REPORT_S.2)))?;
        options.report_every = Duration::from_secs(self.report_s.into());
        if let Some(drain_s) = self.drain_s {
            within("drain_s", drain_s.into(), (1.0, f64::from(DRAIN_S_MAX)))?;
            options.ending.drain = Some(Duration::from_secs(drain_s.into()));
        }
        options.region = self.region.clone();
        options.register = self.register.then_some(registration);
        options.listen = self.listen;
        options.neighbours = self.neighbours.clone();
        options.tls.ca_file = self.ca.clone();
        options.proof = self.proof();
        options.tls.identity = match (&self.certificate, &self.certificate_key) {
            (Some(certificate), Some(key)) => Some((certificate.clone(), key.clone())),
            (None, None) => None,
            _ => anyhow::bail!("certificate and certificate_key belong together"),
        };
        if let Some(file) = &self.key_file {
            options.bearer = Some(super::super::first_line(file)?.into());
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_stands_on_the_agents_page() {
        let page: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../docs/agent.md"].iter().collect();
        let page = std::fs::read_to_string(page).expect("the page");
        let keys = serde_json::to_value(AgentFile::default()).expect("JSON");
        let missing: Vec<&String> = keys
            .as_object()
            .expect("an object")
            .keys()
            .filter(|key| !page.contains(&format!("`{key}`")))
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
