//! [`Writer`]: bytes into a place of known length.

use crate::error::{Error, Result};
use crate::secret::Secret;

use super::Written;

/// Measures what is written, or writes it.
///
/// The place is as long as was measured and never grows: bytes of keys are left in no buffer that was outgrown.
pub(crate) struct Writer {
    place: Option<Secret<Vec<u8>>>,
    at: usize,
    refused: Option<String>,
}

impl Writer {
    pub(super) fn measuring() -> Self {
        Self { place: None, at: 0, refused: None }
    }

    pub(super) fn filling(length: usize, more: usize) -> Self {
        let mut bytes = Vec::with_capacity(length.saturating_add(more));
        bytes.resize(length, 0);
        Self { place: Some(Secret::new(bytes)), at: 0, refused: None }
    }

    pub(super) fn length(&self) -> usize {
        self.at
    }

    pub(super) fn finish(self) -> Result<Secret<Vec<u8>>> {
        let twice = || Error::Internal("a value was written twice and not alike".into());
        match (self.refused, self.place) {
            (Some(message), _) => Err(Error::Internal(message)),
            (None, Some(place)) if self.at == place.expose().len() => Ok(place),
            _ => Err(twice()),
        }
    }

    /// Notes that a value cannot be written, and why; the message tells no cell.
    pub fn refuse(&mut self, message: String) {
        self.refused.get_or_insert(message);
    }

    /// The next `length` bytes of the place; `None` while measuring.
    fn next(&mut self, length: usize) -> Option<&mut [u8]> {
        let start = self.at;
        self.at = self.at.saturating_add(length);
        self.place.as_mut()?.expose_mut().get_mut(start..self.at)
    }

    /// Bytes without their number.
    pub fn raw(&mut self, bytes: &[u8]) {
        if let Some(place) = self.next(bytes.len()) {
            place.copy_from_slice(bytes);
        }
    }

    /// The way of a key into bytes: `grep '\.secret('` lists every use.
    pub fn secret(&mut self, secret: &Secret<[u8; 32]>) {
        self.raw(secret.expose());
    }

    /// The way of a secret text into bytes: `grep '\.secret_text('` lists every use.
    pub fn secret_text(&mut self, secret: &Secret<String>) {
        let text = secret.expose().as_bytes();
        text.len().write(self);
        self.raw(text);
    }

    /// Which of several forms follows.
    pub fn form(&mut self, form: u8) {
        self.raw(&[form]);
    }

    /// Values behind their number.
    pub fn list<T: Written>(&mut self, values: &[T]) {
        values.len().write(self);
        values.iter().for_each(|value| value.write(self));
    }

    /// Numbers behind how many they are and how many bytes each takes: 1, 2, 4 or 8.
    pub fn numbers(&mut self, numbers: impl ExactSizeIterator<Item = u64> + Clone) {
        let count = numbers.len();
        let width = match numbers.clone().max().unwrap_or(0) {
            0..=0xff => 1,
            0x100..=0xffff => 2,
            0x1_0000..=0xffff_ffff => 4,
            _ => 8,
        };
        count.write(self);
        self.form(width as u8);
        let Some(place) = self.next(count.saturating_mul(width)) else { return };
        match width {
            1 => place.iter_mut().zip(numbers).for_each(|(byte, number)| *byte = number as u8),
            2 => fill(place, numbers.map(|number| (number as u16).to_le_bytes())),
            4 => fill(place, numbers.map(|number| (number as u32).to_le_bytes())),
            _ => fill(place, numbers.map(u64::to_le_bytes)),
        }
    }

    /// Codes, as [`Self::numbers`].
    pub fn codes(&mut self, codes: &[u32]) {
        self.numbers(codes.iter().map(|&code| u64::from(code)));
    }

    /// Counts, as [`Self::numbers`].
    pub fn counts(&mut self, counts: &[u64]) {
        self.numbers(counts.iter().copied());
    }

    /// Yes or no, eight in a byte, behind their number.
    pub fn flags(&mut self, flags: &[bool]) {
        flags.len().write(self);
        let Some(place) = self.next(flags.len().div_ceil(8)) else { return };
        for (byte, eight) in place.iter_mut().zip(flags.chunks(8)) {
            *byte = eight.iter().rev().fold(0, |byte, &flag| byte << 1 | u8::from(flag));
        }
    }

    /// Floats, bit by bit, behind their number.
    pub fn floats(&mut self, floats: &[f64]) {
        floats.len().write(self);
        if let Some(place) = self.next(floats.len().saturating_mul(8)) {
            fill(place, floats.iter().map(|float| float.to_bits().to_le_bytes()));
        }
    }

    /// Texts and nulls: first the length of each and one more, 0 for null, then all bytes.
    pub fn texts<'t>(&mut self, texts: impl ExactSizeIterator<Item = Option<&'t str>> + Clone) {
        self.numbers(texts.clone().map(|text| text.map_or(0, |text| text.len() as u64 + 1)));
        texts.flatten().for_each(|text| self.raw(text.as_bytes()));
    }

    /// As [`Self::texts`].
    pub fn labels(&mut self, labels: &[Option<String>]) {
        self.texts(labels.iter().map(Option::as_deref));
    }
}

fn fill<const N: usize>(place: &mut [u8], numbers: impl Iterator<Item = [u8; N]>) {
    place.chunks_exact_mut(N).zip(numbers).for_each(|(place, bytes)| place.copy_from_slice(&bytes));
}
