//! A bounded cursor over bytes that somebody else wrote. TPM structures are big-endian, event logs little-endian.

/// Bytes that are not what they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {at}")]
pub struct Malformed {
    /// What was wrong.
    pub what: &'static str,
    /// Where.
    pub at: usize,
}

pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Errors: more bytes than `bytes_max`.
    pub(crate) fn new(bytes: &'a [u8], bytes_max: usize) -> Result<Self, Malformed> {
        let reader = Self { bytes, at: 0 };
        if bytes.len() > bytes_max { Err(reader.error("too long")) } else { Ok(reader) }
    }

    pub(crate) fn error(&self, what: &'static str) -> Malformed {
        Malformed { what, at: self.at }
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let end = self.at.checked_add(count);
        let taken =
            end.and_then(|end| self.bytes.get(self.at..end)).ok_or_else(|| self.error("ends early"))?;
        self.at += count;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Malformed> {
        Ok(self.array::<1>()?[0])
    }
    pub(crate) fn u16(&mut self) -> Result<u16, Malformed> {
        Ok(u16::from_be_bytes(self.array()?))
    }
    pub(crate) fn u32(&mut self) -> Result<u32, Malformed> {
        Ok(u32::from_be_bytes(self.array()?))
    }
    pub(crate) fn u64(&mut self) -> Result<u64, Malformed> {
        Ok(u64::from_be_bytes(self.array()?))
    }
    pub(crate) fn u16_le(&mut self) -> Result<u16, Malformed> {
        Ok(u16::from_le_bytes(self.array()?))
    }
    pub(crate) fn u32_le(&mut self) -> Result<u32, Malformed> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// A `TPM2B`: two bytes of length and so many bytes.
    pub(crate) fn sized(&mut self) -> Result<&'a [u8], Malformed> {
        let count = self.u16()?;
        self.take(usize::from(count))
    }

    /// Errors: a value other than the one that must stand here.
    pub(crate) fn expect_u16(&mut self, value: u16, what: &'static str) -> Result<(), Malformed> {
        if self.u16()? == value { Ok(()) } else { Err(self.error(what)) }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// Errors: bytes are left.
    pub(crate) fn end(&self) -> Result<(), Malformed> {
        if self.is_empty() { Ok(()) } else { Err(self.error("bytes are left over")) }
    }
}
