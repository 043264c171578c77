//! `paceline demo`: the server, and a simulated city that speaks to it over its own HTTP API. `fleet` plays a day of riders and vehicles, `bikes`
//! days of shared bikes.

mod args;
mod bikes;
mod fleet;
mod show;

pub(crate) use args::DemoArgs;

use anyhow::Context as _;
use paceline_sim::Scenario;
use paceline_sim::bikes::BikesScenario;

/// Runs the command.
pub(crate) fn run(args: DemoArgs) -> anyhow::Result<()> {
    super::log("warn");
    let usual = if args.bikes { "data/bikes/oslo/scenario.toml" } else { "data/manhattan/scenario.toml" };
    let file = args.scenario.clone().unwrap_or_else(|| usual.into());
    let named = || {
        let file = file.display();
        format!("the demo needs {file}: run it from the project's folder, or name one with --scenario")
    };
    // What cannot be read is told by whoever reads it as a scenario.
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if args.bikes || BikesScenario::is_one(&text) {
        let scenario = BikesScenario::load(&file).with_context(named)?;
        return runtime.block_on(bikes::demo(&args, &scenario));
    }
    let scenario = Scenario::load(&file).with_context(named)?;
    runtime.block_on(fleet::demo(&args, &scenario))
}
