//! `paceline kubernetes record`: a cluster becomes a file that `paceline sim` plays.

use super::which::Cluster;
use anyhow::{Context as _, ensure};
use paceline_kubernetes::client::{self, RecordOptions};
use paceline_kubernetes::record::Mask;
use paceline_model::Millis;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Which cluster, and where to.
#[derive(Debug, clap::Args)]
pub(crate) struct RecordArgs {
    /// The file. One that is there already is gone on with
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    cluster: Cluster,
    /// For how long; until it is asked to end, if left out
    #[arg(long = "for", value_name = "SPAN")]
    lasting: Option<Millis>,
    /// Largest size of the file, in MiB: whoever plays it has it in memory. When it is full, recording ends
    #[arg(long, value_name = "MIB", default_value_t = 1_024, value_parser = clap::value_parser!(u64).range(1..=4_095))]
    size_max: u64,
    /// Write no name of anything: each becomes a hash by the key in this file, which is made if it is not there
    #[arg(long, value_name = "KEYFILE")]
    mask: Option<PathBuf>,
}

/// Bytes of a key.
const KEY_BYTES: usize = 32;

/// Runs the command. Errors: no such cluster, a file that is no record or that somebody else records into.
pub(super) async fn run(args: RecordArgs) -> anyhow::Result<()> {
    let mask = args.mask.as_deref().map_or(Ok(Mask::Off), mask)?;
    let client = args.cluster.connect().await?;
    println!("recording into {}", args.file.display());
    let options = RecordOptions { file: args.file, bytes_max: args.size_max << 20, mask };
    let ended = async {
        match args.lasting {
            Some(span) => tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(span.0.into())) => {}
                () = crate::commands::asked_to_end() => {}
            },
            None => crate::commands::asked_to_end().await,
        }
    };
    let done = client::record(client, options, ended).await?;
    println!("{} lines written; the file has {} bytes", done.lines, done.bytes);
    ensure!(
        !done.is_full,
        "the file is full: what is written can be played, and what came later is not in it"
    );
    ensure!(done.is_complete, "not everything was listed by then: there is nothing to play yet");
    Ok(())
}

/// The key in a file; a new one, where there is none.
fn mask(file: &Path) -> anyhow::Result<Mask> {
    let in_file = || format!("the key in {}", file.display());
    let bytes = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let mut key = [0; KEY_BYTES];
            getrandom::fill(&mut key).with_context(in_file)?;
            let mut new = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(file)
                .with_context(in_file)?;
            new.write_all(&key).with_context(in_file)?;
            key.to_vec()
        }
        Err(error) => return Err(error).with_context(in_file),
    };
    let length = bytes.len();
    let key = <[u8; KEY_BYTES]>::try_from(bytes).ok();
    let key =
        key.with_context(|| format!("{} has {length} bytes, and must have {KEY_BYTES}", file.display()))?;
    Ok(Mask::Keyed(Box::new(key)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_key_is_made_once_for_its_owner_alone_and_read_from_then_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("key");
        let first = mask(&file).expect("a new key").check();
        assert_eq!(std::fs::metadata(&file).expect("it is there").permissions().mode() & 0o777, 0o600);
        assert_eq!(mask(&file).expect("the same key").check(), first);
        assert!(first.is_some());
        std::fs::write(&file, "short").expect("written");
        let error = mask(&file).expect_err("no key").to_string();
        assert!(error.ends_with("has 5 bytes, and must have 32"), "{error}");
    }
}
