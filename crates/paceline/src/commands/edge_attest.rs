//! `paceline edge attest` and `paceline edge enrol`: which nodes have proved what they are and why not, the operator's word, what may be measured,
//! and tokens that let boxes in.

use super::edge_target::{NamedArgs, Target};
use anyhow::Context as _;
use paceline_attest::{Digest, Policy, Reference};
use paceline_client::api::edge::TrustState;
use std::path::{Path, PathBuf};

/// What is to be done about proofs.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Examples:
  paceline edge attest status
  paceline edge attest why box-3
  paceline edge attest readmit box-3
  paceline edge attest allow policy.toml --pcr 4 --digest 9b41… --name 'kernel 6.12.9' --from 2027-02-01T00:00:00Z")]
pub(crate) enum AttestCommand {
    /// List the nodes with where they stand, those that are not trusted first
    Status(Target),
    /// Say how a node came to stand as it does
    Why(NamedArgs),
    /// Let a node in again that has failed and proved itself since, or that two boxes claimed to be
    Readmit(NamedArgs),
    /// Announce a measurement in a file with a reference policy: it is accepted beside those that are listed
    Allow(AllowArgs),
}

/// A measurement that is to be accepted.
#[derive(Debug, clap::Args)]
pub(crate) struct AllowArgs {
    /// The file; it is made if there is none
    policy: PathBuf,
    /// The register
    #[arg(long)]
    pcr: u8,
    /// What is measured, SHA-256 in hexadecimal digits
    #[arg(long)]
    digest: String,
    /// What it is, for people
    #[arg(long, default_value = "")]
    name: String,
    /// Accepted from then on [default: at once]
    #[arg(long)]
    from: Option<jiff::Timestamp>,
    /// Accepted until then [default: for good]
    #[arg(long)]
    until: Option<jiff::Timestamp>,
    /// The others of this register are accepted until then
    #[arg(long)]
    others_until: Option<jiff::Timestamp>,
}

/// A box that is to be let in.
#[derive(Debug, clap::Args)]
pub(crate) struct EnrolArgs {
    #[command(flatten)]
    named: NamedArgs,
    /// Another box takes the place of the one that is enrolled under this name
    #[arg(long)]
    replace: bool,
}

/// Runs the command.
pub(super) async fn run(command: AttestCommand) -> anyhow::Result<()> {
    match command {
        AttestCommand::Status(target) => status(&target).await,
        AttestCommand::Why(args) => why(&args).await,
        AttestCommand::Readmit(args) => {
            args.target.client()?.readmit_node(&args.name).await?;
            why(&args).await
        }
        AttestCommand::Allow(args) => allow(&args),
    }
}

/// Issues a token. It is all that is printed to standard output, so that it may be written to a file.
pub(super) async fn enrol(args: &EnrolArgs) -> anyhow::Result<()> {
    let issued = args.named.target.client()?.issue_token(&args.named.name, args.replace).await?;
    println!("{}", issued.token);
    eprintln!("{}: lets one box in, once, until {}", args.named.name, issued.until);
    Ok(())
}

async fn status(target: &Target) -> anyhow::Result<()> {
    let mut nodes = target.client()?.nodes().await?.rows;
    nodes.sort_by(|a, b| (a.trust.trusted, &a.id).cmp(&(b.trust.trusted, &b.id)));
    println!("{:<20} {:<11} {:<17} {:<24} why not", "node", "state", "TPM", "last proof");
    for node in nodes {
        let of = node.trust;
        let tpm = of.tpm.as_deref().unwrap_or("-");
        let proved = of.proved_at.map_or_else(|| "-".to_owned(), |at| at.to_string());
        let why_not = of.why_not.unwrap_or_default();
        println!("{:<20} {:<11} {tpm:<17} {proved:<24} {why_not}", node.id, word(of.state));
    }
    Ok(())
}

async fn why(args: &NamedArgs) -> anyhow::Result<()> {
    let of = args.target.client()?.node(&args.name).await?.trust;
    println!("{}: {}{}", args.name, word(of.state), if of.trusted { ", trusted" } else { ", not trusted" });
    of.why_not.iter().for_each(|why| println!("{why}"));
    of.reasons.iter().for_each(|step| println!("{} {}: {}", step.at, word(step.state), step.why));
    Ok(())
}

fn word(state: TrustState) -> &'static str {
    paceline_model::edge::TrustState::from(state).as_str()
}

fn allow(args: &AllowArgs) -> anyhow::Result<()> {
    let digest = Digest::parse(&args.digest).context("--digest")?;
    let mut policy = if args.policy.exists() { read(&args.policy)? } else { Policy::default() };
    let known = policy.pcrs.entry(args.pcr).or_default();
    if let Some(until) = args.others_until {
        known.iter_mut().filter(|one| one.digest != digest).for_each(|one| one.until = Some(until));
    }
    known.retain(|one| one.digest != digest);
    known.push(Reference { digest, name: args.name.clone(), from: args.from, until: args.until });
    let policy = policy.validate()?;
    let count = policy.pcrs.get(&args.pcr).map_or(0, Vec::len);
    // Whole or not at all: the server may read it just now.
    let beside = args.policy.with_extension("toml.new");
    std::fs::write(&beside, toml::to_string(&policy)?).with_context(|| beside.display().to_string())?;
    std::fs::rename(&beside, &args.policy).with_context(|| args.policy.display().to_string())?;
    println!("{}: {} measurements of register {} are accepted", args.policy.display(), count, args.pcr);
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<Policy> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    toml::from_str(&text).with_context(|| file.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announced_measurement_stands_beside_the_old_which_get_an_end() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("policy.toml");
        let args = |digest: &str, others_until: Option<&str>| AllowArgs {
            policy: file.clone(),
            pcr: 4,
            digest: digest.repeat(32),
            name: String::new(),
            from: None,
            until: None,
            others_until: others_until.map(|text| text.parse().expect("a time")),
        };
        allow(&args("01", None)).expect("the first");
        allow(&args("02", Some("2027-03-01T00:00:00Z"))).expect("beside it");
        allow(&args("02", None)).expect("once more");
        let policy = read(&file).expect("a policy");
        let ends: Vec<_> = policy.pcrs[&4].iter().map(|one| (one.digest.0[0], one.until.is_some())).collect();
        assert_eq!(ends, [(1, true), (2, false)]);
        assert!(allow(&AllowArgs { pcr: 30, ..args("03", None) }).is_err());
        assert!(allow(&AllowArgs { digest: "x".into(), ..args("03", None) }).is_err());
    }
}
