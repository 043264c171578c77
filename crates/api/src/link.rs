//! What goes over a link: one connection (WebSocket, RFC 6455) over which an edge node asks what it would ask by requests of their own.
//!
//! ```text
//!   request:  number u8 | operation u8 | text      text: the path's name and query, "\n", the body
//!   answer:   number u8 | status u16   | come back after so many seconds u16 (0: not said) | text: the body
//!   text:     0 | as it is        or   b | prefix | suffix | middle
//! ```
//! Requests and bodies are those of HTTP, and the server's doors and handlers too: a frame only leaves out what both sides know already. A text whose
//! like was sent before names it (`b`, 1 for the newest) and says how many bytes of its beginning and of its end stand in the new one (`prefix`, `suffix`:
//! LEB128). Both sides of a direction remember the same few texts, in the same order, since frames come whole, once and in order, or the link is over.

use crate::operation::{
    AWAIT_PLACEMENTS, CHALLENGE_NODE, Operation, PROVE_NODE, READ_MODEL, READ_WORKLOAD, REPORT_NODES,
};
use std::collections::VecDeque;
use std::fmt;

/// What can be asked over a link; an operation's place is its number on the wire, so that new ones go to the end.
pub const LINKED: &[&Operation] =
    &[&REPORT_NODES, &AWAIT_PLACEMENTS, &READ_WORKLOAD, &READ_MODEL, &CHALLENGE_NODE, &PROVE_NODE];

/// Texts of one direction that are remembered.
const REMEMBERED_MAX: usize = 4;
/// Longest text that is remembered: a report of all of a node with a dozen replicas.
const REMEMBERED_BYTES_MAX: usize = 4 << 10;
/// Shortest text that is worth naming by another.
const SHORTENED_BYTES_MIN: usize = 8;

/// The number of an operation on a link; `None`: it goes by a request of its own.
pub fn number_of(operation: &Operation) -> Option<u8> {
    let same = |other: &&Operation| (other.method, other.path) == (operation.method, operation.path);
    LINKED.iter().position(same).and_then(|at| u8::try_from(at).ok())
}

/// A frame that cannot be what the other side would have sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadFrame(&'static str);

impl fmt::Display for BadFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a frame of the link cannot be read: {}", self.0)
    }
}

/// A request as it goes over a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRequest {
    /// By which its answer is known; the caller's, free again once that is there.
    pub number: u8,
    /// Which of [`LINKED`].
    pub operation: u8,
    /// What stands for the name in the path, and behind `?` the query.
    pub asked: String,
    /// The body; empty: none.
    pub body: Vec<u8>,
}

/// An answer as it goes over a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkAnswer {
    /// That of its request.
    pub number: u8,
    /// The HTTP status.
    pub status: u16,
    /// After how many seconds to come back; 0: not said.
    pub retry_after_s: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl LinkRequest {
    /// As a frame, the next of those that `said` has seen.
    pub fn write(&self, said: &mut Remembered) -> Vec<u8> {
        let text = [self.asked.as_bytes(), b"\n", &self.body].concat();
        let mut frame = vec![self.number, self.operation];
        said.shorten(&text, &mut frame);
        frame
    }

    /// Errors: it is none.
    pub fn read(frame: &[u8], heard: &mut Remembered) -> Result<Self, BadFrame> {
        let [number, operation, text @ ..] = frame else { return Err(BadFrame("it is too short")) };
        let text = heard.lengthen(text)?;
        let end =
            text.iter().position(|byte| *byte == b'\n').ok_or(BadFrame("it does not say about what"))?;
        let asked = str::from_utf8(&text[..end]).map_err(|_| BadFrame("a name is not UTF-8"))?.to_owned();
        Ok(Self { number: *number, operation: *operation, asked, body: text[end + 1..].to_vec() })
    }
}

impl LinkAnswer {
    /// As a frame, the next of those that `said` has seen.
    pub fn write(&self, said: &mut Remembered) -> Vec<u8> {
        let mut frame = vec![self.number];
        frame.extend(self.status.to_be_bytes());
        frame.extend(self.retry_after_s.to_be_bytes());
        said.shorten(&self.body, &mut frame);
        frame
    }

    /// Errors: it is none.
    pub fn read(frame: &[u8], heard: &mut Remembered) -> Result<Self, BadFrame> {
        let [number, s0, s1, r0, r1, text @ ..] = frame else { return Err(BadFrame("it is too short")) };
        let (status, retry_after_s) = (u16::from_be_bytes([*s0, *s1]), u16::from_be_bytes([*r0, *r1]));
        Ok(Self { number: *number, status, retry_after_s, body: heard.lengthen(text)? })
    }
}

/// Texts that went one way, the newest first: at most 4 of 4 KiB.
#[derive(Clone, Debug, Default)]
pub struct Remembered(VecDeque<Vec<u8>>);

impl Remembered {
    fn shorten(&mut self, text: &[u8], frame: &mut Vec<u8>) {
        let likest = self.0.iter().enumerate().map(|(at, known)| (at, common(known, text)));
        let likest = likest.max_by_key(|(at, (prefix, suffix))| (prefix + suffix, usize::MAX - at));
        match likest {
            Some((at, (prefix, suffix))) if prefix + suffix >= SHORTENED_BYTES_MIN => {
                frame.push(at as u8 + 1);
                leb128(prefix, frame);
                leb128(suffix, frame);
                frame.extend_from_slice(&text[prefix..text.len() - suffix]);
            }
            _ => {
                frame.push(0);
                frame.extend_from_slice(text);
            }
        }
        self.remember(text);
    }

    fn lengthen(&mut self, text: &[u8]) -> Result<Vec<u8>, BadFrame> {
        let whole = match text {
            [] => return Err(BadFrame("it is too short")),
            [0, text @ ..] => text.to_vec(),
            [base, rest @ ..] => {
                let known = self
                    .0
                    .get(usize::from(*base) - 1)
                    .ok_or(BadFrame("it names a text that was not sent"))?;
                let (prefix, rest) = number(rest)?;
                let (suffix, middle) = number(rest)?;
                if prefix.checked_add(suffix).is_none_or(|of| of > known.len()) {
                    return Err(BadFrame("it takes more of a text than there is"));
                }
                [&known[..prefix], middle, &known[known.len() - suffix..]].concat()
            }
        };
        self.remember(&whole);
        Ok(whole)
    }

    fn remember(&mut self, text: &[u8]) {
        if text.len() > REMEMBERED_BYTES_MAX {
            return;
        }
        self.0.retain(|known| known != text);
        self.0.push_front(text.to_vec());
        self.0.truncate(REMEMBERED_MAX);
    }
}

/// How many bytes two texts share at their beginnings, and, of what is left, at their ends.
fn common(known: &[u8], text: &[u8]) -> (usize, usize) {
    let alike = |(a, b): &(&u8, &u8)| a == b;
    let prefix = known.iter().zip(text).take_while(alike).count();
    let (known, text) = (&known[prefix..], &text[prefix..]);
    (prefix, known.iter().rev().zip(text.iter().rev()).take_while(alike).count())
}

/// Seven bits a byte, the lowest first. Source: LEB128, DWARF 5, 7.6.
fn leb128(mut of: usize, frame: &mut Vec<u8>) {
    while of >= 0x80 {
        frame.push(of as u8 | 0x80);
        of >>= 7;
    }
    frame.push(of as u8);
}

/// The number that a frame goes on with, and the rest. No text that is remembered has more bytes than three of these say.
fn number(of: &[u8]) -> Result<(usize, &[u8]), BadFrame> {
    let mut value = 0;
    for (at, byte) in of.iter().take(3).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Ok((value, &of[at + 1..]));
        }
    }
    Err(BadFrame("a number in it does not end"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(temperature: u32) -> LinkRequest {
        let body = format!(
            r#"[{{"node":"box-1","temperatures":[{{"sensor":"cpu","celsius":{temperature}}}],"incarnation":{{"boot":"5e9a"}}}}]"#
        );
        LinkRequest { number: 7, operation: 0, asked: String::new(), body: body.into() }
    }

    #[test]
    fn what_was_said_before_is_left_out_and_read_again_as_it_was() {
        let (mut said, mut heard) = (Remembered::default(), Remembered::default());
        let mut sizes = Vec::new();
        for temperature in [40, 40, 41, 40] {
            let frame = report(temperature).write(&mut said);
            sizes.push(frame.len());
            assert_eq!(LinkRequest::read(&frame, &mut heard), Ok(report(temperature)));
        }
        // Whole; the same; one figure that is another; one of those before.
        let whole = report(40).body.len() + 4;
        assert_eq!(sizes, [whole, 5, 6, 5]);
    }

    /// Texts of all kinds, against keeping nothing: what comes out is what went in, and never more than a byte longer than that.
    #[test]
    fn any_sequence_of_texts_comes_out_as_it_went_in() {
        for seed in 0..500_u64 {
            let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
            let mut random = |most: u64| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state % most
            };
            let (mut said, mut heard) = (Remembered::default(), Remembered::default());
            for _ in 0..40 {
                let length = [0, 1, 9, 40, 300, 5_000][random(6) as usize];
                let body: Vec<u8> = (0..length).map(|at| b"ab"[usize::from(at % 7 == random(9))]).collect();
                let answer = LinkAnswer { number: random(256) as u8, status: 200, retry_after_s: 3, body };
                let frame = answer.write(&mut said);
                assert!(frame.len() <= answer.body.len() + 6, "seed {seed}");
                assert_eq!(LinkAnswer::read(&frame, &mut heard), Ok(answer), "seed {seed}");
            }
            assert!(heard.0.len() <= REMEMBERED_MAX, "seed {seed}");
            assert!(heard.0.iter().all(|text| text.len() <= REMEMBERED_BYTES_MAX), "seed {seed}");
        }
    }

    #[test]
    fn a_frame_that_nobody_would_send_is_refused_and_asks_for_no_memory() {
        let mut heard = Remembered::default();
        LinkRequest::read(&report(40).write(&mut Remembered::default()), &mut heard).expect("a frame");
        for (frame, why) in [
            (&[][..], "it is too short"),
            (&[1, 0], "it is too short"),
            (&[1, 0, 0], "it does not say about what"),
            (&[1, 0, 0, 0xff, b'\n'], "a name is not UTF-8"),
            (&[1, 0, 2, 0, 0], "it names a text that was not sent"),
            (&[1, 0, 255, 0, 0], "it names a text that was not sent"),
            (&[1, 0, 1, 0x80, 0x80, 0x80, 0x80], "a number in it does not end"),
            (&[1, 0, 1, 0xff, 0xff, 0x7f, 0], "it takes more of a text than there is"),
            (&[1, 0, 1, 60, 60], "it takes more of a text than there is"),
        ] {
            assert_eq!(LinkRequest::read(frame, &mut heard.clone()), Err(BadFrame(why)), "{frame:?}");
        }
    }
}
