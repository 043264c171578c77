//! A server as its clients meet it. One binary: each costs a link of a whole server. What looks at state of the whole process, such as its
//! counters, its memory or its descriptors, has a binary of its own beside this folder.

#[path = "../common/authority.rs"]
mod authority;
#[path = "../common/mod.rs"]
mod common;
#[path = "../common/issuer.rs"]
mod issuer;
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
mod document;
mod doors;
mod edge;
mod edge_defragmentation;
mod edge_placements;
mod edge_policy;
mod edge_rollouts;
mod federation;
mod gbfs;
mod hand_overs;
mod link;
mod lists;
mod packed;
mod policy;
mod regions;
mod road;
mod sense;
mod service;
mod tls;
mod tokens;
mod traffic;
mod verifier;
mod wire;
