//! The binary as its users run it: commands to their end, servers and agents. One test binary; what kills servers under load has
//! one of its own beside this folder.

#[path = "../../../serve/tests/common/authority.rs"]
mod authority;
#[path = "../common/mod.rs"]
mod common;
#[path = "../../../artefact/tests/made/mod.rs"]
mod made;
#[path = "../../../agent/tests/common/soft_box.rs"]
mod soft_box;

mod agent;
mod artefacts;
mod bike_feeds;
mod bikes;
mod bikes_record;
mod city;
mod config;
mod edge;
mod edge_tpms;
mod gate;
mod keys;
mod kubernetes_record;
mod operate;
mod regions;
mod tls;
