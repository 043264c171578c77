//! A TPM 2.0, as far as a node needs one to prove itself: its endorsement key and an attestation key, made anew from the TPM's own seeds each time and so
//! always the same; opening a credential; a quote. Source: TPM 2.0 Library, parts 2 and 3.
//!
//! Six commands over a device or a socket, and no library: those in C would be the only code in the agent that is not memory-safe, want a
//! broker process and its bus, and be the largest part of it. Nothing stays in the TPM: what was loaded is flushed, so that no resource manager is needed.

mod address;
mod marshal;
mod transport;

pub use address::{TpmAddress, TpmError};
use marshal::{Command, Response};
use transport::Transport;

/// A key of the TPM's, while it is loaded.
struct Loaded {
    handle: u32,
    public: Vec<u8>,
}

/// The public areas of both keys (`TPM2B_PUBLIC`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeKeys {
    /// The endorsement key's.
    pub endorsement: Vec<u8>,
    /// The attestation key's.
    pub attestation: Vec<u8>,
}

/// `TPM_RH_ENDORSEMENT`.
const ENDORSEMENT: u32 = 0x4000_000b;
const RH_NULL: u32 = 0x4000_0007;

/// `TPM_RC_YIELDED`, `TPM_RC_TESTING`, `TPM_RC_RETRY`: nothing is wrong, and the same command is to be sent again. The last comes with the first
/// use of a key that guesses are counted of.
const NOT_NOW: [u32; 3] = [0x908, 0x90a, 0x922];
/// Times that one command is sent.
const TRIES_MAX: u32 = 8;

/// A connection to a TPM. Calls block, for up to a second on a real one.
pub struct Tpm(Transport);

impl Tpm {
    /// Errors: it is not reached.
    pub fn open(address: &TpmAddress) -> Result<Self, TpmError> {
        Transport::open(address).map(Self)
    }

    /// Its keys. Errors: all of [`TpmError`].
    pub fn keys(&mut self) -> Result<NodeKeys, TpmError> {
        let endorsement = self.with(&endorsement_template(), |_, key| Ok(key.public.clone()))?;
        let attestation = self.with(&attestation_template(), |_, key| Ok(key.public.clone()))?;
        Ok(NodeKeys { endorsement, attestation })
    }

    /// Opens a credential that was made for its keys: `TPM2_ActivateCredential`, under the endorsement key's own policy.
    pub fn open_credential(&mut self, blob: &[u8], seed: &[u8]) -> Result<Vec<u8>, TpmError> {
        self.with(&endorsement_template(), |tpm, endorsement| {
            let endorsement = endorsement.handle;
            tpm.with(&attestation_template(), |tpm, attestation| {
                let session = tpm.policy_session()?;
                let opened = tpm.activate((attestation.handle, endorsement), session, blob, seed);
                // A session ends with the command that used it, unless that failed.
                if opened.is_err() {
                    _ = tpm.flush(session);
                }
                opened
            })
        })
    }

    /// Signs registers of the SHA-256 bank and a nonce: `TPMS_ATTEST` and `TPMT_SIGNATURE`.
    pub fn quote(&mut self, nonce: &[u8], pcrs: &[u8]) -> Result<(Vec<u8>, Vec<u8>), TpmError> {
        let mut bits = [0; 3];
        pcrs.iter().filter(|pcr| **pcr < 24).for_each(|pcr| bits[usize::from(pcr / 8)] |= 1 << (pcr % 8));
        self.with(&attestation_template(), |tpm, key| {
            let command = Command::new("TPM2_Quote", 0x158)
                .handle(key.handle)
                .password()
                .sized(nonce)
                .u16(0x0010)
                .u32(1)
                .u16(0x000b)
                .u8(3)
                .raw(&bits);
            let mut response = tpm.run(command)?;
            response.parameters()?;
            Ok((response.sized()?, response.rest()))
        })
    }

    fn activate(
        &mut self,
        (attestation, endorsement): (u32, u32),
        session: u32,
        blob: &[u8],
        seed: &[u8],
    ) -> Result<Vec<u8>, TpmError> {
        // Both are sized structures already.
        let command = Command::new("TPM2_ActivateCredential", 0x147)
            .handle(attestation)
            .handle(endorsement)
            .password()
            .session(session)
            .raw(blob)
            .raw(seed);
        let mut response = self.run(command)?;
        response.parameters()?;
        response.sized()
    }

    /// A session that satisfies the policy of endorsement keys: whoever may use the endorsement hierarchy may use them.
    fn policy_session(&mut self) -> Result<u32, TpmError> {
        let start = Command::new("TPM2_StartAuthSession", 0x176)
            .handle(RH_NULL)
            .handle(RH_NULL)
            .sized(&[0; 16])
            .sized(&[])
            .u8(1)
            .u16(0x0010)
            .u16(0x000b);
        let session = self.run(start)?.u32()?;
        let policy = Command::new("TPM2_PolicySecret", 0x151)
            .handle(ENDORSEMENT)
            .handle(session)
            .password()
            .sized(&[])
            .sized(&[])
            .sized(&[])
            .u32(0);
        match self.run(policy) {
            Ok(_) => Ok(session),
            Err(error) => {
                _ = self.flush(session);
                Err(error)
            }
        }
    }

    /// Makes a primary key of the endorsement hierarchy, the same each time, and flushes it afterwards.
    fn with<T>(
        &mut self,
        template: &[u8],
        work: impl FnOnce(&mut Self, &Loaded) -> Result<T, TpmError>,
    ) -> Result<T, TpmError> {
        let command = Command::new("TPM2_CreatePrimary", 0x131)
            .handle(ENDORSEMENT)
            .password()
            .sized(&[0, 0, 0, 0])
            .sized(template)
            .sized(&[])
            .u32(0);
        let mut response = self.run(command)?;
        let handle = response.u32()?;
        let public = response.parameters().and_then(|()| response.sized());
        let done = public.and_then(|area| {
            let public = [&(area.len() as u16).to_be_bytes()[..], &area].concat();
            work(self, &Loaded { handle, public })
        });
        let flushed = self.flush(handle);
        done.and_then(|done| flushed.map(|()| done))
    }

    fn flush(&mut self, handle: u32) -> Result<(), TpmError> {
        self.run(Command::new("TPM2_FlushContext", 0x165).u32(handle)).map(drop)
    }

    fn run(&mut self, command: Command) -> Result<Response, TpmError> {
        let (name, bytes) = (command.name, command.bytes());
        let mut tries = 0;
        loop {
            tries += 1;
            let answer = self.0.exchange(&bytes).map_err(|cause| self.0.unreachable(cause))?;
            match Response::parse(name, answer) {
                Err(TpmError::Refused { code, .. }) if NOT_NOW.contains(&code) && tries < TRIES_MAX => {}
                parsed => return parsed,
            }
        }
    }
}

/// The endorsement key of the profile, template L-2: ECC on P-256, as makers certify it. Source: TCG EK Credential Profile 2.5, B.3.4.
fn endorsement_template() -> Vec<u8> {
    // PolicyA, which asks for the endorsement hierarchy's authorisation.
    const POLICY: [u8; 32] = [
        0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5, 0xd7, 0x24, 0xfd,
        0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa,
    ];
    let cipher = [0, 6, 0, 128, 0, 0x43];
    let head = [&[0, 0x23, 0, 0x0b][..], &0x0003_00b2_u32.to_be_bytes(), &[0, 32], &POLICY].concat();
    [&head[..], &cipher, &[0, 0x10, 0, 3, 0, 0x10], &[0, 32], &[0; 32], &[0, 32], &[0; 32]].concat()
}

/// A restricted signing key beside it: it signs what the TPM makes and nothing else. It has no password, so that guesses need not be counted.
fn attestation_template() -> Vec<u8> {
    let head = [&[0, 0x23, 0, 0x0b][..], &0x0005_0472_u32.to_be_bytes(), &[0, 0]].concat();
    [&head[..], &[0, 0x10], &[0, 0x18, 0, 0x0b], &[0, 3, 0, 0x10], &[0, 0], &[0, 0]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_socket_or_a_device() {
        let device: TpmAddress = "/dev/tpmrm0".parse().expect("never fails");
        assert_eq!(device, TpmAddress::Device("/dev/tpmrm0".into()));
        let socket: TpmAddress = "127.0.0.1:2321".parse().expect("never fails");
        assert!(matches!(socket, TpmAddress::Socket(_)));
    }

    #[test]
    fn both_templates_are_as_long_as_a_tpm_expects() {
        assert_eq!((endorsement_template().len(), attestation_template().len()), (122, 24));
    }
}
