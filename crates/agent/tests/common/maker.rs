//! A maker of TPMs, by `swtpm_localca`: its certificates of endorsement keys.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]
#![allow(unreachable_pub, reason = "a helper of tests")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A maker of TPMs, by `swtpm_localca`.
pub struct Maker {
    dir: PathBuf,
}

impl Maker {
    pub fn new(dir: &Path) -> Self {
        std::fs::create_dir_all(dir).unwrap();
        let at = |name: &str| dir.join(name).display().to_string();
        let settings = format!(
            "statedir = {}\nsigningkey = {}\nissuercert = {}\ncertserial = {}\n",
            dir.display(),
            at("key.pem"),
            at("issuer.pem"),
            at("serial")
        );
        std::fs::write(dir.join("maker.conf"), settings).unwrap();
        Self { dir: dir.to_owned() }
    }

    /// Certifies an endorsement key by its public area. Returns the chain in DER, the key's own first; `None`: `swtpm_localca` is not installed, which is said.
    pub fn certify(&self, endorsement: &[u8], name: &str) -> Option<Vec<PathBuf>> {
        // A public area of ECC ends with its point, each half behind its length.
        let point = &endorsement[endorsement.len() - 68..];
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let key = format!("x={},y={}", hex(&point[2..34]), hex(&point[36..]));
        let made = Command::new("swtpm_localca")
            .args(["--type", "ek", "--ek", &key, "--vmid", name, "--dir"])
            .arg(&self.dir)
            .arg("--configfile")
            .arg(self.dir.join("maker.conf"))
            .args(["--optsfile", "/dev/null", "--tpm2", "--decryption", "--tpm-spec-family", "2.0"])
            .args([
                "--tpm-spec-revision",
                "146",
                "--tpm-spec-level",
                "0",
                "--tpm-manufacturer",
                "id:00001014",
            ])
            .args(["--tpm-model", "swtpm", "--tpm-version", "id:20160511"])
            .stdout(Stdio::null())
            .status();
        if !made.is_ok_and(|status| status.success()) {
            eprintln!("LEFT OUT: swtpm_localca is not installed, so that nothing of this was tried");
            return None;
        }
        let own = self.dir.join(format!("{name}.crt"));
        std::fs::rename(self.dir.join("ek.cert"), &own).unwrap();
        let issuer = self.dir.join("issuer.der");
        std::fs::write(&issuer, der(&self.dir.join("issuer.pem"))).unwrap();
        Some(vec![own, issuer])
    }

    /// Its root, in PEM.
    pub fn root(&self) -> PathBuf {
        self.dir.join("swtpm-localca-rootca-cert.pem")
    }
}

fn der(pem: &Path) -> Vec<u8> {
    let text = std::fs::read_to_string(pem).unwrap();
    let body: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(body).unwrap()
}
