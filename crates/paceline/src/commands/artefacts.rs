//! `paceline artefacts`: signs models, hands them to a server, fetches and checks them.

use super::edge_target::Target;
use anyhow::Context as _;
use paceline_artefact::{
    Absent, Fetcher, SecretKey, Signed, Source, Store, TrustedKeys, Variant, Verified, pack,
};
use paceline_client::Client;
use paceline_model::edge::ArtefactDigest;
use std::fs::File;
use std::io::{BufReader, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Sign models, hand them to a server, fetch and check them. Only chunks that are missing travel, either way.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Examples:
  paceline artefacts keys new release.secret --comment 'release desk' >> trusted.keys
  paceline artefacts pack detector.onnx --model detector --version 2.0.0 --precision int8 --key release.secret --store packed
  paceline artefacts push blake3:2c26… --store packed
  paceline artefacts list
  paceline artefacts fetch blake3:2c26… --trusted trusted.keys --store fetched --output detector.onnx
  paceline artefacts verify --store fetched --trusted trusted.keys")]
pub(crate) enum ArtefactsCommand {
    /// Make keys that sign, and show those that are trusted
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Cut a file into chunks, describe it, sign that, and keep both in a directory
    #[command(disable_version_flag = true)]
    Pack(PackArgs),
    /// Hand an artefact that was packed to a server: its manifest, and the chunks that the server does not have
    Push(PushArgs),
    /// List the artefacts of a server
    List(Target),
    /// Fetch an artefact into a directory: what is missing of it
    Fetch(FetchArgs),
    /// Hold all that is kept in a directory against its manifests and the keys
    Verify(VerifyArgs),
    /// Remove an artefact from a server, with the chunks that no other one names
    Remove(RemoveArgs),
}

/// Keys that sign artefacts.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum KeysCommand {
    /// Write a new secret key to a file, and print the line by which others trust it
    New(NewKeyArgs),
    /// Print the keys of a file
    List {
        /// The file of trusted keys
        file: PathBuf,
    },
}

/// A new key.
#[derive(Debug, clap::Args)]
pub(crate) struct NewKeyArgs {
    /// The file that the secret is written to; it must not be there
    file: PathBuf,
    /// What people call the key
    #[arg(long, default_value = "")]
    comment: String,
}

/// A directory of artefacts.
#[derive(Debug, clap::Args)]
struct StoreArgs {
    /// The directory that artefacts are kept in; made if absent
    #[arg(long, default_value = "paceline-artefacts")]
    store: PathBuf,
    /// Most bytes of chunks that are kept in it
    #[arg(long, default_value_t = 100 << 30)]
    bytes_max: u64,
}

/// A file to pack.
#[derive(Debug, clap::Args)]
pub(crate) struct PackArgs {
    /// The file
    file: PathBuf,
    /// The model that it is
    #[arg(long)]
    model: String,
    /// Its version, such as 2.0.0
    #[arg(long)]
    version: String,
    /// What it computes in: fp32, bf16, fp16, int8, int4
    #[arg(long)]
    precision: String,
    /// The secret key that signs it
    #[arg(long)]
    key: PathBuf,
    #[command(flatten)]
    store: StoreArgs,
}

/// An artefact to hand over.
#[derive(Debug, clap::Args)]
pub(crate) struct PushArgs {
    /// Its name, as `pack` printed it
    artefact: ArtefactDigest,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    target: Target,
}

/// An artefact to fetch.
#[derive(Debug, clap::Args)]
pub(crate) struct FetchArgs {
    /// Its name
    artefact: ArtefactDigest,
    /// The file of keys whose signatures are believed
    #[arg(long)]
    trusted: PathBuf,
    /// Others that may have it, which are asked first, in this order; the server last
    #[arg(long)]
    neighbour: Vec<String>,
    /// Write the file there once it is whole
    #[arg(long)]
    output: Option<PathBuf>,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    target: Target,
}

/// What to check.
#[derive(Debug, clap::Args)]
pub(crate) struct VerifyArgs {
    /// The file of keys whose signatures are believed
    #[arg(long)]
    trusted: PathBuf,
    #[command(flatten)]
    store: StoreArgs,
}

/// An artefact to remove.
#[derive(Debug, clap::Args)]
pub(crate) struct RemoveArgs {
    /// Its name
    artefact: ArtefactDigest,
    #[command(flatten)]
    target: Target,
}

impl StoreArgs {
    fn open(&self) -> anyhow::Result<Arc<Store>> {
        Ok(Arc::new(Store::open(&self.store, self.bytes_max)?))
    }
}

/// Runs the command.
pub(crate) fn run(command: ArtefactsCommand) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match command {
        ArtefactsCommand::Keys(KeysCommand::New(args)) => new_key(&args),
        ArtefactsCommand::Keys(KeysCommand::List { file }) => list_keys(&file),
        ArtefactsCommand::Pack(args) => pack_file(&args),
        ArtefactsCommand::Push(args) => runtime.block_on(push(&args)),
        ArtefactsCommand::List(target) => runtime.block_on(list(&target.client()?)),
        ArtefactsCommand::Fetch(args) => runtime.block_on(fetch(&args)),
        ArtefactsCommand::Verify(args) => verify(&args),
        ArtefactsCommand::Remove(args) => runtime.block_on(async {
            let removed = args.target.client()?.remove_artefact(&args.artefact.to_string()).await?;
            println!("{} bytes are free again", removed.freed_bytes);
            Ok(())
        }),
    }
}

fn new_key(args: &NewKeyArgs) -> anyhow::Result<()> {
    let key = SecretKey::generate()?;
    let mut options = File::options();
    let file = options.write(true).create_new(true).mode(0o600).open(&args.file);
    let mut file = file.with_context(|| format!("making {}", args.file.display()))?;
    file.write_all(key.reveal().as_bytes()).and_then(|()| file.sync_all())?;
    eprintln!("The secret is in {}: whoever has it can release models.", args.file.display());
    print!("{}", key.public(&args.comment).line());
    Ok(())
}

fn list_keys(file: &Path) -> anyhow::Result<()> {
    for key in trusted(file)?.iter() {
        println!("{}  {}", key.id(), key.comment);
    }
    Ok(())
}

fn trusted(file: &Path) -> anyhow::Result<TrustedKeys> {
    TrustedKeys::read(&read(file)?).with_context(|| format!("reading {}", file.display()))
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))
}

fn pack_file(args: &PackArgs) -> anyhow::Result<()> {
    let variant = Variant::parse(&args.model, &args.version, &args.precision)?;
    let key =
        SecretKey::read(&read(&args.key)?).with_context(|| format!("reading {}", args.key.display()))?;
    let file = File::open(&args.file).with_context(|| format!("reading {}", args.file.display()))?;
    let store = args.store.open()?;
    let before = store.bytes();
    let manifest = pack(BufReader::new(file), variant, |digest, bytes| store.put_chunk(&digest, bytes))?;
    store.settle()?;
    let artefact = store.put_manifest(&Signed::new(&manifest, &key)?)?;
    let (bytes, chunks, new) = (manifest.length(), manifest.chunks().len(), store.bytes() - before);
    eprintln!("{}: {bytes} bytes in {chunks} chunks, {new} bytes of them new here", manifest.variant);
    println!("{artefact}");
    Ok(())
}

async fn push(args: &PushArgs) -> anyhow::Result<()> {
    let (store, client) = (args.store.open()?, args.target.client()?);
    let signed = store.manifest(&args.artefact)?;
    let manifest = signed.unverified()?;
    let name = args.artefact.to_string();
    let mut sent = 0;
    loop {
        let taken = client.put_artefact(&name, signed.encode()).await?;
        if taken.missing.is_empty() {
            break;
        }
        let object = paceline_artefact::Object::new(store.clone(), args.artefact, Arc::new(manifest.clone()));
        let chunks = manifest.chunks().iter().enumerate();
        let missing: std::collections::BTreeSet<&str> = taken.missing.iter().map(String::as_str).collect();
        for (index, _) in chunks.filter(|(_, chunk)| missing.contains(chunk.digest.to_string().as_str())) {
            let bytes = object.chunk(index)?;
            sent += bytes.len();
            client.post_chunk(&name, bytes).await?;
        }
    }
    println!("{name}: {} bytes, {sent} of them sent", manifest.length());
    Ok(())
}

async fn list(client: &Client) -> anyhow::Result<()> {
    for of in client.artefacts().await? {
        let state = match of.missing_bytes {
            0 => "whole".to_owned(),
            missing => format!("{missing} bytes missing"),
        };
        let precision = paceline_model::edge::Precision::from(of.precision);
        println!(
            "{}  {} {} {precision}  {} bytes  by {}  {state}",
            of.artefact,
            of.model,
            of.version,
            of.bytes,
            of.signed_by.join(" ")
        );
    }
    Ok(())
}

async fn fetch(args: &FetchArgs) -> anyhow::Result<()> {
    let (store, keys) = (args.store.open()?, Arc::new(trusted(&args.trusted)?));
    let neighbours = args.neighbour.iter().map(|base| args.target.source(base));
    let mut sources: Vec<Source> = neighbours.collect::<anyhow::Result<_>>()?;
    sources.push(args.target.server()?);
    let fetched = Fetcher::new(store.clone(), keys.clone()).fetch(args.artefact, &sources, &[]).await?;
    let (manifest, counts) = (&fetched.manifest, fetched.counts);
    println!("{}: {} bytes, {} of them fetched", manifest.variant, manifest.length(), counts.received);
    if let Some(output) = &args.output {
        store.open_object(&args.artefact, &keys)?.write_to(output)?;
    }
    Ok(())
}

fn verify(args: &VerifyArgs) -> anyhow::Result<()> {
    let (store, keys) = (args.store.open()?, trusted(&args.trusted)?);
    let mut wrong = 0;
    for artefact in store.artefacts()? {
        let verified = store.verified(&artefact, &keys);
        let said = match verified.and_then(|Verified { manifest, .. }| {
            let missing = store.verify(&artefact, &manifest)?;
            Ok((manifest, missing))
        }) {
            Ok((manifest, missing)) if missing.is_empty() => format!("{}: whole", manifest.variant),
            Ok((manifest, missing)) => {
                wrong += 1;
                let Absent { bytes, .. } = store.absent(&manifest)?;
                format!("{}: {} chunks of {bytes} bytes are missing", manifest.variant, missing.len())
            }
            Err(error) => {
                wrong += 1;
                error.to_string()
            }
        };
        println!("{artefact}  {said}");
    }
    anyhow::ensure!(wrong == 0, "{wrong} artefacts are not whole, or not signed by a trusted key");
    Ok(())
}
