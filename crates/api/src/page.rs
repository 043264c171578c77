//! What a page of a list says beside its rows.

/// Rows of a page, if the caller does not say how many.
pub const LISTED_DEFAULT: usize = 100;
/// The header that says at which version of the world a page stands.
pub const VERSION_HEADER: &str = "paceline-version";

/// The headers of a page, with what they say.
pub(crate) const HEADERS: [(&str, &str); 2] = [
    (
        "Link",
        "Where the list goes on, relative to this address: `<?after=...>; rel=\"next\"` (RFC 8288). Without it this is the last page.",
    ),
    (
        "Paceline-Version",
        "The version of the world that the page shows. A stream that goes on after that of the first page misses nothing.",
    ),
];
