//! A download that goes on with something else: 4 MiB of 10 MiB are there, the rest is asked for, and ten answers come. After each, what
//! is kept is right, and the object is that of the manifest or not complete.

#[path = "../made/mod.rs"]
mod made;
mod random;
mod scripted;

use paceline_artefact::SourceState;
use scripted::{Answer, Came, File, TAG, all_right, fetch, whole};

const HAVE: usize = 4_194_304;
const TOTAL: usize = 10_485_760;
const REST: u64 = (TOTAL - HAVE) as u64;

fn file() -> File {
    File::new(1, TOTAL, 64 << 10)
}

/// The first request is answered by `first`, all others as they should be.
fn after(file: &File, first: impl Fn(&File) -> Answer) -> Came {
    let came = fetch(file, HAVE, 1, true, |number, request| match number {
        0 => first(file),
        _ => Answer::right(file, request),
    });
    assert_eq!(came.asked[0], (0, Some(format!("bytes={HAVE}-"))));
    assert!(came.conditional[0]);
    assert!(all_right(&came));
    assert!(came.done && whole(&came, file).as_ref() == Some(&file.bytes), "{:?}", came.asked);
    came
}

#[test]
fn a_the_rest_is_written_where_it_was_asked_for() {
    let came = after(&file(), |file| Answer::part(file, HAVE, TOTAL - 1));
    assert_eq!((came.received(), came.asked.len()), (REST, 1));
}

#[test]
fn b_the_whole_is_written_from_its_beginning_and_never_appended() {
    let came = after(&file(), |file| Answer {
        status: 200,
        etag: Some(TAG),
        body: file.bytes.clone(),
        ..Answer::default()
    });
    assert_eq!((came.received(), came.asked.len()), (TOTAL as u64, 1));
}

#[test]
fn c_a_range_that_begins_earlier_is_written_where_the_answer_says() {
    let came = after(&file(), |file| Answer::part(file, 4_190_208, TOTAL - 1));
    assert_eq!((came.received(), came.asked.len()), (REST + 4_096, 1));
}

#[test]
fn d_another_version_is_not_read_and_the_manifest_is_read_again() {
    let file = file();
    let another = |_: &File| Answer {
        status: 206,
        content_range: Some("bytes 4194304-10485760/10485761".into()),
        etag: Some("\"b2\""),
        body: vec![7; 6_291_457],
        ..Answer::default()
    };
    let came = after(&file, another);
    assert_eq!((came.received(), &came.reread[..]), (REST, &[0][..]));
    // Where it is another's manifest too, the source is left, and what is there stays as it was.
    let came = fetch(&file, HAVE, 1, false, |_, _| another(&file));
    assert!(!came.done && all_right(&came) && came.received() == 0, "{came:?}");
    assert_eq!(came.fetch.sources().next().map(|source| source.state), Some(SourceState::Left));
}

#[test]
fn e_what_is_there_is_looked_at_where_the_source_denies_the_rest() {
    let came = after(&file(), |_| Answer {
        status: 416,
        content_range: Some("bytes */4194304".into()),
        ..Answer::default()
    });
    assert_eq!((came.received(), came.verified, &came.reread[..]), (REST, 2, &[0][..]));
}

#[test]
fn f_not_modified_completes_nothing_and_is_asked_again_without_conditions() {
    let came = after(&file(), |_| Answer { status: 304, ..Answer::default() });
    assert_eq!((came.received(), &came.conditional[..]), (REST, &[true, false][..]));
}

#[test]
fn g_a_part_that_does_not_say_which_is_of_no_use_and_the_whole_is_asked_for() {
    let came = after(&file(), |file| Answer {
        status: 206,
        etag: Some(TAG),
        body: file.bytes[HAVE..].to_vec(),
        ..Answer::default()
    });
    assert_eq!((came.received(), came.asked[1].1.as_deref()), (TOTAL as u64, None));
}

#[test]
fn h_what_came_before_the_cut_is_kept_and_the_rest_is_asked_for() {
    let came = after(&file(), |file| {
        let mut cut = Answer::part(file, HAVE, TOTAL - 1);
        cut.body.truncate(1_000_000);
        cut
    });
    assert_eq!((came.received(), came.asked[1].1.as_deref()), (REST, Some("bytes=5194304-")));
    assert_eq!(came.waits, [0; 0], "it is asked again at once");
}

#[test]
fn i_a_log_in_page_is_nothing_of_the_artefact_and_the_link_is_tried_later() {
    let file = file();
    let page = |_: &File| Answer {
        status: 200,
        content_type: Some("text/html"),
        body: vec![b'<'; 1_834],
        ..Answer::default()
    };
    let came = after(&file, page);
    assert_eq!((came.received(), &came.waits[..]), (REST, &[1][..]));
    // Whoever looks while it goes on sees why.
    let mut state = None;
    let came = fetch(&file, HAVE, 2, true, |number, request| match number {
        0 => page(&file),
        _ => Answer::right(&file, request),
    });
    state = state.or(came.fetch.sources().next().map(|source| source.state));
    assert_eq!(
        (state, came.asked[1].0),
        (Some(SourceState::Captive), 1),
        "the other source is asked meanwhile"
    );
}

#[test]
fn j_chunks_of_another_version_are_dropped_fetched_elsewhere_and_the_source_is_left_after_three() {
    let (file, other) = (file(), File::new(2, TOTAL, 64 << 10));
    let wrong = |first: usize| Answer { etag: Some(TAG), ..Answer::part(&other, first, TOTAL - 1) };
    let came = fetch(&file, HAVE, 2, true, |_, request| match request.source {
        0 => wrong(HAVE),
        _ => Answer::right(&file, request),
    });
    assert!(came.done && all_right(&came) && whole(&came, &file).as_ref() == Some(&file.bytes));
    let from: Vec<_> =
        came.fetch.sources().map(|source| (source.state, source.wrong, source.bytes)).collect();
    assert_eq!((from[0].0, from[0].1), (SourceState::Left, 3));
    assert!(
        from[0].2 <= 3 * (64 << 10) + 10_007,
        "what a connection had in it when it was closed: {}",
        from[0].2
    );
    assert_eq!((from[1].1, from[1].2), (0, REST));
}

#[test]
fn a_wrong_chunk_is_fetched_twice_at_most_from_one_source() {
    let file = file();
    // One chunk of it is always wrong.
    let spoilt = |answer: Answer, first: usize| {
        let mut answer = answer;
        if let Some(byte) = (HAVE + 70_000).checked_sub(first).and_then(|at| answer.body.get_mut(at)) {
            *byte ^= 1;
        }
        answer
    };
    let came = fetch(&file, HAVE, 1, true, |_, request| {
        let range = request.range.as_deref().unwrap_or("bytes=0-");
        let first: usize = range[6..].split('-').next().and_then(|of| of.parse().ok()).expect("a number");
        spoilt(Answer::right(&file, request), first)
    });
    assert!(!came.done && all_right(&came));
    assert_eq!((came.fetch.left(), came.fetch.counts().wrong), (1, 2));
}
