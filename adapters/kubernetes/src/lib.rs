//! A Kubernetes cluster scheduled by Paceline: which node takes which pod.
//!
//! Data goes one way: what the API server says (`cluster`: a mirror of it) is judged by the rules of its API (`rules`), a round decides
//! (`decide`), and with the feature `client` the decision reaches the cluster (`client`). All but `client` does no I/O, reads no clock and
//! gives the same answer for the same cluster. `record` is what a cluster said, to be played again without it. `check` judges bindings by the same rules, written a second time from the API's text.
//!
//! Left out on purpose: what is listed in `docs/kubernetes.md` as refused. A pod that needs one of these waits, and is told so.

pub mod amount;
pub mod check;
#[cfg(feature = "client")]
pub mod client;
pub mod cluster;
pub mod decide;
pub mod expression;
pub mod limits;
pub mod record;
pub mod rules;
