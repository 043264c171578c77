//! Columns: what one filters and joins by stands in columns of its own, the rest is the event's JSON. Source: the Apache Parquet format,
//! logical types `INTEGER`, `TIMESTAMP` and `STRING`.

use crate::export::sink::Sink;
use crate::journaled::{Happened, told};
use anyhow::Context as _;
use paceline_engine::ledger::{Change, Entry};
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use serde_json::Value;
use std::io::Write;
use std::sync::Arc;

/// `order` and `vehicle`, and of an edge region `workload` and `node`, are empty where a change is about none, or about several: these are
/// in `data`.
const SCHEMA: &str = "message change {
  REQUIRED INT64 version (INTEGER(64, false));
  REQUIRED INT64 at (TIMESTAMP(MILLIS, true));
  REQUIRED BYTE_ARRAY event (STRING);
  OPTIONAL BYTE_ARRAY order (STRING);
  OPTIONAL BYTE_ARRAY vehicle (STRING);
  OPTIONAL BYTE_ARRAY workload (STRING);
  OPTIONAL BYTE_ARRAY node (STRING);
  REQUIRED BYTE_ARRAY data (STRING);
}";
/// Rows of one group: some tens of megabytes of text at the most, held until it is full.
const GROUP_ROWS_MAX: usize = 100_000;

/// The columns of a group, in the order of the schema.
#[derive(Default)]
struct Columns {
    version: Vec<i64>,
    at: Vec<i64>,
    event: Vec<ByteArray>,
    /// Order, vehicle, workload, node.
    about: [Vec<Option<ByteArray>>; 4],
    data: Vec<ByteArray>,
}

struct Groups<W: Write + Send> {
    file: SerializedFileWriter<W>,
    columns: Columns,
}

pub(super) fn sink(out: impl Write + Send + 'static) -> anyhow::Result<Box<dyn Sink>> {
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let file = SerializedFileWriter::new(out, Arc::new(parse_message_type(SCHEMA)?), Arc::new(properties))?;
    Ok(Box::new(Groups { file, columns: Columns::default() }))
}

impl<W: Write + Send> Sink for Groups<W> {
    fn take(&mut self, change: Change<Happened>) -> anyhow::Result<()> {
        self.columns.push(change)?;
        if self.columns.version.len() == GROUP_ROWS_MAX { self.close_group() } else { Ok(()) }
    }
    fn finish(mut self: Box<Self>) -> anyhow::Result<()> {
        if !self.columns.version.is_empty() {
            self.close_group()?;
        }
        self.file.close()?;
        Ok(())
    }
}

impl<W: Write + Send> Groups<W> {
    fn close_group(&mut self) -> anyhow::Result<()> {
        let Columns { version, at, event, about, data } = std::mem::take(&mut self.columns);
        let mut group = self.file.next_row_group()?;
        column::<Int64Type, _>(&mut group, &version, None)?;
        column::<Int64Type, _>(&mut group, &at, None)?;
        column::<ByteArrayType, _>(&mut group, &event, None)?;
        for named in about {
            optional(&mut group, named)?;
        }
        column::<ByteArrayType, _>(&mut group, &data, None)?;
        group.close()?;
        Ok(())
    }
}

impl Columns {
    fn push(&mut self, change: Change<Happened>) -> anyhow::Result<()> {
        let text = |text: &str| ByteArray::from(text.as_bytes().to_vec());
        self.version.push(change.version.0.cast_signed());
        self.at.push(change.at.0.cast_signed());
        for (column, name) in self.about.iter_mut().zip(about(&change.event)) {
            column.push(name.map(text));
        }
        // An event is an object with one field, whose name is the kind.
        let mut told = serde_json::to_value(told(change))?;
        let Value::Object(named) = told["event"].take() else { anyhow::bail!("an event that is no object") };
        let (kind, data) = named.into_iter().next().context("an event without a name")?;
        self.event.push(text(&kind));
        self.data.push(text(&data.to_string()));
        Ok(())
    }
}

/// The order, vehicle, workload and node, or cluster, that an event is about.
fn about(event: &Happened) -> [Option<&str>; 4] {
    match event {
        Happened::Fleet(event) => {
            [event.order().map(|id| id.as_str()), event.vehicle().map(|id| id.as_str()), None, None]
        }
        Happened::Edge(Entry::Event(event)) => {
            [None, None, event.workload().map(|id| id.as_str()), event.node().map(|id| id.as_str())]
        }
        Happened::Bikes(Entry::Event(event)) => {
            [event.order().map(|id| id.as_str()), event.van().map(|id| id.as_str()), None, None]
        }
        Happened::Federation(Entry::Event(event)) => {
            [None, None, event.workload().map(|id| id.as_str()), event.cluster().map(|id| id.as_str())]
        }
        Happened::Edge(Entry::Reply(_))
        | Happened::Bikes(Entry::Reply(_))
        | Happened::Federation(Entry::Reply(_)) => [None; 4],
    }
}

/// Writes the next column; `levels` say where there is a value, 1, and where there is none, 0.
fn column<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &[T::T],
    levels: Option<&[i16]>,
) -> anyhow::Result<()> {
    let mut writer = group.next_column()?.context("a column beyond the schema")?;
    writer.typed::<T>().write_batch(values, levels, None)?;
    Ok(writer.close()?)
}

fn optional<W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: Vec<Option<ByteArray>>,
) -> anyhow::Result<()> {
    let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
    let values: Vec<ByteArray> = values.into_iter().flatten().collect();
    column::<ByteArrayType, W>(group, &values, Some(&levels))
}
