//! Server-sent events, cut out of a stream of bytes. Source: WHATWG HTML, "Server-sent events".

/// An item of a stream as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawItem {
    /// The version of a change; other items have none.
    pub id: Option<u64>,
    /// What it is: one of the names in [`paceline_api::stream`], or one of a newer server.
    pub name: String,
    /// JSON.
    pub data: String,
}

/// Cuts events out of what has come so far.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    bytes: Vec<u8>,
    /// So many bytes are done with.
    done: usize,
    item: Option<RawItem>,
    has_data: bool,
    /// The last id that was told, also by an event without data.
    pub(crate) last_id: Option<u64>,
}

impl Parser {
    /// Takes in more. Returns whether what is not an event yet is at most `most` bytes.
    pub(crate) fn feed(&mut self, bytes: &[u8], most: usize) -> bool {
        self.bytes.drain(..self.done);
        self.done = 0;
        self.bytes.extend_from_slice(bytes);
        let begun = self.item.as_ref().map_or(0, |item| item.data.len());
        self.bytes.len() + begun <= most.saturating_add(bytes.len())
    }

    /// The next event that is whole.
    pub(crate) fn next(&mut self) -> Option<RawItem> {
        while let Some(length) = self.bytes[self.done..].iter().position(|&byte| byte == b'\n') {
            let line = &self.bytes[self.done..self.done + length];
            let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned();
            self.done += length + 1;
            if line.is_empty() {
                if let Some(item) = self.end() {
                    return Some(item);
                }
            } else {
                self.line(&line);
            }
        }
        None
    }

    fn line(&mut self, line: &str) {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        let item = || RawItem { id: None, name: "message".into(), data: String::new() };
        match name {
            "id" => self.item.get_or_insert_with(item).id = value.parse().ok(),
            "event" => value.clone_into(&mut self.item.get_or_insert_with(item).name),
            "data" => {
                let data = &mut self.item.get_or_insert_with(item).data;
                if self.has_data {
                    data.push('\n');
                }
                data.push_str(value);
                self.has_data = true;
            }
            // Comments, and how long a browser should wait; this client has waits of its own.
            _ => {}
        }
    }

    /// A blank line: the event is whole, unless it has no data.
    fn end(&mut self) -> Option<RawItem> {
        let item = self.item.take()?;
        self.last_id = item.id.or(self.last_id);
        std::mem::take(&mut self.has_data).then_some(item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Id, name and data.
    type Cut = (Option<u64>, String, String);

    fn cut(pieces: &[&str]) -> (Vec<Cut>, Option<u64>) {
        let (mut parser, mut items) = (Parser::default(), Vec::new());
        for piece in pieces {
            assert!(parser.feed(piece.as_bytes(), 1_000));
            while let Some(RawItem { id, name, data }) = parser.next() {
                items.push((id, name, data));
            }
        }
        (items, parser.last_id)
    }

    #[test]
    fn events_are_the_same_wherever_the_stream_is_cut() {
        let text = "retry: 1000\nid: 6\n\n: still here\n\nid: 7\nevent: change\ndata: {\"a\":\ndata: 1}\n\n\
                    event: figures\r\ndata:{}\r\n\r\ndata: x\n\n";
        let whole = cut(&[text]);
        let named = |id, name: &str, data: &str| (id, name.to_owned(), data.to_owned());
        let expected = vec![
            named(Some(7), "change", "{\"a\":\n1}"),
            named(None, "figures", "{}"),
            named(None, "message", "x"),
        ];
        assert_eq!(whole, (expected, Some(7)));
        for at in 1..text.len() {
            assert_eq!(cut(&[&text[..at], &text[at..]]), whole, "cut at {at}");
        }
    }

    #[test]
    fn an_id_without_data_is_remembered_and_is_no_event() {
        assert_eq!(cut(&["id: 41\n\n"]), (vec![], Some(41)));
    }

    #[test]
    fn an_event_that_does_not_end_is_given_up() {
        let mut parser = Parser::default();
        assert!((0..9).all(|_| parser.feed(&[b'x'; 100], 1_000)));
        assert!(!(0..4).all(|_| parser.feed(&[b'x'; 100], 1_000)));
    }
}
