//! House rules as a command, `cargo run -p xtask -- tidy`, and as a test of this crate.
//!
//! What clippy and rustfmt can say stays with them; here stand the rules that cargo has no word for.

mod architecture;
mod arrows;
mod constants;
mod documents;
mod finding;
mod patches;
mod ratchet;
mod shape;
mod sources;
mod tidy;

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: cargo run -p xtask -- tidy [--write]

Checks the house rules of STYLE.md and ARCHITECTURE.md. With --write the list of exceptions, xtask/ratchet.toml, first
follows what shrank; without a list the first one is written.";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let written = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["tidy"] => Ok(()),
        ["tidy", "--write"] => tidy::write(&root()),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match written.and_then(|()| tidy::check(&root())) {
        Ok(said) => print(&said),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn print(said: &tidy::Said) -> ExitCode {
    said.spreads.iter().for_each(|spread| println!("{spread}"));
    said.findings.iter().for_each(|finding| println!("{finding}"));
    if said.findings.is_empty() {
        println!("tidy: nothing to say");
        return ExitCode::SUCCESS;
    }
    println!("tidy: {} findings", said.findings.len());
    ExitCode::FAILURE
}

/// The repository: this crate's folder is one below it.
fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_house_is_tidy() {
        let said = crate::tidy::check(&crate::root()).expect("the repository can be read");
        let lines: Vec<String> = said.findings.iter().map(ToString::to_string).collect();
        assert!(lines.is_empty(), "\n{}", lines.join("\n"));
    }
}
