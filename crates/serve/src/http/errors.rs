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

/// A code without a page does not compile.
const fn text(of: Code) -> &'static str {
    match of {
        Code::E0101 => include_str!("../../../../docs/errors/E0101.md"),
        Code::E0102 => include_str!("../../../../docs/errors/E0102.md"),
        Code::E0103 => include_str!("../../../../docs/errors/E0103.md"),
        Code::E0104 => include_str!("../../../../docs/errors/E0104.md"),
        Code::E0105 => include_str!("../../../../docs/errors/E0105.md"),
        Code::E0106 => include_str!("../../../../docs/errors/E0106.md"),
        Code::E0107 => include_str!("../../../../docs/errors/E0107.md"),
        Code::E0108 => include_str!("../../../../docs/errors/E0108.md"),
        Code::E0109 => include_str!("../../../../docs/errors/E0109.md"),
        Code::E0110 => include_str!("../../../../docs/errors/E0110.md"),
        Code::E0111 => include_str!("../../../../docs/errors/E0111.md"),
        Code::E0112 => include_str!("../../../../docs/errors/E0112.md"),
        Code::E0113 => include_str!("../../../../docs/errors/E0113.md"),
        Code::E0114 => include_str!("../../../../docs/errors/E0114.md"),
        Code::E0115 => include_str!("../../../../docs/errors/E0115.md"),
        Code::E0201 => include_str!("../../../../docs/errors/E0201.md"),
        Code::E0202 => include_str!("../../../../docs/errors/E0202.md"),
        Code::E0203 => include_str!("../../../../docs/errors/E0203.md"),
        Code::E0204 => include_str!("../../../../docs/errors/E0204.md"),
        Code::E0205 => include_str!("../../../../docs/errors/E0205.md"),
        Code::E0206 => include_str!("../../../../docs/errors/E0206.md"),
        Code::E0207 => include_str!("../../../../docs/errors/E0207.md"),
        Code::E0301 => include_str!("../../../../docs/errors/E0301.md"),
        Code::E0302 => include_str!("../../../../docs/errors/E0302.md"),
        Code::E0303 => include_str!("../../../../docs/errors/E0303.md"),
        Code::E0304 => include_str!("../../../../docs/errors/E0304.md"),
        Code::E0305 => include_str!("../../../../docs/errors/E0305.md"),
        Code::E0306 => include_str!("../../../../docs/errors/E0306.md"),
        Code::E0307 => include_str!("../../../../docs/errors/E0307.md"),
        Code::E0308 => include_str!("../../../../docs/errors/E0308.md"),
        Code::E0401 => include_str!("../../../../docs/errors/E0401.md"),
        Code::E0402 => include_str!("../../../../docs/errors/E0402.md"),
        Code::E0403 => include_str!("../../../../docs/errors/E0403.md"),
        Code::E0404 => include_str!("../../../../docs/errors/E0404.md"),
        Code::E0501 => include_str!("../../../../docs/errors/E0501.md"),
        Code::E0502 => include_str!("../../../../docs/errors/E0502.md"),
        Code::E0503 => include_str!("../../../../docs/errors/E0503.md"),
        Code::E0510 => include_str!("../../../../docs/errors/E0510.md"),
        Code::E0601 => include_str!("../../../../docs/errors/E0601.md"),
        Code::E0602 => include_str!("../../../../docs/errors/E0602.md"),
        Code::E0603 => include_str!("../../../../docs/errors/E0603.md"),
        Code::E0604 => include_str!("../../../../docs/errors/E0604.md"),
        Code::E0605 => include_str!("../../../../docs/errors/E0605.md"),
        Code::E0606 => include_str!("../../../../docs/errors/E0606.md"),
        Code::E0607 => include_str!("../../../../docs/errors/E0607.md"),
        Code::E0608 => include_str!("../../../../docs/errors/E0608.md"),
        Code::E0609 => include_str!("../../../../docs/errors/E0609.md"),
        Code::E0610 => include_str!("../../../../docs/errors/E0610.md"),
        Code::E0611 => include_str!("../../../../docs/errors/E0611.md"),
        Code::E0612 => include_str!("../../../../docs/errors/E0612.md"),
        Code::E0613 => include_str!("../../../../docs/errors/E0613.md"),
        Code::E0614 => include_str!("../../../../docs/errors/E0614.md"),
        Code::E0615 => include_str!("../../../../docs/errors/E0615.md"),
        Code::E0701 => include_str!("../../../../docs/errors/E0701.md"),
        Code::E0702 => include_str!("../../../../docs/errors/E0702.md"),
        Code::E0703 => include_str!("../../../../docs/errors/E0703.md"),
        Code::E0704 => include_str!("../../../../docs/errors/E0704.md"),
    }
}
