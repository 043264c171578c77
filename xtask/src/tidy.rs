//! Gathers what the rules need (tracked files, their text, cargo's metadata) and asks each rule.

use crate::finding::Finding;
use crate::ratchet::{self, List};
use crate::shape::{self, Measured, Shape, Source, Spread};
use crate::{architecture, arrows, constants, documents, patches, sources};
use anyhow::{Context as _, bail};
use std::path::Path;
use std::process::Command;

/// What `tidy` has to say of a checkout.
pub(crate) struct Said {
    /// In the order of the files; then what is measured, and the arrows.
    pub(crate) findings: Vec<Finding>,
    pub(crate) spreads: Vec<Spread>,
}

/// Asks all rules.
///
/// Errors: git or cargo cannot be run, ARCHITECTURE.md is gone, or the list of exceptions cannot be read. A file that is
/// not text is left alone.
pub(crate) fn check(root: &Path) -> anyhow::Result<Said> {
    let texts = texts(root)?;
    let mut findings = Vec::new();
    for (file, text) in &texts {
        findings.extend(sources::check(file, text));
        if file.ends_with(".patch") {
            findings.extend(patches::check(root, file)?);
        }
        if documents::is_document(file) {
            let folder = root.join(Path::new(file).parent().unwrap_or(Path::new("")));
            findings.extend(documents::check(file, text, |path| {
                root.join(path).exists() || folder.join(path).exists()
            }));
        }
    }
    let sources = parse(&texts, &mut findings);
    findings.extend(constants::check(&sources));
    let measured = measure(&sources);
    findings.extend(read_list(root)?.unwrap_or_default().check(&measured));
    let spreads: Vec<Spread> = Shape::ALL.into_iter().map(|shape| Spread::of(shape, &measured)).collect();
    findings
        .extend(spreads.iter().filter_map(Spread::too_long).map(|rule| Finding::new("STYLE.md", 1, rule)));
    let page = "ARCHITECTURE.md";
    let text = std::fs::read_to_string(root.join(page)).with_context(|| format!("reading {page}"))?;
    findings.extend(arrows::check(page, &text, &arrows::dependencies(&metadata(root)?)?));
    let files: Vec<String> = texts.iter().map(|(file, _)| file.clone()).collect();
    findings.extend(architecture::check_names(page, &text, &files));
    let read = |path: &str| std::fs::read_to_string(root.join(path)).ok();
    findings.extend(architecture::check_journeys(page, &text, read));
    Ok(Said { findings, spreads })
}

/// Lets the list of exceptions follow what shrank, or writes the first one if there is none.
///
/// Errors: as those of [`check`], or the list cannot be written.
pub(crate) fn write(root: &Path) -> anyhow::Result<()> {
    let measured = measure(&parse(&texts(root)?, &mut Vec::new()));
    let list = match read_list(root)? {
        Some(list) => list.shrunk(&measured),
        None => List::first(&measured),
    };
    std::fs::write(root.join(ratchet::FILE), list.text())
        .with_context(|| format!("writing {}", ratchet::FILE))
}

fn read_list(root: &Path) -> anyhow::Result<Option<List>> {
    match std::fs::read_to_string(root.join(ratchet::FILE)) {
        Ok(text) => List::read(&text).map(Some),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("reading {}", ratchet::FILE)),
    }
}

/// Each tracked file that is text, by name.
fn texts(root: &Path) -> anyhow::Result<Vec<(String, String)>> {
    // A file that is deleted but not yet committed is still listed; pictures and data are not UTF-8.
    let read = |file: String| std::fs::read_to_string(root.join(&file)).ok().map(|text| (file, text));
    Ok(tracked(root)?.into_iter().filter_map(read).collect())
}

fn parse(texts: &[(String, String)], findings: &mut Vec<Finding>) -> Vec<Source> {
    let mut sources = Vec::new();
    for (file, text) in texts.iter().filter(|(file, _)| file.ends_with(".rs")) {
        match Source::parse(file, text) {
            Ok(source) => sources.push(source),
            Err(error) => findings.push(Finding::new(file, 1, format!("is no Rust: {error}"))),
        }
    }
    sources
}

fn measure(sources: &[Source]) -> Vec<Measured> {
    let mut measured: Vec<Measured> = sources.iter().flat_map(shape::items).collect();
    measured.extend(shape::circles(sources));
    measured
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
