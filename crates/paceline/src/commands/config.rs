//! `paceline config check`: says what would hold, or what is wrong, without serving.

use crate::config::{Config, RegionKind};
use anyhow::Context as _;
use clap::Subcommand;
use std::path::PathBuf;

/// What to do with a configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Read file and environment, check every value, open the road network, print what holds
    Check {
        /// The file [default: paceline.toml, if it is there]
        file: Option<PathBuf>,
    },
}

/// Runs the command.
pub(crate) fn run(command: ConfigCommand) -> anyhow::Result<()> {
    let ConfigCommand::Check { file } = command;
    let config = Config::load(file.as_deref())?;
    let mut networks = Vec::new();
    for (name, region) in config.all_regions()? {
        let own = match region.kind {
            RegionKind::Fleet => None,
            RegionKind::Edge => Some("edge nodes"),
            RegionKind::Bikes => Some("shared bikes"),
            RegionKind::Federation => Some("clusters"),
        };
        if let Some(own) = own {
            networks.push(format!("{name}: {own}"));
            continue;
        }
        let roads =
            super::road::open(region.streets()?).with_context(|| format!("the roads of region {name}"))?;
        networks.push(format!("{name}: {} nodes, {} edges", roads.node_count(), roads.edge_count()));
    }
    print!("{}", toml::to_string_pretty(&config).context("printing the configuration")?);
    eprintln!("sound; {}", networks.join("; "));
    Ok(())
}
