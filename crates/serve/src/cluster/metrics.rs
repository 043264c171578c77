//! What is measured of a server's part in its cluster.

use super::routes::Routes;
use crate::metrics::from_zero;
use paceline_cluster::Member;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// How a region came or went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(super) enum Move {
    /// It began to run here.
    Opened,
    /// It could not be opened.
    Failed,
    /// It was given to another server.
    GivenAway,
    /// Another server had its log, or its part here broke.
    Lost,
}

/// What came of sending a request on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(super) enum Sent {
    Answered,
    NotDone,
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByMove {
    change: Move,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BySent {
    outcome: Sent,
}

/// A server's part in its cluster.
#[derive(Clone, Default)]
pub(crate) struct ClusterMetrics {
    running: Gauge,
    followed: Gauge,
    unowned: Gauge,
    servers: Gauge,
    moves: Family<ByMove, Counter>,
    pub(super) unread: Counter,
    sent: Family<BySent, Counter>,
    pub(super) refused: Counter,
}

impl ClusterMetrics {
    pub(crate) fn registered(r: &mut Registry) -> Self {
        let metrics = Self::default();
        metrics.register(r);
        metrics
    }

    fn register(&self, r: &mut Registry) {
        r.register("cluster_regions_running", "Regions that this server runs", self.running.clone());
        let followed = "Regions that this server replays beside their owner";
        r.register("cluster_regions_followed", followed, self.followed.clone());
        let unowned = "Regions that no server runs, as far as this one knows";
        r.register("cluster_regions_unowned", unowned, self.unowned.clone());
        let servers = "Servers of the cluster that were heard lately";
        r.register("cluster_servers_alive", servers, self.servers.clone());
        r.register("cluster_moves", "Regions that came here or went", self.moves.clone());
        let unread = "Times that the table of owners could not be asked";
        r.register("cluster_table_failures", unread, self.unread.clone());
        r.register("cluster_forwards", "Requests sent on to another server", self.sent.clone());
        let refused = "Requests told to come back, as their region was changing hands";
        r.register("cluster_requests_refused", refused, self.refused.clone());
        let moves = [Move::Opened, Move::Failed, Move::GivenAway, Move::Lost];
        from_zero(&self.moves, moves.map(|change| ByMove { change }));
        from_zero(
            &self.sent,
            [Sent::Answered, Sent::NotDone, Sent::Unknown].map(|outcome| BySent { outcome }),
        );
    }

    pub(super) fn moved(&self, change: Move) {
        self.moves.get_or_create(&ByMove { change }).inc();
    }

    pub(super) fn sent(&self, outcome: Sent) {
        self.sent.get_or_create(&BySent { outcome }).inc();
    }

    pub(super) fn see(&self, member: &Member, routes: &Routes) {
        self.unowned.set(routes.unowned() as i64);
        self.running.set(member.running().count() as i64);
        self.followed.set(member.following().count() as i64);
        let alive = member.table().servers.keys().filter(|server| member.is_alive(server));
        self.servers.set(alive.count() as i64);
    }
}
