//! Gathers what the rules need (tracked files, their text, cargo's metadata) and asks each rule.

use crate::finding::Finding;
use crate::{arrows, documents, sources};
use anyhow::{Context as _, bail};
use std::path::Path;
use std::process::Command;

/// All findings, in the order of the files.
///
/// Errors: git or cargo cannot be run, or ARCHITECTURE.md is gone. A file that is not text is left alone.
pub(crate) fn check(root: &Path) -> anyhow::Result<Vec<Finding>> {
    let files = tracked(root)?;
    let mut findings = Vec::new();
    for file in &files {
        // A file that is deleted but not yet committed is still listed; pictures and data are not UTF-8.
        let Ok(text) = std::fs::read_to_string(root.join(file)) else { continue };
        findings.extend(sources::check(file, &text));
        if documents::is_document(file) {
            let folder = root.join(Path::new(file).parent().unwrap_or(Path::new("")));
            findings.extend(documents::check(file, &text, |path| {
                root.join(path).exists() || folder.join(path).exists()
            }));
        }
    }
    let page = "ARCHITECTURE.md";
    let text = std::fs::read_to_string(root.join(page)).with_context(|| format!("reading {page}"))?;
    findings.extend(arrows::check(page, &text, &arrows::dependencies(&metadata(root)?)?));
    Ok(findings)
}

/// The files that git knows or would add, so that a new file is held to the rules before its first commit.
fn tracked(root: &Path) -> anyhow::Result<Vec<String>> {
    let listed = run(root, "git", &["ls-files", "--cached", "--others", "--exclude-standard"])?;
    let mut files: Vec<String> = listed.lines().map(str::to_owned).collect();
    files.sort();
    files.dedup();
    Ok(files)
}

fn metadata(root: &Path) -> anyhow::Result<serde_json::Value> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let text = run(root, &cargo, &["metadata", "--no-deps", "--offline", "--format-version", "1"])?;
    serde_json::from_str(&text).context("reading cargo's metadata")
}

fn run(root: &Path, program: &str, args: &[&str]) -> anyhow::Result<String> {
    let output = Command::new(program)
        .args(args)
        .current_dir(root)
        .output()
        .with_context(|| format!("running {program}"))?;
    if !output.status.success() {
        bail!("{program} {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("{program} printed something that is not UTF-8"))
}
