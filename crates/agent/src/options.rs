//! What is set of an agent, each with its reason, and the parts that it is made of.

use crate::fetch::Fetcher;
use crate::machine::Clocks;
use crate::prove::ProofOptions;
use crate::runner::Runner;
use crate::source::Source;
use paceline_client::api::edge::NodePlace;
use paceline_client::{ApiKey, ClientTls};
use paceline_model::RegionId;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What is set of an agent.
#[derive(Clone, Debug)]
pub struct AgentOptions {
    /// Where the region is served.
    pub server: String,
    /// The region's name, where the server has several.
    pub region: Option<RegionId>,
    /// This node's name. The agent speaks for no other.
    pub node: String,
    /// The key that each request carries.
    pub bearer: Option<ApiKey>,
    /// Whom it believes, and by which certificate it says who it is.
    pub tls: ClientTls,
    /// Where it writes down what a restart must know.
    pub state_dir: PathBuf,
    /// Where it answers inferences.
    pub listen: SocketAddr,
    /// Whether it registers its node, by its fingerprint. Without, an operator has done so.
    pub register: Option<Registration>,
    /// Other nodes by name, with where their agents listen: it looks whether they answer.
    pub neighbours: BTreeMap<String, SocketAddr>,
    /// Time between two reports. A region takes a node for silent after 30 s: two may be lost.
    pub report_every: Duration,
    /// How it hears what is placed here.
    pub orders: OrdersPace,
    /// By what it proves itself; `None`: it does not.
    pub proof: Option<ProofOptions>,
    /// How long what must be single may go on without the region's word.
    pub autonomy: Duration,
    /// How a version is tried.
    pub tries: Tries,
    /// How it ends.
    pub ending: Ending,
}

/// How an agent hears what is placed on its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrdersPace {
    /// How long the region may wait before it says that nothing else is placed here.
    pub wait: Duration,
    /// Pause before it is asked again where it gave no answer, or cannot wait.
    pub pause: Duration,
}

impl Default for OrdersPace {
    /// Under the minute for which most networks remember a silent connection.
    fn default() -> Self {
        Self { wait: Duration::from_secs(50), pause: Duration::from_secs(5) }
    }
}

/// How an agent ends, once it is asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// How long its node may take to be drained; `None`: it is not drained, and what runs there is there again at the next start.
    pub drain: Option<Duration>,
    /// How long inferences under way may take after that.
    pub grace: Duration,
}

impl Default for Ending {
    fn default() -> Self {
        Self { drain: None, grace: Duration::from_secs(10) }
    }
}

/// How a version is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tries {
    /// How often a version may die before the node goes back. The third death is no accident.
    pub max: u32,
    /// Pause after the first failure; it doubles with each.
    pub pause: Duration,
    /// Longest that loading may take: large models come off slow disks.
    pub load_max: Duration,
}

impl Default for Tries {
    fn default() -> Self {
        Self { max: 3, pause: Duration::from_secs(5), load_max: Duration::from_secs(120) }
    }
}

/// What the owner says of a node that registers itself; the rest is measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Registration {
    /// Where it stands.
    pub place: NodePlace,
    /// Whatever else there is to say of it.
    pub labels: BTreeMap<String, String>,
    /// The charge below which work leaves.
    pub battery_reserve_percent: Option<u8>,
}

impl AgentOptions {
    /// An agent of `node` that reports to `server` and keeps what it must know in `state_dir`.
    pub fn new(server: &str, node: &str, state_dir: impl Into<PathBuf>) -> Self {
        Self {
            server: server.into(),
            region: None,
            node: node.into(),
            bearer: None,
            tls: ClientTls::default(),
            state_dir: state_dir.into(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            register: None,
            neighbours: BTreeMap::new(),
            report_every: Duration::from_secs(10),
            orders: OrdersPace::default(),
            proof: None,
            autonomy: Duration::from_secs(24 * 3_600),
            tries: Tries::default(),
            ending: Ending::default(),
        }
    }
}

/// What an agent is made of.
#[derive(Clone)]
pub struct Parts {
    /// Says what the node is and how it fares.
    pub source: Arc<dyn Source>,
    /// Runs models.
    pub runner: Arc<dyn Runner>,
    /// Brings artefacts to the node.
    pub fetcher: Arc<dyn Fetcher>,
    /// Say what time it is.
    pub clocks: Arc<dyn Clocks>,
}
