//! Kinds of something that are written by name on a command line: of faults, of planted bugs.

/// Names with commas between them.
pub(crate) fn listed<T: std::fmt::Display>(kinds: impl IntoIterator<Item = T>) -> String {
    kinds.into_iter().map(|kind| kind.to_string()).collect::<Vec<_>>().join(",")
}

macro_rules! kinds {
    ($(#[doc = $about:literal])* $Kind:ident, $what:literal; $($(#[doc = $says:literal])* $kind:ident $name:literal;)*) => {
        $(#[doc = $about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $Kind { $($(#[doc = $says])* $kind,)* }

        impl $Kind {
            /// All kinds.
            pub const ALL: &'static [$Kind] = &[$($Kind::$kind,)*];

            /// As it is written on a command line.
            pub const fn name(self) -> &'static str {
                match self { $($Kind::$kind => $name,)* }
            }
        }

        impl std::fmt::Display for $Kind {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl std::str::FromStr for $Kind {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                let known = Self::ALL.iter().copied().find(|kind| kind.name() == text);
                known.ok_or_else(|| {
                    format!("{text:?} is no {}; there are {}", $what, $crate::kinds::listed(Self::ALL))
                })
            }
        }
    };
}

pub(crate) use kinds;
