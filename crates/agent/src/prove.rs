//! The node proves itself: once by a token, by which its TPM's keys are enrolled, then again and again by a quote over a fresh challenge. What fails is
//! tried again; a proof that did not get through costs nothing but time.

use crate::disk_thread::Disk;
use crate::tpm::{Tpm, TpmAddress, TpmError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use paceline_client::api::edge::{ChallengeView, NewNodeKeys, NewProof, OpenedCredential};
use paceline_client::{Client, ClientError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Pause after something failed: of three proofs in the time that one is good for, none is lost to a short break.
const AGAIN_AFTER: Duration = Duration::from_secs(5);
/// Largest log of a start that is sent; the verifier reads no more.
const LOG_BYTES_MAX: u64 = 256 * 1024;

/// By what a node proves itself.
#[derive(Clone, Debug)]
pub struct ProofOptions {
    /// Its TPM.
    pub tpm: TpmAddress,
    /// The log of its start: `/sys/kernel/security/tpm0/binary_bios_measurements`.
    pub log: PathBuf,
    /// A file with the token that lets it in. It is removed once the node is enrolled.
    pub token: Option<PathBuf>,
    /// The endorsement key's certificate and those above it but for the root, in DER, the key's own first.
    pub endorsement_chain: Vec<PathBuf>,
}

/// Why the node could not prove itself.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProofError {
    #[error(transparent)]
    Tpm(#[from] TpmError),
    #[error(transparent)]
    Region(#[from] ClientError),
    #[error("{}: {cause}", file.display())]
    File { file: PathBuf, cause: io::Error },
    #[error("{0} of the region's answer cannot be read")]
    Answer(&'static str),
    #[error("the agent ends")]
    Ending,
}

/// Proves a node.
pub(crate) struct Prover {
    client: Client,
    node: String,
    options: ProofOptions,
    /// A thread of its own: a TPM may take a second, and no disk waits for it.
    thread: Disk,
}

impl Prover {
    pub(crate) fn new(client: Client, node: &str, options: ProofOptions, thread: Disk) -> Self {
        Self { client, node: node.to_owned(), options, thread }
    }

    /// Goes on until it is dropped. What fails is said once, until it goes well again.
    pub(crate) async fn run(self) {
        let mut quiet = false;
        loop {
            let next = match self.turn().await {
                Ok(every) => {
                    quiet = false;
                    every
                }
                Err(error) => {
                    if !std::mem::replace(&mut quiet, true) {
                        tracing::warn!(%error, "the node has not proved itself");
                    }
                    AGAIN_AFTER
                }
            };
            tokio::time::sleep(next).await;
        }
    }

    /// Enrols the node if there is a token, and proves it once. Returns when to prove it again.
    async fn turn(&self) -> Result<Duration, ProofError> {
        if let Some(file) = self.options.token.as_ref().filter(|file| file.exists()) {
            self.enrol(file).await?;
        }
        let challenge = self.client.challenge_node(&self.node).await?;
        let proof = self.answer(&challenge).await?;
        let taken = self.client.prove_node(&self.node, &proof).await?;
        if !taken.trusted {
            tracing::warn!(state = ?taken.state, "the proof was good, and the node is not trusted yet");
        }
        Ok(Duration::from_secs(challenge.every_s.max(1).into()))
    }

    async fn enrol(&self, file: &Path) -> Result<(), ProofError> {
        let token = std::fs::read_to_string(file).map_err(|cause| of(file, cause))?.trim().to_owned();
        let chain: Result<Vec<String>, ProofError> = self
            .options
            .endorsement_chain
            .iter()
            .map(|file| std::fs::read(file).map(|der| STANDARD.encode(der)).map_err(|cause| of(file, cause)))
            .collect();
        let keys = self.tpm(Tpm::keys).await?;
        let shown = NewNodeKeys {
            token: token.clone(),
            endorsement_key: STANDARD.encode(&keys.endorsement),
            endorsement_chain: chain?,
            attestation_key: STANDARD.encode(&keys.attestation),
        };
        let made = self.client.enrol_node(&self.node, &shown).await?;
        let blob = STANDARD.decode(&made.blob).map_err(|_| ProofError::Answer("the blob"))?;
        let seed = STANDARD.decode(&made.seed).map_err(|_| ProofError::Answer("the seed"))?;
        let secret = self.tpm(move |tpm| tpm.open_credential(&blob, &seed)).await?;
        let opened = OpenedCredential { token, secret: STANDARD.encode(secret) };
        self.client.finish_enrolment(&self.node, &opened).await?;
        std::fs::remove_file(file).map_err(|cause| of(file, cause))?;
        tracing::info!("the node is enrolled");
        Ok(())
    }

    async fn answer(&self, challenge: &ChallengeView) -> Result<NewProof, ProofError> {
        let nonce = hex(&challenge.nonce).ok_or(ProofError::Answer("the nonce"))?;
        let pcrs = challenge.pcrs.clone();
        let (quote, signature) = self.tpm(move |tpm| tpm.quote(&nonce, &pcrs)).await?;
        let file = &self.options.log;
        let log = read(file).map_err(|cause| of(file, cause))?;
        Ok(NewProof {
            nonce: challenge.nonce.clone(),
            quote: STANDARD.encode(quote),
            signature: STANDARD.encode(signature),
            log: Some(STANDARD.encode(log)),
        })
    }

    async fn tpm<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tpm) -> Result<T, TpmError> + Send + 'static,
    ) -> Result<T, ProofError> {
        let at = self.options.tpm.clone();
        let done = self.thread.run(move || Tpm::open(&at).and_then(|mut tpm| work(&mut tpm))).await;
        Ok(done.ok_or(ProofError::Ending)??)
    }
}

fn of(file: &Path, cause: io::Error) -> ProofError {
    ProofError::File { file: file.to_owned(), cause }
}

/// Files of the kernel do not say how long they are.
fn read(file: &Path) -> io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut log = Vec::new();
    std::fs::File::open(file)?.take(LOG_BYTES_MAX).read_to_end(&mut log)?;
    Ok(log)
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|digit| digit.to_digit(16).map(|of| of as u8)).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}
