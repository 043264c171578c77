//! The table of owners in three tables of a PostgreSQL database: each change is one statement.

use crate::store::{Joining, Store, StoreError};
use crate::table::{Incarnation, RegionRow, ServerRow, Table, Term};
use paceline_journal::{JournalError, PostgresLog, PostgresSession};
use paceline_model::{FormatLevel, Invalid, RegionId, ServerId};
use std::sync::Arc;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row};

/// Made by one at a time: `IF NOT EXISTS` alone may fail for two at once. Signs of life change rows often, which find room beside themselves.
const MAKE: &str = "
BEGIN;
SELECT pg_advisory_xact_lock(7161630366);
CREATE TABLE IF NOT EXISTS paceline_cluster_servers (
    server text PRIMARY KEY, incarnation bigint NOT NULL, beat bigint NOT NULL, url text NOT NULL,
    weight double precision NOT NULL, draining boolean NOT NULL, leaving boolean NOT NULL, version text NOT NULL
) WITH (fillfactor = 20);
CREATE TABLE IF NOT EXISTS paceline_cluster_regions (
    region text PRIMARY KEY, term bigint NOT NULL, owner text, pinned text, follower text
) WITH (fillfactor = 50);
ALTER TABLE paceline_cluster_servers ADD COLUMN IF NOT EXISTS reads integer NOT NULL DEFAULT 1;
ALTER TABLE paceline_cluster_servers ADD COLUMN IF NOT EXISTS reads_as bigint NOT NULL DEFAULT 0;
CREATE TABLE IF NOT EXISTS paceline_cluster_level (only_one boolean PRIMARY KEY CHECK (only_one), level integer NOT NULL);
INSERT INTO paceline_cluster_level SELECT true, 1 WHERE EXISTS (SELECT FROM paceline_cluster_servers) ON CONFLICT DO NOTHING;
COMMIT";

/// What a process reads is said with its incarnation: programs of before do not say it, and leave what another process said under their
/// name. A cluster of which nobody has said the level begins with its first server.
const JOIN: &str = "
WITH begun AS (INSERT INTO paceline_cluster_level VALUES (true, $5) ON CONFLICT DO NOTHING)
INSERT INTO paceline_cluster_servers AS known (server, incarnation, beat, url, weight, draining, leaving, version, reads, reads_as)
VALUES ($1, 1, 0, $2, $3, false, false, $4, $5, 1)
ON CONFLICT (server) DO UPDATE SET incarnation = known.incarnation + 1, beat = 0, url = $2, weight = $3, leaving = false,
    version = $4, reads = $5, reads_as = known.incarnation + 1
RETURNING incarnation";
const BEAT: &str = "UPDATE paceline_cluster_servers SET beat = beat + 1, leaving = $3 WHERE server = $1 AND incarnation = $2";
/// What a row's process reads: what it has said itself, or the first level.
macro_rules! reads {
    () => {
        "CASE WHEN reads_as = incarnation THEN reads ELSE 1 END"
    };
}
const SERVERS: &str = concat!(
    "SELECT server, incarnation, beat, url, weight, draining, leaving, version, ",
    reads!(),
    " FROM paceline_cluster_servers"
);
const LEVEL: &str = "SELECT level FROM paceline_cluster_level";
const RAISE: &str = concat!(
    "UPDATE paceline_cluster_level SET level = greatest(level, $1) ",
    "WHERE NOT EXISTS (SELECT FROM paceline_cluster_servers WHERE ",
    reads!(),
    " < $1)"
);
const REGIONS: &str = "SELECT region, term, owner, pinned, follower FROM paceline_cluster_regions";
/// A region that was never there begins in its first term.
const BEGIN: &str = "
INSERT INTO paceline_cluster_regions (region, term, owner) VALUES ($1, $2::bigint + 1, $3) ON CONFLICT DO NOTHING RETURNING term";
const CLAIM: &str = "
UPDATE paceline_cluster_regions SET term = term + 1, owner = $3, follower = NULL WHERE region = $1 AND term = $2 RETURNING term";
/// Who is leaving is given nothing more. Its row is held meanwhile, so that its next reading shows what it was given before it said so.
const RELEASE: &str = "
UPDATE paceline_cluster_regions SET term = term + 1, follower = NULL,
    owner = (SELECT server FROM paceline_cluster_servers WHERE server = $3 AND NOT leaving FOR SHARE)
WHERE region = $1 AND term = $2";
const READY: &str = "UPDATE paceline_cluster_regions SET follower = $3 WHERE region = $1 AND term = $2";
const PIN: &str = "UPDATE paceline_cluster_regions SET pinned = $2 WHERE region = $1";
const DRAIN: &str = "UPDATE paceline_cluster_servers SET draining = $2 WHERE server = $1";
const FORGET: &str = "DELETE FROM paceline_cluster_servers WHERE server = $1";

/// The table of owners in a PostgreSQL database.
#[derive(Debug)]
pub struct PostgresStore {
    at: PostgresLog,
    /// `None`: it broke, and is made again with the next question.
    session: Option<PostgresSession>,
}

/// A value that goes with a statement.
type Value = Box<dyn ToSql + Send + Sync>;

impl PostgresStore {
    /// The table in this database; connected to with the first question.
    ///
    /// Errors: no URL of a PostgreSQL server.
    pub fn open(url: &str) -> Result<Self, JournalError> {
        Ok(Self { at: PostgresLog::parse(url, "cluster")?, session: None })
    }

    fn connect(&mut self) -> Result<PostgresSession, JournalError> {
        if let Some(session) = &self.session {
            return Ok(session.clone());
        }
        let session = PostgresSession::open(&self.at)?;
        session.ask("make the tables", |client| async move { client.batch_execute(MAKE).await })?;
        self.session = Some(session.clone());
        Ok(session)
    }

    /// Asks, over a new connection where the last one broke.
    fn ask<T: Send + 'static, F: Future<Output = Result<T, tokio_postgres::Error>> + Send + 'static>(
        &mut self,
        action: &'static str,
        question: impl FnOnce(Arc<Client>) -> F,
    ) -> Result<T, StoreError> {
        let asked = self.connect().and_then(|session| session.ask(action, question));
        asked.map_err(|error| {
            self.session = None;
            StoreError { reason: error.to_string() }
        })
    }

    fn change(
        &mut self,
        action: &'static str,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<u64, StoreError> {
        self.ask(action, |client| async move { client.execute(statement, &refs(&values)).await })
    }
}

impl Store for PostgresStore {
    fn join(&mut self, joining: &Joining) -> Result<Incarnation, StoreError> {
        let Joining { name, url, weight, version, reads } = joining.clone();
        let values: Vec<Value> =
            vec![text(&name), Box::new(url), Box::new(weight), Box::new(version), Box::new(reads.0 as i32)];
        let joined =
            self.ask("join", |client| async move { client.query_one(JOIN, &refs(&values)).await })?;
        Ok(Incarnation(joined.get::<_, i64>(0) as u64))
    }

    fn beat(
        &mut self,
        name: &ServerId,
        incarnation: Incarnation,
        leaving: bool,
    ) -> Result<Table, StoreError> {
        let values: Vec<Value> = vec![text(name), Box::new(incarnation.0 as i64), Box::new(leaving)];
        self.ask("give a sign of life", |client| async move {
            client.execute(BEAT, &refs(&values)).await?;
            Rows::read(&client).await
        })?
        .table()
    }

    fn read(&mut self) -> Result<Table, StoreError> {
        self.ask("read the table", |client| async move { Rows::read(&client).await })?.table()
    }

    fn claim(&mut self, region: &RegionId, after: Term, by: &ServerId) -> Result<Option<Term>, StoreError> {
        let statement = if after == Term::default() { BEGIN } else { CLAIM };
        let values = vec![text(region), Box::new(after.0 as i64), text(by)];
        let claimed =
            self.ask(
                "claim a region",
                |client| async move { client.query_opt(statement, &refs(&values)).await },
            )?;
        Ok(claimed.map(|row| Term(row.get::<_, i64>(0) as u64)))
    }

    fn release(&mut self, region: &RegionId, term: Term, heir: Option<&ServerId>) -> Result<(), StoreError> {
        let values = vec![text(region), Box::new(term.0 as i64), optional(heir)];
        self.change("release a region", RELEASE, values).map(drop)
    }

    fn ready(&mut self, region: &RegionId, term: Term, follower: &ServerId) -> Result<(), StoreError> {
        let values = vec![text(region), Box::new(term.0 as i64), text(follower)];
        self.change("say that a region is followed", READY, values).map(drop)
    }

    fn pin(&mut self, region: &RegionId, server: Option<&ServerId>) -> Result<bool, StoreError> {
        Ok(self.change("pin a region", PIN, vec![text(region), optional(server)])? > 0)
    }

    fn drain(&mut self, server: &ServerId, draining: bool) -> Result<bool, StoreError> {
        Ok(self.change("drain a server", DRAIN, vec![text(server), Box::new(draining)])? > 0)
    }

    fn raise(&mut self, level: FormatLevel) -> Result<bool, StoreError> {
        Ok(self.change("raise the level", RAISE, vec![Box::new(level.0 as i32)])? > 0)
    }

    fn forget(&mut self, server: &ServerId) -> Result<bool, StoreError> {
        Ok(self.change("forget a server", FORGET, vec![text(server)])? > 0)
    }
}

/// All tables as they were read, the level first: what is written below it by the servers that are read then is below it still.
struct Rows {
    level: Option<Row>,
    servers: Vec<Row>,
    regions: Vec<Row>,
}

impl Rows {
    async fn read(client: &Client) -> Result<Self, tokio_postgres::Error> {
        let level = client.query_opt(LEVEL, &[]).await?;
        let servers = client.query(SERVERS, &[]).await?;
        Ok(Self { level, servers, regions: client.query(REGIONS, &[]).await? })
    }

    fn table(&self) -> Result<Table, StoreError> {
        let unreadable = |invalid: Invalid| StoreError { reason: format!("a row cannot be read: {invalid}") };
        let servers = self.servers.iter().map(server).collect::<Result<_, _>>();
        let regions = self.regions.iter().map(region).collect::<Result<_, _>>();
        Ok(Table {
            level: self.level.as_ref().map(|row| level(row, 0)).unwrap_or_default(),
            servers: servers.map_err(unreadable)?,
            regions: regions.map_err(unreadable)?,
        })
    }
}

fn level(row: &Row, column: usize) -> FormatLevel {
    FormatLevel(row.get::<_, i32>(column) as u32)
}

fn text(name: &impl ToString) -> Value {
    Box::new(name.to_string())
}

fn optional(name: Option<&ServerId>) -> Value {
    Box::new(name.map(ToString::to_string))
}

fn refs(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|value| &**value as &(dyn ToSql + Sync)).collect()
}

fn server(row: &Row) -> Result<(ServerId, ServerRow), Invalid> {
    let server = ServerRow {
        incarnation: Incarnation(row.get::<_, i64>(1) as u64),
        beat: row.get::<_, i64>(2) as u64,
        url: row.get(3),
        weight: row.get(4),
        draining: row.get(5),
        leaving: row.get(6),
        version: row.get(7),
        reads: level(row, 8),
    };
    Ok((ServerId::new(row.get(0))?, server))
}

fn region(row: &Row) -> Result<(RegionId, RegionRow), Invalid> {
    let name = |column: usize| row.get::<_, Option<&str>>(column).map(ServerId::new).transpose();
    let region = RegionRow {
        term: Term(row.get::<_, i64>(1) as u64),
        owner: name(2)?,
        pinned: name(3)?,
        follower: name(4)?,
    };
    Ok((RegionId::new(row.get(0))?, region))
}
