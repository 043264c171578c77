//! Logs in tables, asked through a proxy that loses what it is told to.

use crate::postgres_server::PostgresServer;
use crate::proxy::Proxy;
use crate::subject::{Lost, Part, Subject};
use paceline_journal::{LogAddress, PostgresLog, Seq};
use std::cell::Cell;

/// Ways to damage a record, each in a column of its own.
const OF_RECORDS: [&str; 8] = [
    "SET payload = set_byte(payload, 0, get_byte(payload, 0) # 16)",
    "SET payload = payload || '\\x00'::bytea",
    "SET payload = ''::bytea",
    "SET format = format # 1",
    "SET before = before # 1",
    "SET crc = crc # 1",
    "SET crc = -1",
    "SET seq = seq + 100",
];
const OF_SNAPSHOTS: [&str; 4] =
    ["SET bytes = bytes - 1", "SET format = format # 1", "SET crc = crc # 1", "SET bytes = bytes + 1"];
const OF_CHUNKS: [&str; 2] =
    ["SET state = set_byte(state, 1, get_byte(state, 1) # 1)", "SET number = number + 1"];
/// What a server says whose disk is full.
const NO_ROOM: &str = "
CREATE OR REPLACE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
DROP TRIGGER IF EXISTS no_room ON paceline_log_records;
CREATE TRIGGER no_room BEFORE INSERT ON paceline_log_records FOR EACH ROW EXECUTE FUNCTION no_room()";

pub(crate) struct PostgresLogs {
    server: PostgresServer,
    proxy: Proxy,
    made: Cell<u32>,
}

impl PostgresLogs {
    pub(crate) fn on(server: PostgresServer) -> Self {
        let proxy = Proxy::to(server.address());
        Self { server, proxy, made: Cell::default() }
    }
}

fn region(log: &LogAddress) -> String {
    log.name().split_once('#').unwrap().1.to_owned()
}

impl Subject for PostgresLogs {
    fn name(&self) -> &'static str {
        "postgresql"
    }
    fn fresh(&self) -> LogAddress {
        self.made.set(self.made.get() + 1);
        let url = format!("postgresql://{}@{}/postgres", PostgresServer::USER, self.proxy.address());
        LogAddress::of(PostgresLog::parse(&url, &format!("region-{}", self.made.get())).unwrap())
    }
    fn cut_power(&self, _: &LogAddress) {
        self.server.kill_and_restart();
    }
    fn refuses_a_second(&self) -> bool {
        false
    }
    fn damage(&self, log: &LogAddress, part: Part, n: usize) -> bool {
        let region = region(log);
        let (table, key, how) = match part {
            Part::Record(Seq(seq)) => match OF_RECORDS.get(n) {
                Some(how) => ("records", format!("seq = {seq}"), *how),
                None if n == OF_RECORDS.len() => {
                    self.server.sql(&format!(
                        "DELETE FROM paceline_log_records WHERE region = '{region}' AND seq = {seq}"
                    ));
                    return true;
                }
                None => return false,
            },
            Part::Snapshot(Seq(at)) => {
                let key = format!("at = {at}");
                match (OF_SNAPSHOTS.get(n), n.checked_sub(OF_SNAPSHOTS.len()).and_then(|n| OF_CHUNKS.get(n)))
                {
                    (Some(how), _) => ("snapshots", key, *how),
                    (_, Some(how)) => ("chunks", key, *how),
                    _ => return false,
                }
            }
        };
        self.server.sql(&format!("UPDATE paceline_log_{table} {how} WHERE region = '{region}' AND {key}"));
        true
    }
    fn set_full(&self, full: bool) -> bool {
        self.server.sql(if full {
            NO_ROOM
        } else {
            "DROP TRIGGER IF EXISTS no_room ON paceline_log_records"
        });
        self.proxy.forward();
        true
    }
    fn lose_next(&self, lost: Lost) -> bool {
        self.proxy.lose_next(lost);
        true
    }
    fn deliver(&self) {
        self.proxy.deliver();
    }
}
