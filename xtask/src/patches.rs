//! Planted bugs and the planted leak are kept as patches: each applies to the sources as they are, so that whoever reads what became of it can see
//! it again.

use crate::finding::Finding;
use anyhow::Context as _;
use std::path::Path;
use std::process::Command;

/// What keeps a patch from being applied. Errors: git cannot be run.
pub(crate) fn check(root: &Path, file: &str) -> anyhow::Result<Option<Finding>> {
    let tried = Command::new("git").args(["apply", "--check", file]).current_dir(root).output();
    let tried = tried.context("running git apply")?;
    let why = String::from_utf8_lossy(&tried.stderr);
    let why = why.lines().next().unwrap_or_default();
    Ok((!tried.status.success()).then(|| Finding::new(file, 1, format!("cannot be applied: {why}"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_of_what_stands_elsewhere_by_now_is_found() {
        let dir = std::env::temp_dir().join(format!("paceline-patches-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a folder");
        let patch = "--- a/words.txt\n+++ b/words.txt\n@@ -1 +1 @@\n-one\n+two\n";
        std::fs::write(dir.join("bug.patch"), patch).expect("a patch");
        let found = ["one\n", "three\n"].map(|words| {
            std::fs::write(dir.join("words.txt"), words).expect("a file");
            check(&dir, "bug.patch").expect("git runs").is_some()
        });
        std::fs::remove_dir_all(&dir).expect("the folder was made here");
        assert_eq!(found, [false, true]);
    }
}
