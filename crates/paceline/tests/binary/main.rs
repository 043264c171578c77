//! The binary as its users run it: commands to their end, servers and agents. One test binary; what kills servers or times a dozen of
//! agents has one of its own beside this folder.

#[path = "../../../serve/tests/common/authority.rs"]
mod authority;
#[path = "../common/mod.rs"]
mod common;
#[path = "../../../artefact/tests/made/mod.rs"]
mod made;

mod agent;
mod artefacts;
mod bike_feeds;
mod bikes;
mod bikes_record;
mod city;
mod config;
mod edge;
mod gate;
mod keys;
mod operate;
mod regions;
mod tls;
