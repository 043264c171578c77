//! House rules as a command, `cargo run -p xtask -- tidy`, and as a test of this crate.
//!
//! What clippy and rustfmt can say stays with them; here stand the rules that cargo has no word for.

mod arrows;
mod documents;
mod finding;
mod sources;
mod tidy;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() != Some("tidy") {
        eprintln!(
            "usage: cargo run -p xtask -- tidy\n\nChecks the house rules of STYLE.md and ARCHITECTURE.md."
        );
        return ExitCode::from(2);
    }
    match tidy::check(&root()) {
        Ok(findings) if findings.is_empty() => {
            println!("tidy: nothing to say");
            ExitCode::SUCCESS
        }
        Ok(findings) => {
            findings.iter().for_each(|finding| println!("{finding}"));
            println!("tidy: {} findings", findings.len());
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The repository: this crate's folder is one below it.
fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_house_is_tidy() {
        let findings = crate::tidy::check(&crate::root()).expect("the repository can be read");
        let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert!(lines.is_empty(), "\n{}", lines.join("\n"));
    }
}
