//! How numbers, texts, options and lists are written.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use super::{Reader, Writer, Written, broken};
use crate::error::Result;

macro_rules! numbers {
    ($($number:ty),*) => {
        $(impl Written for $number {
            fn write(&self, to: &mut Writer) {
                to.raw(&self.to_le_bytes());
            }

            fn read(from: &mut Reader) -> Result<Self> {
                from.array().map(Self::from_le_bytes)
            }
        })*
    };
}

numbers!(u8, u32, u64, i128);

impl Written for usize {
    fn write(&self, to: &mut Writer) {
        (*self as u64).write(to);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        usize::try_from(u64::read(from)?).map_err(|_| broken("a number is out of range"))
    }
}

/// By its bits.
impl Written for f64 {
    fn write(&self, to: &mut Writer) {
        self.to_bits().write(to);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        u64::read(from).map(Self::from_bits)
    }
}

impl Written for bool {
    fn write(&self, to: &mut Writer) {
        to.form(u8::from(*self));
    }

    fn read(from: &mut Reader) -> Result<Self> {
        match from.form()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(broken("neither yes nor no")),
        }
    }
}

impl Written for char {
    fn write(&self, to: &mut Writer) {
        u32::from(*self).write(to);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        char::from_u32(u32::read(from)?).ok_or_else(|| broken("no character"))
    }
}

impl Written for String {
    fn write(&self, to: &mut Writer) {
        self.len().write(to);
        to.raw(self.as_bytes());
    }

    fn read(from: &mut Reader) -> Result<Self> {
        let length = usize::read(from)?;
        let text = std::str::from_utf8(from.raw(length)?);
        text.map(str::to_owned).map_err(|_| broken("a text is not UTF-8"))
    }
}

/// By its bytes: a path need not be text.
impl Written for PathBuf {
    fn write(&self, to: &mut Writer) {
        let bytes = self.as_os_str().as_bytes();
        bytes.len().write(to);
        to.raw(bytes);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        let length = usize::read(from)?;
        Ok(OsString::from_vec(from.raw(length)?.to_vec()).into())
    }
}

impl<T: Written> Written for Option<T> {
    fn write(&self, to: &mut Writer) {
        self.is_some().write(to);
        if let Some(value) = self {
            value.write(to);
        }
    }

    fn read(from: &mut Reader) -> Result<Self> {
        bool::read(from)?.then(|| T::read(from)).transpose()
    }
}

impl<T: Written> Written for Vec<T> {
    fn write(&self, to: &mut Writer) {
        to.list(self);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        from.list()
    }
}
