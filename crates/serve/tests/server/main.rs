//! A server as its clients meet it. One binary: each costs a link of a whole server. What is measured by the clock, or asks for a
//! feature, has a binary of its own beside this folder.

#[path = "../common/authority.rs"]
mod authority;
#[path = "../common/mod.rs"]
mod common;
#[path = "../common/issuer.rs"]
mod issuer;
#[path = "../common/tap.rs"]
mod tap;
#[path = "../common/walk.rs"]
mod walk;

mod artefact_links;
mod artefacts;
mod attestation;
mod attestation_restart;
mod bad_input;
mod bikes;
mod bikes_feed;
mod bikes_streets;
mod certificates;
mod deploy;
mod disk;
mod document;
mod doors;
mod edge;
mod edge_defragmentation;
mod edge_link;
mod edge_placements;
mod edge_policy;
mod edge_rollouts;
mod federation;
mod gbfs;
mod hand_overs;
mod link;
mod lists;
mod loose;
mod overload;
mod packed;
mod policy;
mod regions;
mod road;
mod rooms;
mod scrape;
mod sense;
mod service;
mod stalled;
mod tls;
mod tokens;
mod traffic;
mod verifier;
mod wire;
