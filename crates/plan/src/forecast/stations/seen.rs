//! What was seen of a station between two readings.

use paceline_model::Instant;

/// From so many bikes on, a change between two readings is a van and not riders. In Oslo in May 2023, with readings 20 minutes apart, changes get
/// rarer by more than half from one bike to the next up to seven, and as frequent again from eleven to twenty, which is what a van brings.
const VAN_FROM: u32 = 8;
/// Between readings further apart than this too much cancels out.
const APART_MS_MAX: u64 = 3_600_000;

/// Which riders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Those who take a bike.
    Rental,
    /// Those who bring one.
    Return,
}

impl Side {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Rental, Self::Return];
}

/// Riders who were counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// How many.
    pub riders: u32,
    /// How many could have been at most: bikes, or free docks, at the beginning. Where all of it went, more riders may have come and found nothing;
    /// where it is 0, nothing is known.
    pub room: u32,
}

impl Count {
    /// Whether more may have come than were counted.
    pub fn is_cut(self) -> bool {
        self.riders >= self.room
    }
}

/// What stands at a station, by one reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parked {
    /// Bikes fit for hire.
    pub bikes: u32,
    /// Free docks.
    pub docks: u32,
}

/// Riders at one station in a span of time in which it was in service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The station, by its number in the forecast.
    pub station: usize,
    /// When the span begins.
    pub from: Instant,
    /// When it ends.
    pub to: Instant,
    /// Riders who took a bike.
    pub rentals: Count,
    /// Riders who brought one.
    pub returns: Count,
}

/// Why two readings say nothing of riders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Unseen {
    /// The second is not later than the first.
    #[error("the second reading is not later than the first")]
    NotLater,
    /// Too much cancels out between them.
    #[error("readings are more than an hour apart")]
    FarApart,
    /// A van was there.
    #[error("so many bikes at once are a van's")]
    Van,
}

impl Seen {
    /// What two readings of a station show. That is the net flow: of a rental and a return between them neither is seen, so that these counts, and all that
    /// is learnt from them, are lower bounds of what riders did.
    ///
    /// Errors: they are in no order or more than an hour apart, or eight bikes or more came or went, which is a van.
    pub fn between(
        station: usize,
        (from, before): (Instant, Parked),
        (to, after): (Instant, Parked),
    ) -> Result<Self, Unseen> {
        let (gone, come) =
            (before.bikes.saturating_sub(after.bikes), after.bikes.saturating_sub(before.bikes));
        match () {
            () if to <= from => Err(Unseen::NotLater),
            () if to.0 - from.0 > APART_MS_MAX => Err(Unseen::FarApart),
            () if gone.max(come) >= VAN_FROM => Err(Unseen::Van),
            () => Ok(Self {
                station,
                from,
                to,
                rentals: Count { riders: gone, room: before.bikes },
                // Docks may have been mended meanwhile: what came in had room.
                returns: Count {
                    riders: come,
                    room: if before.docks == 0 { 0 } else { before.docks.max(come) },
                },
            }),
        }
    }
    /// The riders of one side.
    pub fn of(&self, side: Side) -> Count {
        match side {
            Side::Rental => self.rentals,
            Side::Return => self.returns,
        }
    }
}
