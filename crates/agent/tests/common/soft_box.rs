//! A box with a TPM in software, `swtpm`: it boots, is tampered with, is rebooted and unplugged. Nothing of it is there where `swtpm` is not installed.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

use paceline_attest::{EventLog, PcrSet};
use paceline_engine::edge::{AttestationOptions, EdgeOptions};
use paceline_model::Millis;
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A software TPM in a box that has booted what the log says.
pub struct SoftBox {
    dir: PathBuf,
    pub at: SocketAddr,
    process: Child,
}

pub fn boot_log() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../attest/fixtures/boot.log")
}

fn log() -> EventLog {
    EventLog::parse(&std::fs::read(boot_log()).unwrap()).unwrap()
}

fn spawn(dir: &Path, at: SocketAddr) -> Option<Child> {
    Command::new("swtpm")
        .args(["socket", "--tpm2", "--flags", "not-need-init,startup-clear"])
        .args(["--tpmstate", &format!("dir={}", dir.display())])
        .args(["--server", &format!("type=tcp,port={},disconnect", at.port())])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()
}

impl SoftBox {
    /// `None`: there is no `swtpm`, which is said.
    pub fn start(dir: &Path) -> Option<Self> {
        std::fs::create_dir_all(dir).unwrap();
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
        let Some(process) = spawn(dir, free) else {
            eprintln!("LEFT OUT: swtpm is not installed, so that nothing of this was tried");
            return None;
        };
        let started = Self { dir: dir.to_owned(), at: free, process };
        started.boots();
        Some(started)
    }

    #[expect(clippy::disallowed_methods, reason = "a process starts, and nobody else runs meanwhile")]
    fn boots(&self) {
        let up = (0..500).any(|_| {
            std::thread::sleep(Duration::from_millis(10));
            TcpStream::connect(self.at).is_ok()
        });
        assert!(up, "the TPM answers");
        log().measurements().iter().for_each(|one| self.extend(one.pcr, &one.digest.0));
    }

    /// `TPM2_PCR_Extend`: something is measured.
    pub fn extend(&self, pcr: u8, digest: &[u8; 32]) {
        let body = [
            &u32::from(pcr).to_be_bytes()[..],
            &[0, 0, 0, 9, 0x40, 0, 0, 9, 0, 0, 0, 0, 0],
            &[0, 0, 0, 1, 0, 0x0b],
            digest,
        ]
        .concat();
        let size = (10 + body.len()) as u32;
        let command = [&[0x80, 2][..], &size.to_be_bytes(), &0x182_u32.to_be_bytes(), &body].concat();
        let mut socket = TcpStream::connect(self.at).unwrap();
        socket.write_all(&command).unwrap();
        let mut answer = [0; 10];
        socket.read_exact(&mut answer).unwrap();
        assert_eq!(answer[6..], [0; 4], "extended");
    }

    pub fn reboot(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.process = spawn(&self.dir, self.at).unwrap();
        self.boots();
    }
}

impl Drop for SoftBox {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

/// A region that knows what the log measures, and asks for a proof each second.
pub fn asks(dir: &Path) -> EdgeOptions {
    let attestation = AttestationOptions {
        required: true,
        every: Millis::from_secs(1),
        valid_for: Millis::from_secs(30),
        policy_file: Some(policy(dir)),
        ..AttestationOptions::default()
    };
    EdgeOptions { attestation, ..EdgeOptions::default() }
}

/// A reference policy that knows what the log measures, in `dir`.
pub fn policy(dir: &Path) -> PathBuf {
    let mut pcrs: BTreeMap<u8, Vec<String>> = BTreeMap::new();
    for one in log().measured(PcrSet::of([0, 4, 7])) {
        pcrs.entry(one.pcr).or_default().push(format!("{{ digest = \"{}\" }}", one.digest));
    }
    let lines: String = pcrs.iter().map(|(pcr, all)| format!("{pcr} = [{}]\n", all.join(", "))).collect();
    let file = dir.join("policy.toml");
    std::fs::write(&file, format!("[pcrs]\n{lines}")).unwrap();
    file
}
