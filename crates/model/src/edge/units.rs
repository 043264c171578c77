//! Quantities of the edge, each with its unit in the type. Kubernetes' own units: milli-CPU, MiB, and shares of a GPU in thousandths.

use crate::limits::{Invalid, MBPS_MAX, MEBIBYTES_MAX, MILLI_CPU_MAX, MILLI_GPU_WHOLE, within};
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident($of:ty), $unit:literal, $max:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $of);

        impl $name {
            /// Errors: more than the limit; `field` is what the caller calls it.
            pub fn new(field: &str, value: $of) -> Result<Self, Invalid> {
                within(field, value as f64, (0.0, $max as f64))?;
                Ok(Self(value))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{} {}", self.0, $unit)
            }
        }
    };
}

quantity!(
    /// Thousandths of a CPU core, as Kubernetes counts `100m`.
    MilliCpu(u32), "milli-CPU", MILLI_CPU_MAX
);
quantity!(
    /// Binary megabytes, as Kubernetes writes `Mi`.
    Mebibytes(u64), "MiB", MEBIBYTES_MAX
);
quantity!(
    /// Thousandths of one GPU; a whole one is 1,000.
    MilliGpu(u16), "milli-GPU", MILLI_GPU_WHOLE
);
quantity!(
    /// Bandwidth in millions of bits a second.
    Mbps(u32), "Mbit/s", MBPS_MAX
);
quantity!(
    /// A part of a hundred.
    Percent(u8), "%", 100
);

/// A temperature in tenths of a degree Celsius; below zero in winter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeciCelsius(pub i16);

impl DeciCelsius {
    /// The nearest to so many degrees; beyond its range its end.
    pub fn from_celsius(degrees: f64) -> Self {
        Self((degrees * 10.0).round() as i16)
    }
    /// In degrees.
    pub fn as_celsius(self) -> f64 {
        f64::from(self.0) / 10.0
    }
}

impl fmt::Display for DeciCelsius {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} °C", self.as_celsius())
    }
}

/// Received signal strength in decibel-milliwatts: always negative in the field, nearer to zero is stronger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Dbm(pub i16);
