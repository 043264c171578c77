//! What can go wrong around a run: files that are not what they should be, and accounts that do not add up.

use std::path::{Path, PathBuf};

/// Why a scenario could not be read or run.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// A file could not be read or written.
    #[error("{path}: {error}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// The scenario file is not well-formed, or names a field that does not exist.
    #[error("{path}: {error}")]
    Toml {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        error: Box<toml::de::Error>,
    },
    /// A value of the scenario breaks a rule.
    #[error("{path}: {invalid}")]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// Field, value and rule.
        invalid: paceline_model::Invalid,
    },
    /// A line of a data file cannot be used.
    #[error("{path}, line {line}: {reason}")]
    Line {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: u64,
        /// Why.
        reason: String,
    },
    /// A record of a cluster that cannot be read.
    #[error("{path}: {error}")]
    Record {
        /// Which file.
        path: PathBuf,
        /// Which line, and why.
        error: paceline_kubernetes::record::RecordError,
    },
    /// Rounds of a replay that decide again and again at one moment. A bug of the decision, never an answer.
    #[error("at {at} decisions do not come to rest")]
    Restless {
        /// When.
        at: paceline_model::Instant,
    },
    /// Travel times that do not fit the roads.
    #[error(transparent)]
    Streets(#[from] paceline_road::RoadError),
    /// The road file.
    #[error("{path}: {error}")]
    Road {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        error: paceline_road::RoadError,
    },
    /// The journal could not be written.
    #[error(transparent)]
    Journal(#[from] paceline_journal::JournalError),
    /// The report's template failed.
    #[error("report: {0}")]
    Report(#[from] minijinja::Error),
    /// A vehicle or charger of the scenario was refused by the engine.
    #[error("the engine refused {what}: {why}")]
    Refused {
        /// What.
        what: String,
        /// Why.
        why: String,
    },
    /// Orders that are in no outcome, or in two. A bug of the engine, never an answer.
    #[error("{orders} orders were drawn, but {accounted} are accounted for")]
    Unaccounted {
        /// Orders drawn.
        orders: u64,
        /// The sum over all outcomes.
        accounted: u64,
    },
    /// A plan of the optimum that breaks a rule of the day. A bug of the solver, never an answer.
    #[error("the optimum's plan: trip {trip} of vehicle {vehicle} {why}")]
    Planned {
        /// Which vehicle, by its number in the day.
        vehicle: usize,
        /// Which trip, by its number in the day.
        trip: usize,
        /// Which rule.
        why: String,
    },
    /// Orders that were still under way long after the last could be.
    #[error("{open} orders were still under way {hours} hours after the end")]
    Unfinished {
        /// How many.
        open: usize,
        /// How long was waited.
        hours: u32,
    },
}

impl SimError {
    pub(crate) fn io(path: &Path, error: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), error }
    }
    pub(crate) fn line(path: &Path, line: u64, reason: impl ToString) -> Self {
        Self::Line { path: path.to_owned(), line, reason: reason.to_string() }
    }
}
