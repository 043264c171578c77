//! Any answers at all, in any order: what is kept is right, it comes to an end, and it costs what it should.

use crate::scripted::{Answer, File, TAG, all_right, fetch, whole};
use paceline_artefact::Request;
use proptest::prelude::*;
use std::sync::LazyLock;

const LENGTH: usize = 100_000;

/// Small, so that many cases take little time: some 25 chunks.
static FILE: LazyLock<File> = LazyLock::new(|| File::new(3, LENGTH, 4_000));

/// What a source may do with a request.
#[derive(Clone, Debug)]
enum Does {
    Right,
    Cut(usize),
    Earlier(usize),
    Later(usize),
    Whole,
    Another,
    NoRange,
    Status(u16),
    Silent,
    Flipped(usize),
}

fn does() -> impl Strategy<Value = Does> {
    prop_oneof![
        4 => Just(Does::Right),
        3 => (0_usize..30_000).prop_map(Does::Cut),
        1 => (0_usize..10_000).prop_map(Does::Earlier),
        1 => (0_usize..10_000).prop_map(Does::Later),
        1 => Just(Does::Whole),
        1 => Just(Does::Another),
        1 => Just(Does::NoRange),
        2 => prop::sample::select(vec![304, 401, 403, 404, 416, 429, 500, 503, 302]).prop_map(Does::Status),
        2 => Just(Does::Silent),
        1 => (0_usize..LENGTH).prop_map(Does::Flipped),
    ]
}

fn answer(file: &File, does: &Does, request: &Request) -> Answer {
    let mut right = Answer::right(file, request);
    let first = request
        .range
        .as_deref()
        .and_then(|range| range[6..].split('-').next()?.parse().ok())
        .unwrap_or(0_usize);
    let last = file.bytes.len() - 1;
    match does {
        Does::Right => {}
        Does::Cut(at) => right.body.truncate(*at),
        Does::Earlier(by) => right = Answer::part(file, first.saturating_sub(*by), last),
        Does::Later(by) => right = Answer::part(file, (first + by).min(last), last),
        Does::Whole => {
            right = Answer { status: 200, etag: Some(TAG), body: file.bytes.clone(), ..Answer::default() }
        }
        Does::Another => right.etag = Some("\"b2\""),
        Does::NoRange => right.content_range = None,
        Does::Status(status) => right = Answer { status: *status, ..Answer::default() },
        Does::Silent => right.silent = true,
        Does::Flipped(at) => {
            let length = right.body.len().max(1);
            if let Some(byte) = right.body.get_mut(at % length) {
                *byte ^= 1;
            }
        }
    }
    right
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_comes_nothing_wrong_is_kept_and_one_good_source_is_enough(
        script in prop::collection::vec(does(), 0..40),
        have in 0_usize..LENGTH,
    ) {
        let file = &*FILE;
        // The first source does as it is told here and then fails for good; the second one is always right.
        let came = fetch(file, have, 2, true, |number, request| match (request.source, script.get(number)) {
            (0, Some(does)) => answer(file, does, request),
            (0, None) => Answer { silent: true, ..Answer::default() },
            _ => Answer::right(file, request),
        });
        prop_assert!(all_right(&came));
        prop_assert!(came.done);
        prop_assert_eq!(whole(&came, file), Some(file.bytes.clone()));
    }

    #[test]
    fn a_link_that_breaks_off_costs_no_byte_twice(cuts in prop::collection::vec(1_usize..20_000, 0..60)) {
        let file = &*FILE;
        let came = fetch(file, 0, 1, true, |number, request| {
            let mut right = Answer::right(file, request);
            right.body.truncate(cuts.get(number).copied().unwrap_or(usize::MAX));
            right
        });
        prop_assert!(came.done && came.received() == LENGTH as u64, "{} bytes", came.received());
    }
}
