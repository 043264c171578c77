//! A software TPM that answers now: enrolment by credential activation, a proof, a reboot. Skipped, with a word, where `swtpm` or tpm2-tools are missing.

use crate::fixtures::{Case, file, policy};
use paceline_attest::{AttestationKey, BadProof, EndorsementKey, EventLog, make_credential};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A TPM and the folder in which it keeps its state. There is no resource manager, so transient objects are flushed after each command.
struct Tpm {
    dir: tempfile::TempDir,
    port: u16,
    process: Child,
}

fn installed(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// Two ports in a row that are free: commands and control.
fn ports() -> u16 {
    let both = || {
        let first = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let second = first.checked_add(1)?;
        TcpListener::bind(("127.0.0.1", second)).ok().map(|_| first)
    };
    (0..50).find_map(|_| both()).expect("two free ports in a row")
}

fn spawn(dir: &Path, port: u16) -> Child {
    Command::new("swtpm")
        .args(["socket", "--tpm2", "--flags", "not-need-init,startup-clear"])
        .args(["--tpmstate", &format!("dir={}", dir.display())])
        .args(["--server", &format!("type=tcp,port={port},disconnect")])
        .args(["--ctrl", &format!("type=tcp,port={}", port + 1)])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("swtpm starts")
}

impl Tpm {
    fn start() -> Option<Self> {
        if !installed("swtpm") || !installed("tpm2_quote") {
            eprintln!("skipped: swtpm and tpm2-tools are not installed");
            return None;
        }
        let dir = tempfile::tempdir().unwrap();
        let port = ports();
        let tpm = Self { process: spawn(dir.path(), port), dir, port };
        tpm.answers();
        Some(tpm)
    }

    fn answers(&self) {
        // Each try is a process, so that this takes as long as hundreds of them do.
        assert!((0..500).any(|_| self.tool("tpm2_getrandom 1").is_ok()), "the TPM answers");
    }

    fn reboot(&mut self) {
        let _ = self.tool("tpm2_shutdown -c");
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.process = spawn(self.dir.path(), self.port);
        self.answers();
    }

    /// A tool of tpm2-tools, in the TPM's folder.
    fn tool(&self, line: &str) -> Result<(), String> {
        let mut words = line.split(' ');
        let output = Command::new(words.next().unwrap())
            .args(words)
            .current_dir(self.dir.path())
            .env("TPM2TOOLS_TCTI", format!("swtpm:host=127.0.0.1,port={}", self.port))
            .output()
            .map_err(|error| error.to_string())?;
        if output.status.success() {
            Ok(())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    fn run(&self, line: &str) {
        self.tool(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        self.tool("tpm2_flushcontext -t").unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.dir.path().join(name)).unwrap()
    }

    fn measure(&self, log: &str) {
        let log = EventLog::parse(&file(log)).unwrap();
        // In their order: a set would extend them in another.
        for one in log.measurements() {
            self.run(&format!("tpm2_pcrextend {}:sha256={}", one.pcr, one.digest));
        }
    }

    fn quote(&self, nonce: u8) -> Case {
        let hex = format!("{nonce:02x}").repeat(32);
        self.run(&format!(
            "tpm2_quote -c 0x81010020 -l sha256:0,4,7 -q {hex} -m quote -s signature -g sha256"
        ));
        Case {
            quote: self.read("quote"),
            signature: self.read("signature"),
            key: AttestationKey::parse(&self.read("ak.pub")).unwrap(),
            policy: policy(&["boot.log"]),
            ..Case::of("first", nonce, Some("boot.log"))
        }
    }
}

impl Drop for Tpm {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_software_tpm_enrols_proves_itself_and_reboots() {
    let Some(mut tpm) = Tpm::start() else { return };
    tpm.run("tpm2_createek -G ecc -c 0x81010016 -u ek.pub -f tss");
    tpm.run("tpm2_createak -C 0x81010016 -c ak.ctx -G ecc -g sha256 -s ecdsa -u ak.pub -f tss");
    tpm.run("tpm2_evictcontrol -c ak.ctx 0x81010020");

    // It opens what was made for its two keys.
    let endorsement = EndorsementKey::parse(&tpm.read("ek.pub")).unwrap();
    let attestation = AttestationKey::parse(&tpm.read("ak.pub")).unwrap();
    let credential = make_credential(&endorsement, &attestation, &[42; 32], &[9; 32]).unwrap();
    std::fs::write(tpm.dir.path().join("credential"), credential.tools_file()).unwrap();
    let open = |credential: &str| {
        tpm.tool("tpm2_startauthsession --policy-session -S session").unwrap();
        tpm.tool("tpm2_policysecret -S session -c e").unwrap();
        let opened = tpm.tool(&format!(
            "tpm2_activatecredential -c 0x81010020 -C 0x81010016 -i {credential} -o secret -P session:session"
        ));
        tpm.tool("tpm2_flushcontext session").unwrap();
        opened
    };
    open("credential").unwrap();
    assert_eq!(tpm.read("secret"), [42; 32]);
    // And nothing that was made for another key.
    let other = AttestationKey::parse(&file("other.pub")).unwrap();
    let credential = make_credential(&endorsement, &other, &[42; 32], &[9; 32]).unwrap();
    std::fs::write(tpm.dir.path().join("other"), credential.tools_file()).unwrap();
    assert!(open("other").is_err());

    tpm.measure("boot.log");
    let before = tpm.quote(1).verify().unwrap();
    assert_eq!(tpm.quote(2).verify().unwrap().digest, before.digest);
    tpm.reboot();
    let unmeasured = tpm.quote(3).verify();
    assert_eq!(unmeasured, Err(BadProof::LogDiffers), "nothing was measured after the reboot");
    tpm.measure("boot.log");
    let after = Case { clock: Some(before.clock), ..tpm.quote(4) }.verify().unwrap();
    assert_eq!(after.clock.resets, before.clock.resets + 1);
}
