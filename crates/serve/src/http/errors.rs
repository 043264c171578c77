//! The codes of errors, and the page of each: cause and cure.

use crate::problem::Problem;
use axum::Json;
use axum::extract::Path;
use axum::http::{HeaderName, header};
use paceline_api::{Code, ProblemKind};

/// Every code.
pub(super) async fn list() -> Json<Vec<ProblemKind>> {
    Json(Code::ALL.iter().copied().map(ProblemKind::from).collect())
}

/// The page of one.
pub(super) async fn page(
    Path(code): Path<String>,
) -> Result<([(HeaderName, &'static str); 1], &'static str), Problem> {
    let known = code.parse().map_err(|()| Problem::unknown("error", &code))?;
    Ok(([(header::CONTENT_TYPE, "text/markdown; charset=utf-8")], text(known)))
}

/// The page of each of these codes.
macro_rules! pages {
    ($of:ident: $($code:ident)*) => {
        match $of {
            $(Code::$code => include_str!(concat!("../../../../docs/errors/", stringify!($code), ".md")),)*
        }
    };
}

/// A code without a page does not compile.
#[rustfmt::skip]
const fn text(of: Code) -> &'static str {
    pages! { of:
        E0101 E0102 E0103 E0104 E0105 E0106 E0107 E0108 E0109 E0110 E0111 E0112
        E0113 E0114 E0115 E0116
        E0201 E0202 E0203 E0204 E0205 E0206 E0207 E0208
        E0301 E0302 E0303 E0304 E0305 E0306 E0307 E0308 E0309 E0310
        E0401 E0402 E0403 E0404 E0405
        E0501 E0502 E0503 E0504 E0505 E0506 E0507 E0508 E0509 E0510 E0511 E0512 E0520 E0521 E0522 E0523
        E0601 E0602 E0603 E0604 E0605 E0606 E0607 E0608 E0609 E0610 E0611 E0612
        E0613 E0614 E0615 E0616 E0617 E0618
        E0701 E0702 E0703 E0704
    }
}
