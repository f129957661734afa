//! New columns that follow from others: from dates of birth and resident ids.

use arrow::array::{ArrayRef, AsArray, Date32Array, Int64Array, StringArray};
use arrow::datatypes::{DataType, Date32Type, SchemaRef};
use chrono::{Datelike, NaiveDate};

use super::cast::day;
use super::each::{Each, text_at, value_kernel};
use super::wrong;
use crate::detect::area::starts_resident_id;
use crate::detect::check_digits::resident_id_check;
use crate::detect::{Kind, canonical};
use crate::error::{Error, Result};
use crate::spec::prepare::{Derive, Derived, OnError};

/// Age from dates or ids; date of birth, sex and district from ids alone. An id must have a right check digit, a day that
/// is one, and the number of a province; ids of 15 digits have no check digit.
pub(super) fn derive(schema: &SchemaRef, step: &Derive) -> Result<Each> {
    let as_of = step.as_of.as_ref().and_then(|day| NaiveDate::parse_from_str(day, "%Y-%m-%d").ok());
    let strict = step.on_error == OnError::Error;
    let kernel = |from: &DataType| {
        let text = matches!(from, DataType::Utf8 | DataType::Utf8View);
        let dated = *from == DataType::Date32 && step.what == Derived::Age;
        if !text && !dated {
            let message = format!("column `{}` holds {from}, from which this does not follow", step.from);
            return Err(wrong(message, "an age follows from dates and resident ids, the rest from resident ids"));
        }
        Ok(match step.what {
            Derived::Age => {
                let as_of = as_of.ok_or_else(|| Error::Internal("an age has no day".into()))?;
                value_kernel::<Int64Array, _>(DataType::Int64, move |cells, at| age(born(cells, at)?, as_of))
            }
            Derived::BirthDate => value_kernel::<Date32Array, _>(DataType::Date32, |cells, at| {
                born(cells, at).map(|day| day.to_epoch_days())
            }),
            Derived::Sex => value_kernel::<StringArray, _>(DataType::Utf8, |cells, at| {
                Some(if Id::read(text_at(cells, at)?)?.male { "1" } else { "2" })
            }),
            Derived::District => value_kernel::<StringArray, _>(DataType::Utf8, |cells, at| {
                Id::read(text_at(cells, at)?).map(|id| id.district)
            }),
        })
    };
    let expected = match step.what {
        Derived::Age => "a date of birth or a resident id, of somebody born by that day",
        _ => "a resident id with a right check digit",
    };
    Each::new(schema).add(&step.from, &step.column, kernel, expected, strict)
}

fn born(cells: &ArrayRef, at: usize) -> Option<NaiveDate> {
    match cells.data_type() {
        DataType::Date32 => day(cells.as_primitive::<Date32Type>().value(at)),
        _ => Id::read(text_at(cells, at)?).map(|id| id.born),
    }
}

/// Whole years between two days; `None` where the first is the later one.
fn age(born: NaiveDate, as_of: NaiveDate) -> Option<i64> {
    if born > as_of {
        return None;
    }
    let years = as_of.year() - born.year();
    Some(i64::from(years) - i64::from((as_of.month(), as_of.day()) < (born.month(), born.day())))
}

/// What a resident id tells.
struct Id {
    district: String,
    born: NaiveDate,
    male: bool,
}

impl Id {
    /// Reads ids of residents and residence permits, 15 digits or 18 characters.
    ///
    /// The order numbers 996 to 999 of 15 digits belong to people born before 1900 or after, which the two digits of the
    /// year do not tell: these are refused.
    ///
    /// # References
    /// GB 11643-1989 and GB 11643-1999.
    fn read(text: &str) -> Option<Self> {
        let id = canonical(Kind::ResidentId18, text)?;
        let bytes = id.as_bytes();
        if bytes.len() != 18 || resident_id_check(&bytes[..17])? != bytes[17] {
            return None;
        }
        let short = text.chars().filter(|c| c.is_alphanumeric()).count() < 18;
        if short && matches!(&bytes[14..17], b"996" | b"997" | b"998" | b"999") {
            return None;
        }
        let permit = matches!(&bytes[..6], b"810000" | b"820000" | b"830000");
        if !permit && !starts_resident_id(&bytes[..6]) {
            return None;
        }
        let born =
            NaiveDate::parse_from_str(&id[6..14], "%Y%m%d").ok().filter(|day| (1800..2200).contains(&day.year()))?;
        Some(Self { district: id[..6].to_owned(), born, male: bytes[16] % 2 == 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(first: &str) -> String {
        format!("{first}{}", resident_id_check(first.as_bytes()).unwrap() as char)
    }

    fn ymd(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    #[test]
    fn ids_tell_district_birth_and_sex() {
        let long = Id::read(&id("12010419900307123")).unwrap();
        assert_eq!((long.district.as_str(), long.born, long.male), ("120104", ymd(1990, 3, 7), true));
        let short = Id::read("120104900307124").unwrap();
        assert_eq!((short.born, short.male), (ymd(1990, 3, 7), false));
        assert_eq!(Id::read(&id("12010418991231123")).unwrap().born, ymd(1899, 12, 31));
        assert_eq!(Id::read(&id("81000020000229123")).unwrap().born, ymd(2000, 2, 29));
        let wide: String =
            id("12010419900307123").chars().map(|c| char::from_u32(c as u32 + 0xfee0).unwrap()).collect();
        assert!(Id::read(&wide).is_some());
    }

    #[test]
    fn what_is_no_id_tells_nothing() {
        let mut changed = id("12010419900307123");
        let last = if changed.ends_with('0') { "1" } else { "0" };
        changed.replace_range(17.., last);
        let not_a_day = id("12010419900229123");
        for text in [
            changed.as_str(),
            &not_a_day,
            "120104900230124",
            "120104000307998",
            "12010490030712",
            "",
            "天津",
            "𠮷",
            &id("99010419900307123"),
        ] {
            assert!(Id::read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn leap_days_and_the_day_itself() {
        let leap = ymd(2004, 2, 29);
        for (as_of, years) in [
            (ymd(2004, 2, 29), Some(0)),
            (ymd(2005, 2, 28), Some(0)),
            (ymd(2005, 3, 1), Some(1)),
            (ymd(2024, 2, 28), Some(19)),
            (ymd(2024, 2, 29), Some(20)),
            (ymd(2004, 2, 28), None),
        ] {
            assert_eq!(age(leap, as_of), years, "{as_of}");
        }
        assert_eq!(age(ymd(2000, 12, 31), ymd(2024, 12, 31)), Some(24));
    }
}
