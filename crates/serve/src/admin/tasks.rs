//! `/debug/tasks`: every task there is, by component and owner. As JSON; as text for a terminal; folded, one line for each
//! kind of wait, for flame graphs. Reading stops no task.

use super::app::AdminApp;
use crate::problem::Problem;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use paceline_supervise::{Component, Owner, Registry, TaskRow, TaskState};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What is asked for.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    #[serde(default)]
    format: Format,
    /// Only this component.
    component: Option<String>,
    /// Only this owner.
    owner: Option<String>,
    /// Only tasks in this state.
    state: Option<String>,
    /// Most tasks shown; all are counted.
    limit: Option<usize>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Format {
    #[default]
    Json,
    Text,
    Folded,
}

/// Tasks shown unless told otherwise: some 3 MB of JSON.
const SHOWN: usize = 10_000;

/// All tasks at one moment.
#[derive(Serialize)]
pub(super) struct Tree {
    /// Tasks that live, shown or not.
    live: u64,
    /// Tasks shown.
    shown: usize,
    components: Vec<Branch>,
}

#[derive(Serialize)]
struct Branch {
    #[serde(flatten)]
    component: Component,
    owners: Vec<Twig>,
}

#[derive(Serialize)]
struct Twig {
    /// What kind of entity.
    scope: &'static str,
    /// Which one.
    owner: Option<Owner>,
    tasks: Vec<TaskRow>,
}

pub(super) async fn show(
    State(admin): State<AdminApp>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let registry = admin.supervisor.registry();
    let format = asked.format;
    // With a million tasks this takes a second, which belongs on a thread of its own.
    let body = admin.aside("tasks", move || match format {
        Format::Json => serde_json::to_string(&Tree::of(&registry, &asked)).unwrap_or_default(),
        Format::Text => Tree::of(&registry, &asked).text(),
        Format::Folded => folded(&registry, &asked),
    });
    let kind = match format {
        Format::Json => "application/json",
        Format::Text | Format::Folded => "text/plain; charset=utf-8",
    };
    Ok(([(header::CONTENT_TYPE, kind)], body.await?).into_response())
}

impl Asked {
    /// The first so many tasks of all.
    pub(super) fn first(limit: usize) -> Self {
        Self { limit: Some(limit), ..Self::default() }
    }
    fn wants(&self, row: &TaskRow) -> bool {
        let owner = row.owner.as_ref().map(Owner::as_str);
        self.component.as_deref().is_none_or(|component| row.component == component)
            && self.owner.as_deref().is_none_or(|wanted| owner == Some(wanted))
            && self.state.as_deref().is_none_or(|state| state_name(row.state) == state)
    }
}

impl Tree {
    pub(super) fn of(registry: &Registry, asked: &Asked) -> Self {
        let limit = asked.limit.unwrap_or(SHOWN);
        let components = registry.components();
        let mut rows: BTreeMap<(&'static str, &'static str, Option<Owner>), Vec<TaskRow>> = BTreeMap::new();
        let mut shown = 0;
        registry.for_each(|row| {
            if shown < limit && asked.wants(&row) {
                shown += 1;
                rows.entry((row.component, row.scope, row.owner.clone())).or_default().push(row);
            }
        });
        let live = components.iter().map(Component::live).sum();
        let mut branches: Vec<Branch> =
            components.into_iter().map(|component| Branch { component, owners: Vec::new() }).collect();
        for ((component, scope, owner), mut tasks) in rows {
            tasks.sort_by_key(|task| task.id);
            let branch = branches.iter_mut().find(|branch| branch.component.name == component);
            // A component that came between the two looks is shown next time.
            if let Some(branch) = branch {
                branch.owners.push(Twig { scope, owner, tasks });
            }
        }
        Self { live, shown, components: branches }
    }

    fn text(&self) -> String {
        let mut text = format!("{} tasks, {} shown\n", self.live, self.shown);
        for Branch { component, owners } in &self.components {
            let Component { name, active, idle, blocked, .. } = component;
            _ = writeln!(text, "\n{name}: {active} active, {idle} idle, {blocked} blocked");
            for Twig { scope, owner, tasks } in owners {
                let indent = match owner {
                    Some(owner) => {
                        _ = writeln!(text, "  {scope} {owner}");
                        "    "
                    }
                    None => "  ",
                };
                for task in tasks {
                    _ = writeln!(text, "{indent}{}", line(task));
                }
            }
        }
        text
    }
}

/// As in JSON.
pub(super) fn state_name(state: TaskState) -> &'static str {
    match state {
        TaskState::Active => "active",
        TaskState::Idle => "idle",
        TaskState::Blocked => "blocked",
    }
}

/// A task in one line.
fn line(task: &TaskRow) -> String {
    let state = if task.stuck { "stuck" } else { state_name(task.state) };
    let at = match task.at {
        Some(at) => format!("at \"{}\" ({}) for {}", at.name, at.location, span(at.for_ms)),
        None => format!("for {}", span(task.state_for_ms)),
    };
    let TaskRow { id, name, location, contract, age_ms, polls, busy_ms, .. } = task;
    format!(
        "#{id} {name} [{contract}] {state} {at}; spawned at {location} {} ago, {polls} polls, {busy_ms} ms busy",
        span(*age_ms)
    )
}

fn span(ms: u64) -> String {
    match ms {
        0..10_000 => format!("{ms} ms"),
        10_000..600_000 => format!("{} s", ms / 1_000),
        600_000..36_000_000 => format!("{} min", ms / 60_000),
        _ => format!("{} h", ms / 3_600_000),
    }
}

/// `component;scope;task;state;await point count`: what inferno, flamegraph.pl and speedscope read.
fn folded(registry: &Registry, asked: &Asked) -> String {
    let mut stacks: BTreeMap<String, u64> = BTreeMap::new();
    registry.for_each(|row| {
        if !asked.wants(&row) {
            return;
        }
        let at = row.at.map_or("(no named place)", |at| at.name);
        let frames = [row.component, row.scope, row.name, state_name(row.state), at];
        // A name with a separator in it would be read as two.
        let stack = frames.map(|frame| frame.replace(';', ",")).join(";");
        *stacks.entry(stack).or_default() += 1;
    });
    stacks.iter().map(|(stack, count)| format!("{stack} {count}\n")).collect()
}
