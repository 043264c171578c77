//! A station that needs somebody, and why, in words.

use super::jammed::Jammed;
use paceline_model::{Instant, Millis};

/// What is wrong, or will be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Need {
    /// It has bikes and gives none: *inspection*.
    Jammed(Jammed),
    /// No bike is left.
    Empty {
        /// Since when, if that is known.
        since: Option<Instant>,
    },
    /// No dock is free.
    Full {
        /// Since when, if that is known.
        since: Option<Instant>,
    },
    /// It will have no bike.
    RunsEmpty {
        /// The chance of it within the horizon.
        chance: f64,
        /// How long it takes in the mean if it happens.
        after: Option<Millis>,
    },
    /// It will have no free dock.
    RunsFull {
        /// The chance of it within the horizon.
        chance: f64,
        /// How long it takes in the mean if it happens.
        after: Option<Millis>,
    },
}

/// One station and what it needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hotspot {
    /// The station, by its place in the list that was looked at.
    pub station: usize,
    /// What is wrong.
    pub need: Need,
    /// Bikes that stand there.
    pub bikes: u32,
    /// Bikes that would be best.
    pub best: u32,
    /// Rides that are expected to be lost within the horizon if nobody comes.
    pub lost_rides: f64,
    /// Of these, those that the best stock would save. It is ranked by them.
    pub saved_rides: f64,
    /// The horizon.
    pub horizon: Millis,
}

impl Need {
    /// Since when it is so; `None` where it is still to come, or not known.
    pub fn since(&self) -> Option<Instant> {
        match self {
            Self::Jammed(jammed) => jammed.since,
            Self::Empty { since } | Self::Full { since } => *since,
            Self::RunsEmpty { .. } | Self::RunsFull { .. } => None,
        }
    }
}

impl Hotspot {
    /// Why the station is one, at `now`: `no bike for 25 min; 4.2 rides are lost within 180 min, 3.9 of them with 7 bikes instead of 0 are not`.
    pub fn why(&self, now: Instant) -> String {
        let lost = format!("{:.1} rides are lost within {}", self.lost_rides, minutes(self.horizon));
        match self.need {
            Need::Jammed(jammed) => {
                let chance = jammed.chance;
                let (bikes, expected) = (self.bikes, jammed.expected);
                let spell = spell(now, jammed.since);
                format!(
                    "{bikes} bikes and no rental{spell}, where {expected:.1} were expected (chance {chance:.1e}): inspect it; {lost}"
                )
            }
            Need::Empty { since } => format!("no bike{}; {lost}, {}", spell(now, since), self.saved()),
            Need::Full { since } => format!("no free dock{}; {lost}, {}", spell(now, since), self.saved()),
            Need::RunsEmpty { chance, after } => {
                format!(
                    "{} bikes, none{} with a chance of {:.0} %; {lost}, {}",
                    self.bikes,
                    ahead(after),
                    chance * 1e2,
                    self.saved()
                )
            }
            Need::RunsFull { chance, after } => {
                let percent = chance * 1e2;
                format!(
                    "{} bikes, no free dock{} with a chance of {percent:.0} %; {lost}, {}",
                    self.bikes,
                    ahead(after),
                    self.saved()
                )
            }
        }
    }

    fn saved(&self) -> String {
        format!("{:.1} fewer with {} bikes", self.saved_rides, self.best)
    }
}

fn minutes(span: Millis) -> String {
    format!("{:.0} min", span.as_secs_f64() / 60.0)
}

fn spell(now: Instant, since: Option<Instant>) -> String {
    since.map_or_else(String::new, |since| format!(" for {}", minutes(now.since(since))))
}

fn ahead(after: Option<Millis>) -> String {
    after.map_or_else(String::new, |after| format!(" in about {}", minutes(after)))
}
