//! Servers of several versions in one cluster: what each reads, and when what is new may be written.

use anyhow::bail;
use paceline_cluster::{FormatLevel, Store, Table};
use paceline_engine::record::level::{ADDED, NEWEST};
use paceline_serve::ServeError;
use std::fmt::Write as _;

/// Says how far the upgrade is. Errors: this program may not join.
pub(super) fn check(table: &Table) -> anyhow::Result<()> {
    print!("{}", report(table));
    if table.level > NEWEST {
        return Err(ServeError::TooOld { reads: NEWEST, level: table.level }.into());
    }
    Ok(())
}

/// Raises the level to what all servers read. Errors: a server, or this program, reads no more than what is written already.
pub(super) fn finish(store: &mut dyn Store) -> anyhow::Result<()> {
    let table = store.read()?;
    let to = table.read_by_all().map_or(NEWEST, |all| all.min(NEWEST));
    if to <= table.level {
        let waits = waited_for(&table);
        if waits.is_empty() {
            println!("there is nothing to finish: the cluster writes up to level {}", table.level);
            return Ok(());
        }
        bail!(
            "E0310 the cluster stays at level {}, and these read no more: {}",
            table.level,
            waits.join(", ")
        );
    }
    // Somebody may have joined since.
    if !store.raise(to)? {
        bail!("E0310 the cluster stays at level {}: a server has joined that reads no more", table.level);
    }
    println!("the cluster writes up to level {}: {}", to, new_between(table.level, to));
    println!("programs that read less can no longer join");
    Ok(())
}

/// Servers that read no more than what is written, while this program does.
fn waited_for(table: &Table) -> Vec<String> {
    if table.level >= NEWEST {
        return Vec::new();
    }
    let behind = table.servers.iter().filter(|(_, row)| row.reads <= table.level);
    behind.map(|(name, row)| format!("{name} (version {})", row.version)).collect()
}

fn report(table: &Table) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let level = table.level;
    let mut text = format!(
        "this program ({version}) reads up to level {NEWEST}; the cluster writes up to level {level}\n"
    );
    // Writing to a string cannot fail.
    _ = writeln!(text, "{:<20} {:<10} READS", "SERVER", "VERSION");
    for (name, row) in &table.servers {
        _ = writeln!(text, "{:<20} {:<10} {:>5}", name.as_str(), row.version, row.reads.0);
    }
    let read_by_all = table.read_by_all().unwrap_or(level);
    let waits = waited_for(table);
    if read_by_all > level {
        let new = new_between(level, read_by_all);
        _ = writeln!(
            text,
            "all servers read level {read_by_all}: `paceline cluster finish-upgrade` lets it be written ({new})"
        );
    } else if !waits.is_empty() {
        _ = writeln!(
            text,
            "waits for {}; until then nothing new is written ({})",
            waits.join(", "),
            new_between(level, NEWEST)
        );
    }
    text
}

/// What is new above one level, up to another.
fn new_between(above: FormatLevel, up_to: FormatLevel) -> String {
    let new = ADDED.iter().filter(|(level, _)| above < *level && *level <= up_to);
    new.map(|(_, what)| *what).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use paceline_cluster::{Incarnation, ServerRow};
    use paceline_model::ServerId;

    fn table(level: u32, servers: &[(&str, u32)]) -> Table {
        let row = |reads| ServerRow {
            incarnation: Incarnation(1),
            beat: 1,
            url: "http://a".into(),
            weight: 1.0,
            draining: false,
            leaving: false,
            version: "0.0.9".into(),
            reads: FormatLevel(reads),
        };
        let row = |(name, reads): &(&str, u32)| (ServerId::new(name).expect("a good name"), row(*reads));
        Table { level: FormatLevel(level), servers: servers.iter().map(row).collect(), ..Table::default() }
    }

    fn said(level: u32, servers: &[(&str, u32)]) -> String {
        report(&table(level, servers)).replace(env!("CARGO_PKG_VERSION"), "THIS")
    }

    #[test]
    fn what_a_cluster_waits_for_is_named() {
        expect![[r#"
            this program (THIS) reads up to level 2; the cluster writes up to level 1
            SERVER               VERSION    READS
            a                    0.0.9          2
            b                    0.0.9          1
            waits for b (version 0.0.9); until then nothing new is written (vehicles change regions, crews inspect stations that give no bikes, bikes that stand at no station are counted by cells, batteries of bikes are changed)
        "#]]
        .assert_eq(&said(1, &[("a", 2), ("b", 1)]));
    }

    #[test]
    fn once_all_read_it_it_may_be_written() {
        expect![[r#"
            this program (THIS) reads up to level 2; the cluster writes up to level 1
            SERVER               VERSION    READS
            a                    0.0.9          2
            b                    0.0.9          3
            all servers read level 2: `paceline cluster finish-upgrade` lets it be written (vehicles change regions, crews inspect stations that give no bikes, bikes that stand at no station are counted by cells, batteries of bikes are changed)
        "#]].assert_eq(&said(1, &[("a", 2), ("b", 3)]));
        expect![[r#"
            this program (THIS) reads up to level 2; the cluster writes up to level 2
            SERVER               VERSION    READS
            a                    0.0.9          2
            b                    0.0.9          2
        "#]]
        .assert_eq(&said(2, &[("a", 2), ("b", 2)]));
    }

    #[test]
    fn a_program_that_reads_less_than_is_written_may_not_join() {
        let refused = check(&table(NEWEST.0 + 1, &[])).expect_err("too old").to_string();
        assert!(refused.starts_with("E0618 "), "{refused}");
        check(&table(NEWEST.0, &[])).expect("it may join");
    }
}
