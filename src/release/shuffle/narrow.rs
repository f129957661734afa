//! Columns in as few bytes as their cells need, while rows wait for their place.
//!
//! Codes become as wide as the largest; texts that repeat become codes of a dictionary; texts of lowercase hex digits,
//! such as tokens, become bytes. Everything else stays as it is. Each batch is narrowed by itself.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, DictionaryArray, FixedSizeBinaryArray, PrimitiveArray, StringArray,
    UInt32Array,
};
use arrow::buffer::{Buffer, OffsetBuffer};
use arrow::compute::{cast, concat, take};
use arrow::datatypes::{ArrowDictionaryKeyType, ArrowNativeType, DataType, UInt8Type, UInt16Type, UInt32Type};
use arrow::error::ArrowError;
use hashbrown::HashMap;

/// Distinct texts in a batch from which on its column is kept as it is.
const MANY: usize = 4096;

/// The cells at these places, in this order, in few bytes.
///
/// # Errors
/// A place beyond the column.
pub(super) fn narrow(cells: &ArrayRef, order: &UInt32Array) -> Result<ArrayRef, ArrowError> {
    let narrowed = match cells.data_type() {
        DataType::UInt32 if cells.null_count() == 0 => {
            let codes = cells.as_primitive::<UInt32Type>().values();
            Some(of_codes(order.values().iter().map(|&row| codes[row as usize]).collect()))
        }
        DataType::Utf8 => {
            let cells = cells.as_string::<i32>();
            match of_digits(cells, order.values()) {
                Some(bytes) => Some(bytes),
                None => of_texts(cells, order.values())?,
            }
        }
        _ => None,
    };
    narrowed.map_or_else(|| take(cells, order, None), Ok)
}

/// Codes in the type that the largest of them needs.
fn of_codes(codes: Vec<u32>) -> ArrayRef {
    match codes.iter().max().copied().unwrap_or(0) {
        0..=0xff => keys::<UInt8Type>(&codes),
        0x100..=0xffff => keys::<UInt16Type>(&codes),
        _ => Arc::new(UInt32Array::from(codes)),
    }
}

fn keys<T: ArrowPrimitiveType>(codes: &[u32]) -> ArrayRef {
    Arc::new(PrimitiveArray::<T>::from_iter_values(codes.iter().map(|&code| T::Native::usize_as(code as usize))))
}

/// The bytes that texts of lowercase hex digits, all equally many, stand for.
fn of_digits(cells: &StringArray, order: &[u32]) -> Option<ArrayRef> {
    let digits = cells.value(*order.first()? as usize).len();
    let even = digits > 0 && digits.is_multiple_of(2) && digits <= i32::MAX as usize;
    if !even || cells.null_count() > 0 || cells.offsets().windows(2).any(|ends| ends[1] - ends[0] != digits as i32) {
        return None;
    }
    let (first, last) = (*cells.offsets().first()? as usize, *cells.offsets().last()? as usize);
    let text = &cells.value_data()[first..last];
    if !text.iter().fold(true, |good, sign| good & matches!(sign, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    // `a` is 0x61 and has the value ten, as many more than its last four bits say as its seventh bit is worth nine
    let value = |sign: u8| (sign & 15) + 9 * (sign >> 6);
    let packed: Vec<u8> = text.as_chunks::<2>().0.iter().map(|[high, low]| value(*high) << 4 | value(*low)).collect();
    let width = digits / 2;
    let mut bytes = Vec::with_capacity(order.len() * width);
    for &row in order {
        bytes.extend_from_slice(&packed[row as usize * width..][..width]);
    }
    let bytes = FixedSizeBinaryArray::try_new(width as i32, Buffer::from_vec(bytes), None);
    bytes.ok().map(|bytes| Arc::new(bytes) as ArrayRef)
}

/// A dictionary with the texts as they first come, if they are few.
fn of_texts(cells: &StringArray, order: &[u32]) -> Result<Option<ArrayRef>, ArrowError> {
    let mut short: HashMap<u128, u32> = HashMap::new();
    let mut long: HashMap<Option<&str>, u32> = HashMap::new();
    let mut values: Vec<Option<&str>> = Vec::new();
    let mut codes = Vec::with_capacity(cells.len());
    for row in 0..cells.len() {
        let cell = cells.is_valid(row).then(|| cells.value(row));
        let mut new = || {
            values.push(cell);
            values.len() as u32 - 1
        };
        codes.push(match cell.filter(|text| text.len() < 16) {
            Some(text) => *short.entry(key(text, cells.value_data(), cells.offsets()[row])).or_insert_with(&mut new),
            None => *long.entry(cell).or_insert_with(&mut new),
        });
        if values.len() >= MANY {
            return Ok(None);
        }
    }
    let values: ArrayRef = Arc::new(StringArray::from(values));
    fn dictionary<T: ArrowDictionaryKeyType>(codes: &ArrayRef, values: ArrayRef) -> Result<ArrayRef, ArrowError> {
        Ok(Arc::new(DictionaryArray::<T>::try_new(codes.as_primitive::<T>().clone(), values)?))
    }
    let codes = of_codes(order.iter().map(|&row| codes[row as usize]).collect());
    let dictionary = match codes.data_type() {
        DataType::UInt8 => dictionary::<UInt8Type>(&codes, values),
        DataType::UInt16 => dictionary::<UInt16Type>(&codes, values),
        _ => dictionary::<UInt32Type>(&codes, values),
    };
    dictionary.map(Some)
}

/// A text of fewer than 16 bytes that starts here among all bytes: those and its length, which no other text has.
fn key(text: &str, all: &[u8], start: i32) -> u128 {
    let bytes = match all.get(start as usize..).and_then(|rest| rest.first_chunk::<16>()) {
        Some(bytes) => u128::from_le_bytes(*bytes) & !(u128::MAX << (8 * text.len())),
        None => text.bytes().rev().fold(0, |key, byte| key << 8 | u128::from(byte)),
    };
    bytes | (text.len() as u128) << 120
}

/// The cells of narrowed pieces of a column of this type, one piece after the other, at these places.
///
/// Texts are given as a dictionary, whose values may be null, where all pieces are such.
///
/// # Errors
/// A place beyond the pieces; pieces of other columns.
pub(super) fn widen(kind: &DataType, pieces: &[ArrayRef], order: &UInt32Array) -> Result<ArrayRef, ArrowError> {
    let all = |is: fn(&DataType) -> bool| !pieces.is_empty() && pieces.iter().all(|piece| is(piece.data_type()));
    match kind {
        DataType::UInt32 if pieces.iter().all(|piece| piece.null_count() == 0) => {
            let mut codes = Vec::with_capacity(order.len());
            pieces.iter().try_for_each(|piece| extend(&mut codes, piece))?;
            Ok(Arc::new(UInt32Array::from_iter_values(order.values().iter().map(|&row| codes[row as usize]))))
        }
        DataType::Utf8 if all(|kind| matches!(kind, DataType::FixedSizeBinary(_))) && alike(pieces) => {
            let pieces: Vec<&dyn Array> = pieces.iter().map(AsRef::as_ref).collect();
            digits(concat(&pieces)?.as_fixed_size_binary(), order.values())
        }
        DataType::Utf8 if all(|kind| matches!(kind, DataType::Dictionary(..))) => merged(pieces, order),
        _ => {
            let pieces = pieces.iter().map(|piece| match piece.data_type() {
                DataType::FixedSizeBinary(_) => {
                    let all: Vec<u32> = (0..piece.len() as u32).collect();
                    digits(piece.as_fixed_size_binary(), &all)
                }
                _ => cast(piece, kind),
            });
            let pieces = pieces.collect::<Result<Vec<_>, _>>()?;
            let pieces: Vec<&dyn Array> = pieces.iter().map(AsRef::as_ref).collect();
            match pieces.is_empty() {
                true => Ok(arrow::array::new_empty_array(kind)),
                false => take(&concat(&pieces)?, order, None),
            }
        }
    }
}

fn alike(pieces: &[ArrayRef]) -> bool {
    pieces.windows(2).all(|pair| pair[0].data_type() == pair[1].data_type())
}

/// Adds the codes of a piece to those before.
fn extend(codes: &mut Vec<u32>, piece: &ArrayRef) -> Result<(), ArrowError> {
    match piece.data_type() {
        DataType::UInt8 => codes.extend(piece.as_primitive::<UInt8Type>().values().iter().map(|&code| u32::from(code))),
        DataType::UInt16 => {
            codes.extend(piece.as_primitive::<UInt16Type>().values().iter().map(|&code| u32::from(code)));
        }
        DataType::UInt32 => codes.extend_from_slice(piece.as_primitive::<UInt32Type>().values()),
        other => return Err(ArrowError::CastError(format!("{other} is no type of codes"))),
    }
    Ok(())
}

/// Bytes as hex digits again.
fn digits(cells: &FixedSizeBinaryArray, order: &[u32]) -> Result<ArrayRef, ArrowError> {
    let width = cells.value_length() as usize;
    let mut bytes = Vec::with_capacity(order.len() * width);
    order.iter().for_each(|&row| bytes.extend_from_slice(cells.value(row as usize)));
    // behind `9` comes `a`, 39 signs later
    let digit = |value: u8| value + b'0' + 39 * u8::from(value > 9);
    let text: Vec<[u8; 2]> = bytes.iter().map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
    let ends = OffsetBuffer::from_lengths(std::iter::repeat_n(2 * width, order.len()));
    Ok(Arc::new(StringArray::try_new(ends, Buffer::from_vec(text.into_flattened()), None)?))
}

/// Dictionaries as one.
fn merged(pieces: &[ArrayRef], order: &UInt32Array) -> Result<ArrayRef, ArrowError> {
    let mut code_of: HashMap<Option<String>, u32> = HashMap::new();
    let mut all: Vec<Option<String>> = Vec::new();
    let mut codes: Vec<u32> = Vec::with_capacity(order.len());
    for piece in pieces {
        let piece = piece.as_any_dictionary();
        let values = piece.values().as_string::<i32>();
        let places: Vec<u32> = values
            .iter()
            .map(|value| {
                let value = value.map(str::to_owned);
                *code_of.entry(value.clone()).or_insert_with(|| {
                    all.push(value);
                    all.len() as u32 - 1
                })
            })
            .collect();
        let first = codes.len();
        let keys: ArrayRef = arrow::array::make_array(piece.keys().to_data());
        extend(&mut codes, &keys)?;
        codes[first..].iter_mut().for_each(|code| *code = places[*code as usize]);
    }
    let keys = UInt32Array::from_iter_values(order.values().iter().map(|&row| codes[row as usize]));
    Ok(Arc::new(DictionaryArray::try_new(keys, Arc::new(StringArray::from(all)))?))
}

#[cfg(test)]
mod tests {
    use arrow::array::{Date32Array, Float64Array, Int64Array};
    use rand::SeedableRng;
    use rand::rngs::ChaCha20Rng;
    use rand::seq::SliceRandom;

    use super::*;

    /// What comes back of batches of a column, narrowed and widened, is compared with what `take` gives.
    fn returns(batches: &[ArrayRef]) -> (Vec<DataType>, DataType) {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let mut shuffled = |rows: usize| {
            let mut order: Vec<u32> = (0..rows as u32).collect();
            order.shuffle(&mut rng);
            UInt32Array::from(order)
        };
        let kind = batches[0].data_type();
        let orders: Vec<UInt32Array> = batches.iter().map(|batch| shuffled(batch.len())).collect();
        let narrowed: Vec<ArrayRef> =
            batches.iter().zip(&orders).map(|(batch, order)| narrow(batch, order).unwrap()).collect();
        let taken: Vec<ArrayRef> =
            batches.iter().zip(&orders).map(|(batch, order)| take(batch, order, None).unwrap()).collect();
        let taken = concat(&taken.iter().map(AsRef::as_ref).collect::<Vec<_>>()).unwrap();
        let order = shuffled(taken.len());
        let wide = widen(kind, &narrowed, &order).unwrap();
        assert_eq!(&cast(&wide, kind).unwrap(), &take(&taken, &order, None).unwrap());
        (narrowed.iter().map(|piece| piece.data_type().clone()).collect(), wide.data_type().clone())
    }

    fn texts(cells: impl IntoIterator<Item = Option<String>>) -> ArrayRef {
        Arc::new(cells.into_iter().collect::<StringArray>())
    }

    #[test]
    fn codes_are_as_wide_as_the_largest() {
        let codes = |largest: u32| Arc::new(UInt32Array::from_iter_values([0, 7, largest, 1])) as ArrayRef;
        let (kinds, wide) = returns(&[codes(255), codes(256), codes(65_535), codes(65_536), codes(u32::MAX)]);
        use DataType::{UInt8, UInt16, UInt32};
        assert_eq!(kinds, [UInt8, UInt16, UInt16, UInt32, UInt32]);
        assert_eq!(wide, UInt32);
        assert_eq!(returns(&[codes(3), codes(9)]).1, UInt32);
    }

    #[test]
    fn hex_digits_become_bytes_and_again_digits() {
        let token = |seed: u32| Some(format!("{:08x}{:08x}", seed.wrapping_mul(0x9e37_79b9), seed));
        let (kinds, wide) = returns(&[texts((0..50).map(token)), texts((50..90).map(token))]);
        assert_eq!(kinds, vec![DataType::FixedSizeBinary(8); 2]);
        assert_eq!(wide, DataType::Utf8);
    }

    #[test]
    fn what_only_looks_like_hex_stays_text() {
        let cases: [&[Option<&str>]; 6] = [
            &[Some("ab"), Some("AB")],
            &[Some("abc"), Some("abd")],
            &[Some("ab"), Some("abcd")],
            &[Some("ab"), None],
            &[Some("a\u{e9}"), Some("ab")],
            &[Some(""), Some("")],
        ];
        for cells in cases {
            let (kinds, _) = returns(&[texts(cells.iter().map(|cell| cell.map(str::to_owned)))]);
            assert_eq!(kinds, [DataType::Dictionary(Box::new(DataType::UInt8), Box::new(DataType::Utf8))]);
        }
    }

    #[test]
    fn few_texts_become_codes_and_many_stay() {
        let of = |distinct: usize, prefix: &'static str| {
            texts((0..5000).map(move |row| (row % 7 > 0).then(|| format!("{prefix}{}", row % distinct))))
        };
        let dictionary = |key: DataType| DataType::Dictionary(Box::new(key), Box::new(DataType::Utf8));
        let (kinds, wide) = returns(&[of(3, "档"), of(300, "档"), of(2, "其他")]);
        assert_eq!(kinds, [DataType::UInt8, DataType::UInt16, DataType::UInt8].map(dictionary));
        assert_eq!(wide, dictionary(DataType::UInt32));
        let (kinds, wide) = returns(&[of(3, "档"), of(5000, "档")]);
        assert_eq!(kinds[1], DataType::Utf8);
        assert_eq!(wide, DataType::Utf8);
    }

    #[test]
    fn batches_of_every_form_go_together() {
        let hex = |width: usize| texts((0..20).map(move |row| Some(format!("{row:0width$x}"))));
        returns(&[hex(8), hex(4), hex(3), texts([None, Some("甲".into())]), texts([])]);
        returns(&[Arc::new(Int64Array::from(vec![Some(1), None, Some(i64::MIN)])) as ArrayRef]);
        returns(&[Arc::new(Float64Array::from(vec![Some(f64::NAN), None, Some(-0.0)])) as ArrayRef]);
        returns(&[Arc::new(Date32Array::from(vec![Some(1), None])) as ArrayRef]);
        returns(&[Arc::new(UInt32Array::from(vec![Some(1), None])) as ArrayRef]);
        assert_eq!(widen(&DataType::Utf8, &[], &UInt32Array::from(Vec::<u32>::new())).unwrap().len(), 0);
    }
}
