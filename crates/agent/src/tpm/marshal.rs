//! Commands and answers as bytes, big-endian. Source: TPM 2.0 Library, part 1, section 18, and part 3.

use super::address::TpmError;

/// `TPM_RS_PW`: a password, in the place of a session.
const RS_PW: u32 = 0x4000_0009;
const NO_SESSIONS: u16 = 0x8001;
const SESSIONS: u16 = 0x8002;
/// Tag, size and code.
pub(super) const HEADER_BYTES: usize = 10;

/// A command that is being put together: handles, then who authorises them, then parameters.
pub(super) struct Command {
    pub(super) name: &'static str,
    code: u32,
    handles: Vec<u8>,
    sessions: Vec<u8>,
    parameters: Vec<u8>,
}

impl Command {
    pub(super) fn new(name: &'static str, code: u32) -> Self {
        Self { name, code, handles: Vec::new(), sessions: Vec::new(), parameters: Vec::new() }
    }
    pub(super) fn handle(mut self, handle: u32) -> Self {
        self.handles.extend(handle.to_be_bytes());
        self
    }
    /// An empty password authorises the next handle.
    pub(super) fn password(self) -> Self {
        self.session(RS_PW)
    }
    /// A session does.
    pub(super) fn session(mut self, session: u32) -> Self {
        self.sessions.extend(session.to_be_bytes());
        // No nonce, no attributes, no authorisation value: a policy session ends with its use.
        self.sessions.extend([0, 0, 0, 0, 0]);
        self
    }
    pub(super) fn u8(self, value: u8) -> Self {
        self.raw(&[value])
    }
    pub(super) fn u16(self, value: u16) -> Self {
        self.raw(&value.to_be_bytes())
    }
    pub(super) fn u32(self, value: u32) -> Self {
        self.raw(&value.to_be_bytes())
    }
    /// A `TPM2B`.
    pub(super) fn sized(self, bytes: &[u8]) -> Self {
        self.u16(bytes.len() as u16).raw(bytes)
    }
    pub(super) fn raw(mut self, bytes: &[u8]) -> Self {
        self.parameters.extend_from_slice(bytes);
        self
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let authorised = !self.sessions.is_empty();
        let area = if authorised {
            [&(self.sessions.len() as u32).to_be_bytes()[..], &self.sessions].concat()
        } else {
            Vec::new()
        };
        let size = HEADER_BYTES + self.handles.len() + area.len() + self.parameters.len();
        let tag = if authorised { SESSIONS } else { NO_SESSIONS };
        let head = [&tag.to_be_bytes()[..], &(size as u32).to_be_bytes(), &self.code.to_be_bytes()].concat();
        [head, self.handles.clone(), area, self.parameters.clone()].concat()
    }
}

/// An answer that is being read.
pub(super) struct Response {
    name: &'static str,
    bytes: Vec<u8>,
    at: usize,
    /// Where the parameters end: behind them stands what concerns sessions.
    end: usize,
    authorised: bool,
}

impl Response {
    /// Errors: the TPM said no; no answer at all.
    pub(super) fn parse(name: &'static str, bytes: Vec<u8>) -> Result<Self, TpmError> {
        let end = bytes.len();
        let mut response = Self { name, bytes, at: 0, end, authorised: false };
        response.authorised = response.u16()? == SESSIONS;
        response.take(4)?;
        match response.u32()? {
            0 => Ok(response),
            code => Err(TpmError::Refused { command: name, code }),
        }
    }

    /// Goes on to the parameters, behind the handles.
    pub(super) fn parameters(&mut self) -> Result<(), TpmError> {
        if self.authorised {
            let size = self.u32()? as usize;
            self.end =
                self.at.checked_add(size).filter(|end| *end <= self.bytes.len()).ok_or(self.malformed())?;
        }
        Ok(())
    }
    pub(super) fn u16(&mut self) -> Result<u16, TpmError> {
        let bytes = self.take(2)?;
        Ok(u16::from_be_bytes([bytes[0], bytes[1]]))
    }
    pub(super) fn u32(&mut self) -> Result<u32, TpmError> {
        let bytes = self.take(4)?;
        Ok(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }
    /// A `TPM2B`'s content.
    pub(super) fn sized(&mut self) -> Result<Vec<u8>, TpmError> {
        let size = usize::from(self.u16()?);
        self.take(size).map(<[u8]>::to_vec)
    }
    /// What is left of the parameters.
    pub(super) fn rest(&mut self) -> Vec<u8> {
        let rest = self.bytes[self.at..self.end].to_vec();
        self.at = self.end;
        rest
    }

    fn take(&mut self, count: usize) -> Result<&[u8], TpmError> {
        let end = self.at.checked_add(count).filter(|end| *end <= self.end).ok_or(self.malformed())?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }
    fn malformed(&self) -> TpmError {
        TpmError::Malformed(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_says_its_size_and_who_authorises_it() {
        let flush = Command::new("TPM2_FlushContext", 0x165).u32(0x8000_0000).bytes();
        assert_eq!(flush, [0x80, 1, 0, 0, 0, 14, 0, 0, 1, 0x65, 0x80, 0, 0, 0]);
        let authorised = Command::new("x", 1).handle(2).password().u8(7).bytes();
        assert_eq!(authorised[..6], [0x80, 2, 0, 0, 0, 28]);
        assert_eq!(authorised[14..18], [0, 0, 0, 9], "bytes of sessions");
    }

    #[test]
    fn an_answer_that_ends_early_or_lies_about_its_size_is_no_answer() {
        let refused = Response::parse("x", vec![0x80, 1, 0, 0, 0, 10, 0, 0, 1, 0x84]).err();
        assert!(matches!(refused, Some(TpmError::Refused { code: 0x184, .. })));
        for cut in 0..HEADER_BYTES {
            let cut = Response::parse("x", vec![0; cut]).err();
            assert!(matches!(cut, Some(TpmError::Malformed("x"))));
        }
        let mut lies =
            Response::parse("x", vec![0x80, 2, 0, 0, 0, 14, 0, 0, 0, 0, 0, 0, 1, 0]).expect("a header");
        assert!(lies.parameters().is_err());
        let mut lies =
            Response::parse("x", vec![0x80, 1, 0, 0, 0, 12, 0, 0, 0, 0, 0xff, 0xff]).expect("a header");
        assert!(lies.sized().is_err());
    }
}
