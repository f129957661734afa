//! [`Reader`]: what [`Writer`](super::Writer) wrote, checked.

use super::{Written, broken, ensure};
use crate::error::Result;
use crate::secret::Secret;

/// Bytes that are still to be read.
///
/// What is read takes no more memory than some times the bytes that are there, whatever these claim.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// # Errors
    /// Bytes are left.
    pub fn finish(self) -> Result<()> {
        ensure(self.rest.is_empty(), "more bytes than were written")
    }

    /// The next bytes, without their number.
    ///
    /// # Errors
    /// Fewer are left.
    pub fn raw(&mut self, length: usize) -> Result<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or_else(|| broken("bytes are missing"))?;
        self.rest = rest;
        Ok(bytes)
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or_else(|| broken("bytes are missing"))?;
        self.rest = rest;
        Ok(*bytes)
    }

    /// See [`Writer::secret`](super::Writer::secret).
    pub fn secret(&mut self) -> Result<Secret<[u8; 32]>> {
        let mut secret = Secret::new([0; 32]);
        secret.expose_mut().copy_from_slice(self.raw(32)?);
        Ok(secret)
    }

    /// See [`Writer::secret_text`](super::Writer::secret_text).
    pub fn secret_text(&mut self) -> Result<Secret<String>> {
        let length = self.value()?;
        let text = std::str::from_utf8(self.raw(length)?).map_err(|_| broken("a text is not UTF-8"))?;
        Ok(Secret::new(text.to_owned()))
    }

    pub fn form(&mut self) -> Result<u8> {
        self.array().map(|[form]| form)
    }

    pub fn value<T: Written>(&mut self) -> Result<T> {
        T::read(self)
    }

    /// See [`Writer::list`](super::Writer::list).
    pub fn list<T: Written>(&mut self) -> Result<Vec<T>> {
        let count: usize = self.value()?;
        // a value takes a byte at least
        ensure(count <= self.rest.len(), "a list is longer than its bytes")?;
        let mut values = Vec::with_capacity(count.min(1024));
        for _ in 0..count {
            values.push(T::read(self)?);
        }
        Ok(values)
    }

    /// Numbers of whatever width; `each` makes of one what is wanted, or refuses it.
    ///
    /// # Errors
    /// Missing bytes, an unknown width, and a number that `each` refuses.
    pub fn numbers<T>(&mut self, each: impl Fn(u64) -> Option<T>) -> Result<Vec<T>> {
        let count: usize = self.value()?;
        let width = self.form()?;
        let long = || broken("a list is longer than its bytes");
        let bytes = self.raw(count.checked_mul(usize::from(width)).ok_or_else(long)?)?;
        let all = match width {
            1 => gather(count, bytes.iter().map(|&byte| u64::from(byte)), each),
            2 => gather(count, of_width(bytes, |bytes| u64::from(u16::from_le_bytes(bytes))), each),
            4 => gather(count, of_width(bytes, |bytes| u64::from(u32::from_le_bytes(bytes))), each),
            8 => gather(count, of_width(bytes, u64::from_le_bytes), each),
            _ => return Err(broken("a list of numbers of no known width")),
        };
        all.ok_or_else(|| broken("a number is out of range"))
    }

    /// Codes below `bound`.
    pub fn codes(&mut self, bound: usize) -> Result<Vec<u32>> {
        self.numbers(|code| u32::try_from(code).ok().filter(|&code| (code as usize) < bound))
    }

    pub fn counts(&mut self) -> Result<Vec<u64>> {
        self.numbers(Some)
    }

    pub fn sizes(&mut self) -> Result<Vec<usize>> {
        self.numbers(|size| usize::try_from(size).ok())
    }

    pub fn flags(&mut self) -> Result<Vec<bool>> {
        let count: usize = self.value()?;
        let bytes = self.raw(count.div_ceil(8))?;
        let last = bytes.last().copied().unwrap_or(0);
        ensure(count.is_multiple_of(8) || last >> (count % 8) == 0, "flags beyond their number")?;
        Ok((0..count).map(|at| bytes[at / 8] >> (at % 8) & 1 == 1).collect())
    }

    pub fn floats(&mut self) -> Result<Vec<f64>> {
        let count: usize = self.value()?;
        let long = || broken("a list is longer than its bytes");
        let bytes = self.raw(count.checked_mul(8).ok_or_else(long)?)?;
        Ok(of_width(bytes, |bytes| f64::from_bits(u64::from_le_bytes(bytes))).collect())
    }

    /// Texts and nulls, each handed to `each` and gathered.
    pub fn texts<T>(&mut self, each: impl Fn(Option<&'a str>) -> T) -> Result<Vec<T>> {
        let lengths = self.sizes()?;
        let mut texts = Vec::with_capacity(lengths.len());
        for length in lengths {
            let text = match length.checked_sub(1) {
                None => None,
                Some(length) => {
                    Some(std::str::from_utf8(self.raw(length)?).map_err(|_| broken("a text is not UTF-8"))?)
                }
            };
            texts.push(each(text));
        }
        Ok(texts)
    }

    /// As [`Self::texts`].
    pub fn labels(&mut self) -> Result<Vec<Option<String>>> {
        self.texts(|text| text.map(str::to_owned))
    }
}

fn of_width<const N: usize, T>(bytes: &[u8], number: impl Fn([u8; N]) -> T) -> impl Iterator<Item = T> {
    bytes.as_chunks::<N>().0.iter().map(move |&bytes| number(bytes))
}

fn gather<T>(count: usize, numbers: impl Iterator<Item = u64>, each: impl Fn(u64) -> Option<T>) -> Option<Vec<T>> {
    let mut all = Vec::with_capacity(count);
    for number in numbers {
        all.push(each(number)?);
    }
    Some(all)
}
