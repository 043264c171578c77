//! JSON lines: each change as `GET /v1/stream` tells it.

use crate::export::sink::Sink;
use crate::journaled::{Happened, told};
use paceline_engine::ledger::Change;
use std::io::{BufWriter, Write};

struct Lines<W: Write>(BufWriter<W>);

pub(super) fn sink<'a>(out: impl Write + 'a) -> Box<dyn Sink + 'a> {
    Box::new(Lines(BufWriter::new(out)))
}

impl<W: Write> Sink for Lines<W> {
    fn take(&mut self, change: Change<Happened>) -> anyhow::Result<()> {
        serde_json::to_writer(&mut self.0, &told(change)).map_err(std::io::Error::from)?;
        self.0.write_all(b"\n")?;
        Ok(())
    }
    fn finish(mut self: Box<Self>) -> anyhow::Result<()> {
        Ok(self.0.flush()?)
    }
}
