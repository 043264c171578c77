//! The way of an artefact with the binary: a key, a pack, a push, a list, a fetch, a check; and a second version, of which only what has
//! changed travels.

use crate::common::{Killed, paceline};
use crate::made::noise;
use std::path::Path;
use std::process::Command;

fn run(dir: &Path, args: &[&str]) -> String {
    paceline(dir, &[&["artefacts"], args].concat()).unwrap_or_else(|wrong| panic!("{args:?}: {wrong}"))
}

/// Packs a file as a version of the detector and hands it over. Returns its name, and what `push` says.
fn release(dir: &Path, base: &str, bytes: &[u8], version: &str) -> (String, String) {
    std::fs::write(dir.join("model.onnx"), bytes).expect("it can be written");
    let of = [
        "--model",
        "detector",
        "--version",
        version,
        "--precision",
        "int8",
        "--key",
        "secret",
        "--store",
        "packed",
    ];
    let artefact = run(dir, &[&["pack", "model.onnx"][..], &of].concat());
    let said = run(dir, &["push", &artefact, "--store", "packed", "--url", base]);
    (artefact, said)
}

/// What skopeo copies is the file, and our own manifest beside it.
fn a_tool_for_containers_pulls_the_same(dir: &Path, base: &str, bytes: &[u8]) {
    let image = format!("docker://{}/detector:1.1.0-int8", base.trim_start_matches("http://"));
    let skopeo = |args: &[&str]| Command::new("skopeo").args(args).current_dir(dir).output();
    let repository = image.rsplit_once(':').expect("a tag").0;
    let Ok(tags) = skopeo(&["list-tags", "--tls-verify=false", repository]) else {
        println!("LEFT OUT: nothing was pulled through the OCI distribution API: there is no skopeo");
        return;
    };
    let text = String::from_utf8_lossy(&tags.stdout).into_owned();
    assert!(text.contains("1.0.0-int8") && text.contains("1.1.0-int8"), "{text}");
    let copied = skopeo(&["--insecure-policy", "copy", "--src-tls-verify=false", &image, "dir:pulled"]);
    let copied = copied.expect("it was there before");
    assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
    let manifest = std::fs::read_to_string(dir.join("pulled/manifest.json")).expect("it was copied");
    let layers = manifest.split("\"layers\"").nth(1).expect("layers").to_owned();
    let digests: Vec<&str> = layers.split("sha256:").skip(1).map(|rest| &rest[..64]).collect();
    let file = std::fs::read(dir.join("pulled").join(digests[0])).expect("it was copied");
    assert_eq!((digests.len(), file), (2, bytes.to_vec()), "{manifest}");
}

#[test]
fn a_model_is_packed_signed_pushed_fetched_and_checked_and_of_the_next_only_what_changed_travels() {
    let dir = tempfile::tempdir().expect("a directory");
    let dir = dir.path();
    let line = run(dir, &["keys", "new", "secret", "--comment", "the release desk"]);
    std::fs::write(dir.join("trusted.keys"), line + "\n").expect("it can be written");
    assert!(run(dir, &["keys", "list", "trusted.keys"]).ends_with("  the release desk"));
    let config = "[regions.line]\nkind = \"edge\"\njournal = \"line\"\n[artefacts]\ndirectory = \"kept\"\nkeys_file = \"trusted.keys\"\n";
    std::fs::write(dir.join("paceline.toml"), config).expect("it can be written");
    let served = Killed::start(dir, &["--config", "paceline.toml"]);
    let base = &served.base[..];
    let mut bytes = noise(1, 3_000_000);
    let (first, said) = release(dir, base, &bytes, "1.0.0");
    assert_eq!(said, format!("{first}: 3000000 bytes, 3000000 of them sent"));
    let listed = run(dir, &["list", "--url", base]);
    assert!(listed.starts_with(&format!("{first}  detector 1.0.0 INT8  3000000 bytes  by ")), "{listed}");
    let fetch = |artefact: &str, output: &str| {
        run(
            dir,
            &[
                "fetch",
                artefact,
                "--trusted",
                "trusted.keys",
                "--store",
                "fetched",
                "--output",
                output,
                "--url",
                base,
            ],
        )
    };
    assert_eq!(fetch(&first, "out1.onnx"), "detector 1.0.0 INT8: 3000000 bytes, 3000000 of them fetched");
    assert_eq!(std::fs::read(dir.join("out1.onnx")).expect("it is there"), bytes);
    assert_eq!(fetch(&first, "out1.onnx"), "detector 1.0.0 INT8: 3000000 bytes, 0 of them fetched");

    // A layer is put in, and another one is trained anew.
    bytes.splice(1_000_000..1_000_000, noise(2, 5_000));
    bytes[2_000_000..2_050_000].copy_from_slice(&noise(3, 50_000));
    let (second, said) = release(dir, base, &bytes, "1.1.0");
    let sent: u64 = said
        .rsplit_once(" bytes, ")
        .and_then(|(_, sent)| sent.split(' ').next()?.parse().ok())
        .expect("a number");
    assert!((55_000..600_000).contains(&sent), "{said}");
    let said = fetch(&second, "out2.onnx");
    assert_eq!(said, format!("detector 1.1.0 INT8: 3005000 bytes, {sent} of them fetched"));
    assert_eq!(std::fs::read(dir.join("out2.onnx")).expect("it is there"), bytes);
    let checked = run(dir, &["verify", "--store", "fetched", "--trusted", "trusted.keys"]);
    assert!(
        checked.contains("detector 1.0.0 INT8: whole") && checked.contains("detector 1.1.0 INT8: whole"),
        "{checked}"
    );
    a_tool_for_containers_pulls_the_same(dir, base, &bytes);
    run(dir, &["remove", &first, "--url", base]);
    assert!(!run(dir, &["list", "--url", base]).contains(&first));
}
