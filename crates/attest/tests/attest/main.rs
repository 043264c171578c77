//! Quotes of a software TPM, made by `fixtures/make.sh`; and, where `swtpm` is installed, a TPM that answers now.

#![allow(clippy::unwrap_used, reason = "tests")]

mod any_bytes;
mod challenges;
mod enrolment;
mod fixtures;
mod live;
mod quotes;
