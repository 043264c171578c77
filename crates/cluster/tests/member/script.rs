//! Cases as scripts: what a member is told, and what it asks for.

use expect_test::Expect;
use paceline_cluster::{
    ClusterOptions, FormatLevel, Incarnation, Input, Member, Output, RegionId, RegionRow, ServerId,
    ServerRow, Table, Term,
};
use paceline_model::Instant;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Plays a script, a line for each input: `TIME INPUT`. A reading lists servers, each of which gives a sign of life unless it is marked
/// with `=`; one marked `!` is draining, `~` leaving, `'` another process. Behind a bar come regions: name, term, owner, and then `>` the
/// follower and `^` where it is pinned. What is expected is the input with what the member then asks for, and which regions it runs.
pub(crate) fn check(regions: &[&str], script: &str, expected: Expect) {
    check_with(ClusterOptions::default(), regions, script, expected);
}

pub(crate) fn check_with(options: ClusterOptions, regions: &[&str], script: &str, expected: Expect) {
    let regions = regions.iter().map(|name| region(name));
    let mut member = Member::new(server("a"), Incarnation(1), options, regions);
    let (mut beats, mut said) = (BTreeMap::new(), String::new());
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (at, input) = line.split_once(' ').unwrap();
        let (parsed, at) = (parse(input, &mut beats), Instant(at.parse().unwrap()));
        member.handle(at, parsed);
        write!(said, "{line}").unwrap();
        while let Some(output) = member.poll() {
            write!(said, "; {}", show(&output)).unwrap();
        }
        let running: Vec<&str> = member.running().map(RegionId::as_str).collect();
        let ended = if member.is_ended() { ", ended" } else { "" };
        writeln!(said, "  [{}{ended}]", running.join(" ")).unwrap();
    }
    expected.assert_eq(&said);
}

pub(crate) fn server(name: &str) -> ServerId {
    ServerId::new(name).unwrap()
}

pub(crate) fn region(name: &str) -> RegionId {
    RegionId::new(name).unwrap()
}

fn parse(input: &str, beats: &mut BTreeMap<String, u64>) -> Input {
    let words: Vec<&str> = input.split_whitespace().collect();
    match &words[..] {
        ["read", ..] => Input::Read(table(input.trim_start_matches("read"), beats)),
        ["claimed", name, "lost"] => Input::Claimed(region(name), None),
        ["claimed", name, term] => Input::Claimed(region(name), Some(Term(term.parse().unwrap()))),
        ["opened", name] => Input::Opened(region(name)),
        ["failed", name] => Input::Failed(region(name)),
        ["closed", name] => Input::Closed(region(name)),
        ["released", name] => Input::Released(region(name)),
        ["fenced", name] => Input::Fenced(region(name)),
        ["caught-up", name] => Input::CaughtUp(region(name)),
        ["end"] => Input::End,
        other => panic!("{other:?} is no input"),
    }
}

pub(crate) fn table(text: &str, beats: &mut BTreeMap<String, u64>) -> Table {
    let mut parts = text.split('|').map(str::trim);
    let mut table = Table::default();
    for word in parts.next().unwrap_or_default().split_whitespace() {
        let name = word.trim_end_matches(['=', '!', '~', '\'']);
        let beat = beats.entry(name.to_owned()).or_default();
        *beat += u64::from(!word.contains('='));
        let row = ServerRow {
            incarnation: Incarnation(1 + u64::from(word.contains('\''))),
            beat: *beat,
            url: format!("http://{name}"),
            weight: 1.0,
            draining: word.contains('!'),
            leaving: word.contains('~'),
            version: String::new(),
            reads: FormatLevel::FIRST,
        };
        table.servers.insert(server(name), row);
    }
    for words in parts.map(|part| part.split_whitespace().collect::<Vec<_>>()) {
        let marked = |mark| words.iter().find_map(|word| word.strip_prefix(mark)).map(server);
        let owner = Some(words[2]).filter(|name| *name != "-").map(server);
        let term = Term(words[1].parse().unwrap());
        let row = RegionRow { term, owner, pinned: marked('^'), follower: marked('>') };
        table.regions.insert(region(words[0]), row);
    }
    table
}

fn show(output: &Output) -> String {
    match output {
        Output::Claim(region, after) => format!("claim {region} after {}", after.0),
        Output::Open(region) => format!("open {region}"),
        Output::Close(region) => format!("close {region}"),
        Output::Release(region, term, None) => format!("give {region} up in {}", term.0),
        Output::Release(region, term, Some(heir)) => format!("give {region} to {heir} in {}", term.0),
        Output::Follow(region) => format!("follow {region}"),
        Output::Unfollow(region) => format!("follow {region} no more"),
        Output::Ready(region, term) => format!("ready for {region} in {}", term.0),
    }
}
