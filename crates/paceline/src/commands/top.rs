//! `paceline top`: what the tasks of a running server do, in a terminal.

use crate::operate::table::{self, View};
use crate::operate::{Target, top};

/// Follows a running server: its tasks by component, by owner, one by one, or by where they wait.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  paceline top --token-file /run/secrets/paceline-admin
  paceline top --view waits --once

Keys: Tab changes the view, < and > the column that it is sorted by, r the order, Space pauses, q quits.")]
pub(crate) struct TopArgs {
    #[command(flatten)]
    target: Target,
    /// What one row is
    #[arg(long, value_enum, default_value_t = View::Components)]
    view: View,
    /// Print once and end
    #[arg(long)]
    once: bool,
}

/// Most tasks that are printed.
const TASKS: usize = 20_000;

/// Runs the command.
pub(crate) fn run(args: TopArgs) -> anyhow::Result<()> {
    let operator = args.target.operator()?;
    if !args.once {
        return top::run(&operator, args.target.url(), args.view);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let dump = runtime.block_on(operator.fetch(TASKS))?;
    print!("{}", table::text(&dump, args.view, args.view.sorted_by(), false));
    Ok(())
}
