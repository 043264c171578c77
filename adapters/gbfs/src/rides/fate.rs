//! What becomes of a row of a trip file: a ride, or set aside for one reason. Rides and what is set aside add up to the rows.

use super::places::End;
use paceline_model::{Instant, Millis};
use serde::Serialize;
use std::fmt;

macro_rules! reasons {
    ($(#[$doc:meta])* $of:ident { $($name:ident => $words:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $of {
            $(#[doc = concat!($words, ".")] $name,)*
        }

        impl fmt::Display for $of {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$name => $words,)*
                })
            }
        }
    };
}

reasons! {
    /// Why a row is no ride.
    SetAside {
        Doubled => "the same ride again",
        OtherwiseAgain => "the same ride again, with another start or end",
        NotAStation => "begins or ends at a place that is no station: test bench, workshop, depot",
        StationUnknown => "begins or ends at a station that nobody knows",
        Redocked => "docked again within a minute where it was: the bike may be broken",
        EndsBeforeStart => "ends before it starts, and no clock change explains it",
        TimeNeverWas => "starts or ends at a time that the clocks skipped",
        NoTime => "its start is missing or no time, or its end is no time",
    }
}

reasons! {
    /// What is odd about a row that is a ride.
    Remark {
        Ambiguous => "the hour came twice that night: the shortest reading is taken",
        EndInDoubt => "said twice with different ends: a departure, and nobody knows where and when it ended",
        TooLong => "out for more than a day: a departure, and no rider's arrival",
        DurationsDiffer => "its times and its duration differ: no riding time",
        TooFast => "faster than anybody rides: no riding time",
        EndUnknown => "its end is nowhere, or at 0, 0: a departure, and an arrival nobody knows where",
        StartUnknown => "its start is nowhere, or at 0, 0",
        StillOut => "it has not ended",
        IdCut => "a station's id that is not in the list: matched by name and place",
    }
}

/// One ride, as far as it can be believed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ride {
    /// Its id in the file; the row's place where the file gives none.
    pub id: String,
    /// Which bike.
    pub bike: Option<String>,
    /// What kind of bike, as the file says it.
    pub kind: Option<String>,
    /// When it began.
    pub departed_at: Instant,
    /// Where.
    pub from: End,
    /// When a rider brought the bike, if one did.
    pub arrived_at: Option<Instant>,
    /// Where, if that is known.
    pub to: End,
    /// How long it took, where that says how long rides take.
    #[serde(rename = "riding_ms")]
    pub riding: Option<Millis>,
    /// What is odd about it.
    pub remarks: Vec<Remark>,
    /// Where it stands: file and line.
    pub row: String,
}

impl Ride {
    /// Whether another row says the same of the same ride.
    pub(super) fn same(&self, other: &Self) -> bool {
        let of = |ride: &Self| (ride.departed_at, ride.from.clone(), ride.arrived_at, ride.to.clone());
        of(self) == of(other)
    }

    /// Whether it is only one of the readings of its times that are possible.
    pub(super) fn is_ambiguous(&self) -> bool {
        self.remarks.contains(&Remark::Ambiguous)
    }

    /// Another row says otherwise: that it began is sure.
    pub(super) fn doubt_end(&mut self) {
        (self.arrived_at, self.to, self.riding) = (None, End::Unknown, None);
        self.remarks = vec![Remark::EndInDoubt];
    }
}
