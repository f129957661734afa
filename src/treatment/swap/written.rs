//! How exchanged cells are written for another machine.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Float64Array, Int64Array, StringArray, StringViewArray,
};
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type};

use super::{Swap, Swapped};
use crate::error::Result;
use crate::written::{Reader, Writer, Written, broken, ensure};

/// Writes cells of any type that a source has, with their nulls.
fn write_cells(cells: &ArrayRef, to: &mut Writer) {
    // of a null only the flag is read
    let bits = |bits: &mut dyn Iterator<Item = Option<u64>>| bits.map(|bits| bits.unwrap_or(0)).collect::<Vec<u64>>();
    let whole = |numbers: Vec<u64>, form: u8, to: &mut Writer| {
        to.form(form);
        to.counts(&numbers);
        to.flags(&(0..cells.len()).map(|cell| cells.is_valid(cell)).collect::<Vec<_>>());
    };
    match cells.data_type() {
        DataType::Utf8 => {
            to.form(0);
            to.texts(cells.as_string::<i32>().iter());
        }
        DataType::Utf8View => {
            to.form(5);
            to.texts(cells.as_string_view().iter());
        }
        DataType::Int64 => {
            let numbers = cells.as_primitive::<Int64Type>();
            whole(bits(&mut numbers.iter().map(|cell| cell.map(|number| number as u64))), 1, to);
        }
        DataType::Float64 => {
            let numbers = cells.as_primitive::<Float64Type>();
            whole(bits(&mut numbers.iter().map(|cell| cell.map(f64::to_bits))), 2, to);
        }
        DataType::Date32 => {
            let dates = cells.as_primitive::<Date32Type>();
            whole(bits(&mut dates.iter().map(|cell| cell.map(|date| u64::from(date as u32)))), 3, to);
        }
        DataType::Boolean => {
            whole(bits(&mut cells.as_boolean().iter().map(|cell| cell.map(u64::from))), 4, to);
        }
        other => to.refuse(format!("exchanged cells of type {other} cannot be sent to another machine")),
    }
}

fn read_cells(from: &mut Reader) -> Result<ArrayRef> {
    let form = from.form()?;
    match form {
        0 => return Ok(Arc::new(from.texts(|text| text)?.into_iter().collect::<StringArray>())),
        5 => return Ok(Arc::new(from.texts(|text| text)?.into_iter().collect::<StringViewArray>())),
        _ => {}
    }
    let (numbers, there) = (from.counts()?, from.flags()?);
    ensure(numbers.len() == there.len(), "exchanged cells are not as many as their flags")?;
    let cells = numbers.into_iter().zip(there).map(|(bits, there)| there.then_some(bits));
    let odd = |_| broken("a date is out of range");
    Ok(match form {
        1 => Arc::new(cells.map(|cell| cell.map(|bits| bits as i64)).collect::<Int64Array>()),
        2 => Arc::new(cells.map(|cell| cell.map(f64::from_bits)).collect::<Float64Array>()),
        3 => {
            let date = |bits: u64| u32::try_from(bits).map(|bits| bits as i32).map_err(odd);
            Arc::new(cells.map(|cell| cell.map(date).transpose()).collect::<Result<Date32Array>>()?)
        }
        4 => Arc::new(cells.map(|cell| cell.map(|bits| bits == 1)).collect::<BooleanArray>()),
        _ => return Err(broken("exchanged cells of an unknown type")),
    })
}

impl Written for Swap {
    fn write(&self, to: &mut Writer) {
        self.swapped.is_some().write(to);
        if let Some(Swapped { values, of_row, moved, released }) = &self.swapped {
            write_cells(values, to);
            // 0 for a record that is not released
            to.numbers(of_row.iter().map(|&place| u64::from(place.wrapping_add(1))));
            moved.write(to);
            released.write(to);
        }
    }

    fn read(from: &mut Reader) -> Result<Self> {
        if !from.value::<bool>()? {
            return Ok(Self::default());
        }
        let values = read_cells(from)?;
        let of_row = from.numbers(|place| match place.checked_sub(1) {
            None => Some(u32::MAX),
            Some(place) => u32::try_from(place).ok().filter(|&place| (place as usize) < values.len()),
        })?;
        let (moved, released): (u64, u64) = (from.value()?, from.value()?);
        let there = of_row.iter().filter(|&&place| place != u32::MAX).count() as u64;
        ensure(moved <= released && released == there, "exchanged cells are not those of all records")?;
        Ok(Self { swapped: Some(Swapped { values, of_row, moved, released }) })
    }
}
