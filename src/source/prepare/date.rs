//! Dates in the forms that offices write.

use arrow::array::{Array, ArrayRef, AsArray, Date32Array};
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type, SchemaRef, TimeUnit, TimestampMicrosecondType};
use chrono::{Datelike, NaiveDate};

use super::each::{Each, text_at, value_kernel};
use super::wrong;
use crate::error::Result;
use crate::spec::prepare::{Dates, OnError};

/// One form of a date.
#[derive(Debug, Clone)]
enum Form {
    Strftime(String),
    Excel,
    Minguo,
}

/// The first form that fits a cell wins. Dates stay, moments become their day; whole numbers and floats are read by
/// `excel`, and whole numbers by `民国` as `YYYMMDD`. Years are 1800 to 2199, so that `113/05/01` is no year 113.
pub(super) fn dates(schema: &SchemaRef, step: &Dates) -> Result<Each> {
    let form = |text: &String| match text.as_str() {
        "excel" => Form::Excel,
        "民国" | "民國" => Form::Minguo,
        other => Form::Strftime(other.to_owned()),
    };
    let forms: Vec<Form> = step.formats.iter().map(form).collect();
    step.columns.iter().try_fold(Each::new(schema), |each, column| {
        let forms = forms.clone();
        let kernel = |from: &DataType| match from {
            DataType::Boolean => Err(wrong(format!("column `{column}` holds {from}, no dates"), "leave it out")),
            _ => Ok(value_kernel::<Date32Array, _>(DataType::Date32, move |cells, at| day_of(cells, at, &forms))),
        };
        each.change(column, kernel, "a date in one of the given forms", step.on_error == OnError::Error)
    })
}

fn day_of(cells: &ArrayRef, at: usize, forms: &[Form]) -> Option<i32> {
    const DAY: i64 = 86_400_000_000;
    match cells.data_type() {
        DataType::Date32 => return Some(cells.as_primitive::<Date32Type>().value(at)),
        DataType::Timestamp(TimeUnit::Microsecond, None) => {
            return i32::try_from(cells.as_primitive::<TimestampMicrosecondType>().value(at).div_euclid(DAY)).ok();
        }
        _ => {}
    }
    let day = match cells.data_type() {
        DataType::Int64 => {
            let value = cells.as_primitive::<Int64Type>().value(at);
            forms.iter().find_map(|form| read(&value.to_string(), form))
        }
        DataType::Float64 => {
            let value = cells.as_primitive::<Float64Type>().value(at);
            forms.iter().find_map(|form| matches!(form, Form::Excel).then(|| serial(value)).flatten())
        }
        _ => {
            let text = text_at(cells, at)?.trim();
            forms.iter().find_map(|form| read(text, form))
        }
    };
    day.map(|day| day.to_epoch_days())
}

fn read(text: &str, form: &Form) -> Option<NaiveDate> {
    let day = match form {
        Form::Strftime(form) => NaiveDate::parse_from_str(text, form).ok(),
        Form::Excel => {
            let decimal = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
            text.parse::<f64>().ok().filter(|_| decimal).and_then(serial)
        }
        Form::Minguo => minguo(text),
    };
    day.filter(|day| (1800..2200).contains(&day.year()))
}

/// The day of a serial of Excel's 1900 calendar; a part of a day behind the point is a time, and goes. 60 is 1900-02-29,
/// which never was: no day.
fn serial(serial: f64) -> Option<NaiveDate> {
    let days = serial.floor();
    if !(1.0..=2_958_465.0).contains(&days) || days == 60.0 {
        return None;
    }
    let days = days as i32 - if days < 60.0 { 25_568 } else { 25_569 };
    NaiveDate::from_epoch_days(days).filter(|day| (1800..2200).contains(&day.year()))
}

/// A day of the calendar of the Republic of China, whose year 1 (元年) is 1912: `民國113年5月1日`, `113年5月1日`,
/// `113/05/01`, `113.5.1`, `113-5-1` and `1130501`. Years have one to three digits; full-width digits are read too, years
/// before 民国 are not.
fn minguo(text: &str) -> Option<NaiveDate> {
    let half = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        other => other,
    };
    let text: String = text.chars().filter(|c| !c.is_whitespace()).map(half).collect();
    let text =
        ["民国", "民國", "中華民國", "中华民国"].iter().find_map(|name| text.strip_prefix(name)).unwrap_or(&text);
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse::<u32>().ok()).flatten();
    let ymd = |year: u32, month, day| {
        (1..=287).contains(&year).then(|| NaiveDate::from_ymd_opt(1911 + year as i32, month, day)).flatten()
    };
    if text.len() == 7 && text.bytes().all(|b| b.is_ascii_digit()) {
        return ymd(digits(&text[..3])?, digits(&text[3..5])?, digits(&text[5..])?);
    }
    let mut parts: Vec<&str> = match text.strip_suffix(['日', '号', '號']) {
        Some(text) => {
            let (year, rest) = text.split_once('年')?;
            let (month, day) = rest.split_once('月')?;
            vec![if year == "元" { "1" } else { year }, month, day]
        }
        None => {
            let separator = text.chars().find(|c| matches!(c, '/' | '.' | '-'))?;
            text.split(separator).collect()
        }
    };
    let (day, month, year) = (parts.pop()?, parts.pop()?, parts.pop()?);
    let short = parts.is_empty() && (1..=3).contains(&year.len()) && month.len() <= 2 && day.len() <= 2;
    if short { ymd(digits(year)?, digits(month)?, digits(day)?) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iso(text: &str, form: &Form) -> Option<String> {
        read(text, form).map(|day| day.to_string())
    }

    #[test]
    fn years_of_the_republic() {
        for text in [
            "民國113年5月1日",
            "民国113年05月01日",
            "113/05/01",
            "113.5.1",
            "113-5-1",
            "1130501",
            "民國１１３年５月１日",
            "113年5月1日",
            "中華民國113年5月1日",
        ] {
            assert_eq!(iso(text, &Form::Minguo).as_deref(), Some("2024-05-01"), "{text}");
        }
        assert_eq!(iso("民国元年1月1日", &Form::Minguo).as_deref(), Some("1912-01-01"));
        assert_eq!(iso("113/02/29", &Form::Minguo).as_deref(), Some("2024-02-29"));
        assert_eq!(iso("99/05/01", &Form::Minguo).as_deref(), Some("2010-05-01"));
        for wrong in [
            "112/02/29",
            "2024/05/01",
            "0/1/1",
            "113/13/01",
            "113/5",
            "113/5.1",
            "",
            "民国",
            "１",
            "20240501",
            "113/5/1/2",
            "年月日",
        ] {
            assert_eq!(iso(wrong, &Form::Minguo), None, "{wrong}");
        }
    }

    #[test]
    fn serials_of_excel() {
        for (text, day) in [
            ("1", "1900-01-01"),
            ("59", "1900-02-28"),
            ("61", "1900-03-01"),
            ("45413", "2024-05-01"),
            ("45413.75", "2024-05-01"),
            ("45351", "2024-02-29"),
        ] {
            assert_eq!(iso(text, &Form::Excel).as_deref(), Some(day), "{text}");
        }
        for wrong in ["60", "0", "-1", "20240501", "1e4", "inf", "NaN", "４５", ""] {
            assert_eq!(iso(wrong, &Form::Excel), None, "{wrong}");
        }
    }

    #[test]
    fn years_are_not_of_antiquity() {
        let form = Form::Strftime("%Y/%m/%d".into());
        assert_eq!(iso("2024/5/1", &form).as_deref(), Some("2024-05-01"));
        for wrong in ["113/05/01", "2023/02/29", "99999/01/01", "２０２４/05/01", "2024/05/01 "] {
            assert_eq!(iso(wrong, &form), None, "{wrong}");
        }
    }
}
