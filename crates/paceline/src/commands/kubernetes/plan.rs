//! `paceline kubernetes plan`: which pods would have to move so that others get a node, what that costs, and, where that is asked for, the moves.

use super::which::Cluster;
use anyhow::{Context as _, bail, ensure};
use paceline_kubernetes::client::{self, Done, Ended, MoveOptions, owned};
use paceline_kubernetes::cluster::{self, Change, Heard, PodKey, Version};
use paceline_kubernetes::decide::moves::{Move, NoPlan, Plan, plan};
use paceline_serve::Clock;
use std::collections::BTreeMap;

/// For whom, and how much may move.
#[derive(Debug, clap::Args)]
pub(crate) struct PlanArgs {
    /// The pod, as `namespace/name`, or `name` in the namespace `default` [default: all that wait]
    pod: Option<String>,
    #[command(flatten)]
    cluster: Cluster,
    /// For a pod that is not there yet, of priority 0, and asks for this, such as `cpu=4,memory=8Gi,nvidia.com/gpu=1`
    #[arg(long = "for", value_name = "REQUESTS", conflicts_with_all = ["pod", "carry_out"], value_parser = requests)]
    wanted: Option<Requests>,
    /// Moves for one pod at most
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100))]
    moves: u16,
    /// Make the moves for the pod, one after the other; without it nothing moves
    #[arg(long, requires = "pod")]
    carry_out: bool,
    /// Moves in a minute at most
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=60))]
    per_minute: u32,
}

/// How much of each resource.
type Requests = BTreeMap<String, String>;

/// What a pod is called that is not there yet.
const NOT_THERE: &str = "wanted";

fn requests(text: &str) -> Result<Requests, String> {
    let one = |part: &str| {
        let (name, amount) =
            part.split_once('=').ok_or("must be RESOURCE=AMOUNT, with commas between them")?;
        let amount = amount.trim();
        paceline_kubernetes::amount::Amount::read(amount).map_err(|error| format!("{name}: {error}"))?;
        Ok((name.trim().to_owned(), amount.to_owned()))
    };
    text.split(',').map(one).collect()
}

/// Runs the command. Errors: no such cluster or pod; with `--carry-out` also that the pod has no node in the end.
pub(super) async fn run(args: PlanArgs) -> anyhow::Result<()> {
    let client = args.cluster.connect().await?;
    let listed = client::look(&client).await.context("reading the cluster")?;
    let owned = owned(&listed);
    let mut cluster = listed.cluster;
    let asked = match (&args.pod, &args.wanted) {
        (Some(name), _) => {
            let (namespace, name) = name.split_once('/').unwrap_or(("default", name));
            vec![PodKey::new(namespace, name)]
        }
        (None, Some(wanted)) => vec![put(&mut cluster, wanted)?],
        (None, None) => cluster
            .pods()
            .filter(|(key, pod)| cluster.is_waiting(key, pod))
            .map(|(key, _)| key.clone())
            .collect(),
    };
    if asked.is_empty() {
        println!("no pod waits for a node");
    }
    for key in &asked {
        ensure!(cluster.pod(key).is_some(), "no pod is called {key}");
        show(key, plan(&cluster, &owned, key, args.moves.into()));
    }
    match (&asked[..], args.carry_out) {
        ([pod], true) => {
            let (moves_max, per_minute) = (args.moves.into(), args.per_minute);
            carry_out(&client, MoveOptions { pod: pod.clone(), moves_max, per_minute }).await
        }
        _ => Ok(()),
    }
}

/// Puts a pod into the cluster that asks for this.
fn put(cluster: &mut cluster::Cluster, requests: &Requests) -> anyhow::Result<PodKey> {
    let container = serde_json::json!({ "name": "main", "resources": { "requests": requests } });
    let of = serde_json::from_value(serde_json::json!({
        "metadata": { "name": NOT_THERE, "namespace": "", "uid": NOT_THERE },
        "spec": { "containers": [container] },
    }))?;
    let key = PodKey::new("", NOT_THERE);
    cluster.hear(Change::Pod(Heard::Put(key.clone(), Version::read(None), cluster::Pod::read(&of))));
    Ok(key)
}

fn show(key: &PodKey, planned: Result<Plan, NoPlan>) {
    let name = if key.namespace.is_empty() { "A pod that asks for this".to_owned() } else { key.to_string() };
    match planned {
        Err(no) => println!("{name}: {no}"),
        Ok(Plan { node, moves }) if moves.is_empty() => {
            println!("{name}: there is a place on {node}; nobody has to move.")
        }
        Ok(Plan { node, moves }) => {
            println!(
                "{name} gets {node} once {} moved:",
                if moves.len() == 1 { "this has".into() } else { format!("these {} have", moves.len()) }
            );
            println!(
                "  {:<36} {:<20} {:<28} {:>8} {:>8} {:>9}  budgets",
                "pod", "to", "owner", "priority", "restarts", "ran"
            );
            moves.iter().for_each(|one| println!("  {}", line(one)));
        }
    }
}

fn line(one: &Move) -> String {
    let now_s = Clock::Real.now().0 / 1_000;
    let ran_s = now_s.saturating_sub(u64::try_from(one.created_s).unwrap_or(0));
    let budgets: Vec<_> = one.budgets.iter().map(|(name, left)| format!("{name}: {left} left")).collect();
    let budgets = if budgets.is_empty() { "none".to_owned() } else { budgets.join(", ") };
    format!(
        "{:<36} {:<20} {:<28} {:>8} {:>8} {:>8}s  {budgets}",
        one.pod.to_string(),
        one.to,
        one.owned.owner,
        one.priority,
        one.owned.containers,
        ran_s
    )
}

async fn carry_out(client: &client::Client, options: MoveOptions) -> anyhow::Result<()> {
    let pod = options.pod.clone();
    let mut tell = |done: &Done| match done {
        Done::Cordoned(node) => println!("{node} takes no other pod meanwhile (cordoned)"),
        Done::Uncordoned(node) => println!("{node} takes pods again"),
        Done::Moved(one, true) => println!(
            "{} was evicted from {}, and {} has another in its stead",
            one.pod, one.from, one.owned.owner
        ),
        Done::Moved(one, false) => {
            println!("{} was evicted from {}; the one in its stead is not bound yet", one.pod, one.from)
        }
    };
    match client::carry_out(client, &options, crate::commands::asked_to_end(), &mut tell).await? {
        Ended::Bound(node) => println!("{pod} runs on {node}"),
        Ended::Asked => bail!("asked to end: {pod} may wait still; what was moved stays where it is"),
        Ended::Stopped(why) => bail!("{pod} was left as it is: {why}"),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_and_what_is_none_is_refused_by_name() {
        let read = requests("cpu=4, memory=8Gi,nvidia.com/gpu=1").expect("three of them");
        let read: Vec<_> = read.iter().map(|(name, amount)| (name.as_str(), amount.as_str())).collect();
        assert_eq!(read, [("cpu", "4"), ("memory", "8Gi"), ("nvidia.com/gpu", "1")]);
        assert!(requests("cpu").expect_err("no amount").contains("RESOURCE=AMOUNT"));
        assert!(requests("cpu=many").expect_err("no number").starts_with("cpu: \"many\" is no quantity"));
    }

    #[test]
    fn a_pod_that_is_not_there_waits_for_a_node() {
        let mut cluster = cluster::Cluster::default();
        let key = put(&mut cluster, &requests("cpu=4").expect("one")).expect("a pod");
        assert!(cluster.is_waiting(&key, cluster.pod(&key).expect("it is there")));
        assert!(matches!(plan(&cluster, &BTreeMap::new(), &key, 1), Err(NoPlan::NoHelp(_))));
    }
}
