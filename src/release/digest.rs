//! Digests over logical values: what a reader sees, whatever the encoding and compression.
//!
//! All numbers are big-endian 64-bit unless said otherwise; a *text* is its length in bytes and its
//! UTF-8 bytes. `H` is SHA-256 or SM3; both are computed over the same bytes.
//!
//! *Column of a row group*: its *body* is cut into *pieces* of 32,768 bytes, the last one shorter, so that they can be
//! hashed side by side. The leaf is
//! `H(0x00 ‖ text("column") ‖ text(name) ‖ text(type) ‖ rows ‖ bytes of the body ‖ H(0x02 ‖ piece) …)`.
//! Types are `int64 float64 date32 boolean` and `text`, the last for every physical form of text. Bodies are
//! - Fixed width: one byte 0, or, if there are nulls, one byte 1 and the validity bitmap (bit `i % 8` of
//!   byte `i / 8` is set where row `i` has a value, spare bits are 0); then all values, little-endian, 8,
//!   8, 4 and 1 bytes wide, nulls as 0, every NaN as 0x7ff8000000000000.
//! - Text: the number of distinct values, these as texts in the order of their first row, then one code per
//!   row, little-endian: the place of its value from 0, all ones for null. Codes have 1 byte for at most
//!   255 distinct values, 2 for at most 65,535, else 4: so all ones never names a value.
//!
//! *Schema*: `H(0x00 ‖ text("schema") ‖ columns ‖ (text(name) ‖ text(type)) per column)`.
//! *Row group*: `H(0x01 ‖ columns ‖ leaf per column)`, in the order of the schema.
//! *File*: `H(0x01 ‖ row groups + 1 ‖ schema ‖ row group …)`.

use arrow::array::{Array, ArrayRef, AsArray, BooleanBufferBuilder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Field, Float64Type, Int64Type, Schema, UInt32Type};
use hashbrown::{DefaultHashBuilder, HashTable};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sm3::Sm3;
use std::hash::BuildHasher;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::lanes;

/// Rows after which a column is known as one whose texts do not repeat.
const TRIED: usize = 1000;
/// Bytes of a piece of a column.
const PIECE: usize = 32 << 10;

/// The national and the international digest of the same bytes; 64 lowercase hex digits each in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Digests {
    #[serde(with = "lower_hex")]
    #[schemars(with = "String", regex(pattern = "^[0-9a-f]{64}$"))]
    pub sha256: [u8; 32],
    #[serde(with = "lower_hex")]
    #[schemars(with = "String", regex(pattern = "^[0-9a-f]{64}$"))]
    pub sm3: [u8; 32],
}

/// The digests of one column of one row group.
pub type Leaf = Digests;

impl Digests {
    pub fn of(bytes: &[u8]) -> Self {
        let mut both = Both::default();
        both.update(bytes);
        both.finish()
    }
}

/// Both hash functions over a stream of bytes.
#[derive(Default)]
pub struct Both {
    sha256: Sha256,
    sm3: Sm3,
}

impl Both {
    pub fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        self.sm3.update(bytes);
    }

    pub fn finish(self) -> Digests {
        Digests { sha256: self.sha256.finalize().into(), sm3: self.sm3.finalize().into() }
    }

    fn number(&mut self, number: usize) {
        self.update(&(number as u64).to_be_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len());
        self.update(text.as_bytes());
    }
}

/// Digests all columns of a row group, in the order of the schema.
///
/// # Errors
/// [`Error::Internal`] for a type that no release has.
pub fn leaves(schema: &Schema, columns: &[ArrayRef]) -> Result<Vec<Leaf>> {
    let bodies = columns.iter().map(body).collect::<Result<Vec<_>>>()?;
    let mut sm3 = lanes::digests(&[0x02], bodies.iter().flat_map(|body| body.chunks(PIECE))).into_iter();
    let leaf = |((field, cells), body): ((&Arc<Field>, &ArrayRef), &Vec<u8>)| {
        let mut hash = Both::default();
        hash.update(&[0x00]);
        hash.text("column");
        hash.text(field.name());
        hash.text(type_name(cells.data_type())?);
        hash.number(cells.len());
        hash.number(body.len());
        for (piece, sm3) in body.chunks(PIECE).zip(&mut sm3) {
            hash.sha256.update(Sha256::new().chain_update([0x02]).chain_update(piece).finalize());
            hash.sm3.update(sm3);
        }
        Ok(hash.finish())
    };
    schema.fields().iter().zip(columns).zip(&bodies).map(leaf).collect()
}

/// What is hashed of a column's cells.
fn body(array: &ArrayRef) -> Result<Vec<u8>> {
    Ok(match array.data_type() {
        DataType::Int64 => {
            let cells = array.as_primitive::<Int64Type>();
            fixed(array, cells.values().iter().map(|value| value.to_le_bytes()))
        }
        DataType::Float64 => {
            let canonical = |value: &f64| if value.is_nan() { 0x7ff8_0000_0000_0000 } else { value.to_bits() };
            let cells = array.as_primitive::<Float64Type>();
            fixed(array, cells.values().iter().map(|value| canonical(value).to_le_bytes()))
        }
        DataType::Date32 => {
            let cells = array.as_primitive::<Date32Type>();
            fixed(array, cells.values().iter().map(|value| value.to_le_bytes()))
        }
        DataType::Boolean => fixed(array, array.as_boolean().values().iter().map(|value| [u8::from(value)])),
        _ => Texts::of(array)?.body(),
    })
}

/// Digests a file from the leaves of its row groups, each in the order of the schema.
///
/// # Errors
/// [`Error::Internal`] where a row group has not one leaf per column, or for a type no release has.
pub fn tree(schema: &Schema, groups: &[Vec<Leaf>]) -> Result<Digests> {
    let mut hash = Both::default();
    hash.update(&[0x00]);
    hash.text("schema");
    hash.number(schema.fields().len());
    for field in schema.fields() {
        hash.text(field.name());
        hash.text(type_name(field.data_type())?);
    }
    let mut children = vec![hash.finish()];
    for leaves in groups {
        if leaves.len() != schema.fields().len() {
            return Err(Error::Internal("a row group has not one digest per column".into()));
        }
        children.push(node(leaves));
    }
    Ok(node(&children))
}

fn node(children: &[Digests]) -> Digests {
    let (mut sha256, mut sm3) = (Sha256::new(), Sm3::new());
    let count = (children.len() as u64).to_be_bytes();
    sha256.update([0x01]);
    sha256.update(count);
    sm3.update([0x01]);
    sm3.update(count);
    for child in children {
        sha256.update(child.sha256);
        sm3.update(child.sm3);
    }
    Digests { sha256: sha256.finalize().into(), sm3: sm3.finalize().into() }
}

fn type_name(of: &DataType) -> Result<&'static str> {
    Ok(match of {
        DataType::Int64 => "int64",
        DataType::Float64 => "float64",
        DataType::Date32 => "date32",
        DataType::Boolean => "boolean",
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text",
        DataType::Dictionary(_, values) if type_name(values)? == "text" => "text",
        other => return Err(Error::Internal(format!("no digest is defined for cells of type {other}"))),
    })
}

fn fixed<const N: usize>(array: &ArrayRef, values: impl Iterator<Item = [u8; N]>) -> Vec<u8> {
    let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0);
    let mut body = Vec::with_capacity(1 + array.len().div_ceil(8) + array.len() * N);
    body.push(u8::from(nulls.is_some()));
    if let Some(nulls) = nulls {
        let mut bits = BooleanBufferBuilder::new(array.len());
        nulls.iter().for_each(|valid| bits.append(valid));
        body.extend_from_slice(bits.finish().values());
    }
    for (row, value) in values.enumerate() {
        body.extend_from_slice(if nulls.is_some_and(|nulls| nulls.is_null(row)) { &[0; N] } else { &value });
    }
    body
}

/// Distinct texts in the order of their first row, and a code per row.
#[derive(Default)]
struct Texts {
    bytes: Vec<u8>,
    /// Where each distinct text ends in `bytes`.
    ends: Vec<usize>,
    /// `u32::MAX` for null.
    codes: Vec<u32>,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Texts {
    fn of(array: &ArrayRef) -> Result<Self> {
        let mut texts = Self { codes: Vec::with_capacity(array.len()), ..Self::default() };
        match array.data_type() {
            DataType::Utf8 => texts.push_all(array.as_string::<i32>().iter()),
            DataType::LargeUtf8 => texts.push_all(array.as_string::<i64>().iter()),
            DataType::Utf8View => texts.push_all(array.as_string_view().iter()),
            DataType::Dictionary(_, values) => {
                let wide = DataType::Dictionary(Box::new(DataType::UInt32), values.clone());
                let failed = |e| Error::Internal(format!("a dictionary cannot be read: {e}"));
                let array = cast(array, &wide).map_err(failed)?;
                let array = array.as_dictionary::<UInt32Type>();
                let values = cast(array.values(), &DataType::LargeUtf8).map_err(failed)?;
                let values = values.as_string::<i64>();
                // each dictionary entry is looked up once, when its key first appears
                let mut code_of: Vec<Option<u32>> = vec![None; values.len()];
                for key in array.keys() {
                    let code = match key {
                        Some(key) if values.is_valid(key as usize) => match code_of[key as usize] {
                            Some(code) => code,
                            None => *code_of[key as usize].insert(texts.intern(values.value(key as usize))),
                        },
                        _ => u32::MAX,
                    };
                    texts.codes.push(code);
                }
            }
            other => return Err(Error::Internal(format!("cells of type {other} are no text"))),
        }
        Ok(texts)
    }

    fn push_all<'a>(&mut self, cells: impl Iterator<Item = Option<&'a str>>) {
        for (row, cell) in cells.enumerate() {
            let code = cell.map_or(u32::MAX, |text| self.intern(text));
            self.codes.push(code);
            // what hardly repeats so far will not later: the table need not grow step by step
            if row == TRIED && self.ends.len() > TRIED / 2 {
                let Self { bytes, ends, table, hasher, .. } = self;
                let more = self.codes.capacity() - row;
                table.reserve(more, |&code| hasher.hash_one(entry(bytes, ends, code)));
                ends.reserve(more);
                bytes.reserve(more * (bytes.len() / row));
            }
        }
    }

    fn intern(&mut self, text: &str) -> u32 {
        let Self { bytes, ends, table, hasher, .. } = self;
        let text = text.as_bytes();
        let hash = hasher.hash_one(text);
        if let Some(&code) = table.find(hash, |&code| entry(bytes, ends, code) == text) {
            return code;
        }
        let code = ends.len() as u32;
        bytes.extend_from_slice(text);
        ends.push(bytes.len());
        table.insert_unique(hash, code, |&code| hasher.hash_one(entry(bytes, ends, code)));
        code
    }

    fn body(&self) -> Vec<u8> {
        let distinct = self.ends.len();
        let mut body = Vec::with_capacity(8 + self.bytes.len() + 8 * distinct + 4 * self.codes.len());
        body.extend_from_slice(&(distinct as u64).to_be_bytes());
        for code in 0..distinct as u32 {
            let text = entry(&self.bytes, &self.ends, code);
            body.extend_from_slice(&(text.len() as u64).to_be_bytes());
            body.extend_from_slice(text);
        }
        match distinct {
            0..=0xff => body.extend(self.codes.iter().map(|&code| code as u8)),
            0x100..=0xffff => body.extend(self.codes.iter().flat_map(|&code| (code as u16).to_le_bytes())),
            _ => body.extend(self.codes.iter().flat_map(|code| code.to_le_bytes())),
        }
        body
    }
}

fn entry<'a>(bytes: &'a [u8], ends: &[usize], code: u32) -> &'a [u8] {
    let code = code as usize;
    &bytes[if code == 0 { 0 } else { ends[code - 1] }..ends[code]]
}

mod lower_hex {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(digest: &[u8; 32], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex::encode(digest))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[u8; 32], D::Error> {
        let text = String::deserialize(from)?;
        let mut digest = [0; 32];
        hex::decode_to_slice(&text, &mut digest).map_err(|_| D::Error::custom("expected 64 hex digits"))?;
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(D::Error::custom("expected lowercase hex digits"));
        }
        Ok(digest)
    }
}

#[cfg(test)]
mod tests;
