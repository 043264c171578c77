//! The commands, one file each: arguments, work, and what is printed.

pub(crate) mod journal;
pub(crate) mod road;
pub(crate) mod sim;
