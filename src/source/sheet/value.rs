//! What a cell of a workbook holds.

use calamine::{CellErrorType, Data, ExcelDateTime};
use chrono::{NaiveDate, NaiveDateTime};

use crate::error::Error;
use crate::source::cells::Value;

/// From here on a number has more digits than a workbook keeps.
const LONG: f64 = 1e15;
/// Days of a workbook end on 9999-12-31.
const LAST_DAY: f64 = 2_958_466.0;

/// Why a cell is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// A formula's error, as it is shown.
    Formula(&'static str),
    Long,
    NoDay,
}

impl Fault {
    /// The error for the cell with that name.
    pub fn told(self, cell: &str) -> Error {
        match self {
            Self::Formula(shown) => Error::input(format!("the cell {cell} holds the error `{shown}`"))
                .with_help(format!("mend the formula, or say that it means 'no value': `nulls = [\"{shown}\"]`")),
            Self::Long => Error::input(format!("the cell {cell} holds a number of more than 15 digits")).with_help(
                "the workbook has lost the digits after the 15th: enter the column as text, from its source",
            ),
            Self::NoDay => Error::input(format!("the cell {cell} holds a date that is no day")),
        }
    }
}

/// The value of a cell; texts and errors among `nulls` are null, and so is the empty text.
pub(super) fn value(cell: Data, nulls: &[String]) -> Result<Value<'static>, Fault> {
    let null = |text: &str| text.is_empty() || nulls.iter().any(|null| null == text);
    Ok(match cell {
        Data::Empty => Value::Null,
        Data::String(text) | Data::DurationIso(text) if null(&text) => Value::Null,
        Data::String(text) | Data::DurationIso(text) => Value::Text(text.into()),
        Data::Bool(truth) => Value::Boolean(truth),
        Data::Int(number) => self::number(number as f64)?,
        Data::Float(number) => self::number(number)?,
        Data::DateTime(moment) => day(&moment)?,
        Data::DateTimeIso(text) => iso(text),
        Data::Error(error) => match shown(&error) {
            text if nulls.iter().any(|null| null == text) => Value::Null,
            text => return Err(Fault::Formula(text)),
        },
    })
}

fn number(number: f64) -> Result<Value<'static>, Fault> {
    match number {
        number if number.abs() >= LONG || !number.is_finite() => Err(Fault::Long),
        whole if whole.fract() == 0.0 => Ok(Value::Integer(whole as i64)),
        number => Ok(Value::Number(number)),
    }
}

fn shown(error: &CellErrorType) -> &'static str {
    match error {
        CellErrorType::Div0 => "#DIV/0!",
        CellErrorType::NA => "#N/A",
        CellErrorType::Name => "#NAME?",
        CellErrorType::Null => "#NULL!",
        CellErrorType::Num => "#NUM!",
        CellErrorType::Ref => "#REF!",
        CellErrorType::Value => "#VALUE!",
        _ => "#GETTING_DATA",
    }
}

/// A day number with its time, in the system of 1900 or of 1904; times without a day become text.
fn day(moment: &ExcelDateTime) -> Result<Value<'static>, Fault> {
    let days = moment.as_f64();
    if !(0.0..LAST_DAY).contains(&days) {
        return Err(Fault::NoDay);
    }
    if moment.is_duration() {
        let seconds = (days * 86_400.0).round() as u64;
        return Ok(Value::Text(format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60).into()));
    }
    let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
    if days < 1.0 && (year < 1904 || days > 0.0) {
        return Ok(Value::Text(format!("{hour:02}:{minute:02}:{second:02}").into()));
    }
    // the 29th of February 1900 is a day in workbooks only
    let date = NaiveDate::from_ymd_opt(year.into(), month.into(), day.into()).ok_or(Fault::NoDay)?;
    let time = date.and_hms_milli_opt(hour.into(), minute.into(), second.into(), milli.into());
    Ok(moment_or_date(time.ok_or(Fault::NoDay)?, days.fract() == 0.0))
}

fn moment_or_date(moment: NaiveDateTime, whole: bool) -> Value<'static> {
    match whole {
        true => Value::Date(moment.date().to_epoch_days()),
        false => Value::Moment(moment.and_utc().timestamp_micros()),
    }
}

/// As ods writes dates.
fn iso(text: String) -> Value<'static> {
    if let Ok(date) = NaiveDate::parse_from_str(&text, "%Y-%m-%d") {
        return Value::Date(date.to_epoch_days());
    }
    match NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f") {
        Ok(moment) => moment_or_date(moment, false),
        Err(_) => Value::Text(text.into()),
    }
}

#[cfg(test)]
mod tests {
    use calamine::ExcelDateTimeType;

    use super::*;

    fn date(days: f64, from_1904: bool) -> Result<String, Fault> {
        let cell = Data::DateTime(ExcelDateTime::new(days, ExcelDateTimeType::DateTime, from_1904));
        value(cell, &[]).map(|value| value.text().unwrap_or_default().into_owned())
    }

    #[test]
    fn day_numbers_are_days_of_their_system() {
        let cases = [
            (1.0, false, "1900-01-01"),
            (59.0, false, "1900-02-28"),
            (61.0, false, "1900-03-01"),
            (45_351.0, false, "2024-02-29"),
            (45_351.5, false, "2024-02-29 12:00:00"),
            (43_889.0, true, "2024-02-29"),
            (0.0, true, "1904-01-01"),
            (0.5, false, "12:00:00"),
            (2_958_465.0, false, "9999-12-31"),
        ];
        for (days, system, expected) in cases {
            assert_eq!(date(days, system).as_deref(), Ok(expected), "{days}");
        }
        for wrong in [60.0, -1.0, 2_958_466.0, f64::NAN] {
            assert_eq!(date(wrong, false), Err(Fault::NoDay), "{wrong}");
        }
        let span = Data::DateTime(ExcelDateTime::new(1.5, ExcelDateTimeType::TimeDelta, false));
        assert_eq!(value(span, &[]), Ok(Value::Text("36:00:00".into())));
    }

    #[test]
    fn numbers_errors_and_words_for_nothing() {
        let nulls = ["#N/A".to_owned(), "-".to_owned()];
        assert_eq!(value(Data::Float(3.0), &nulls), Ok(Value::Integer(3)));
        assert_eq!(value(Data::Float(-0.5), &nulls), Ok(Value::Number(-0.5)));
        assert_eq!(value(Data::Float(999_999_999_999_999.0), &nulls), Ok(Value::Integer(999_999_999_999_999)));
        assert_eq!(value(Data::Float(1.1010119900101123e17), &nulls), Err(Fault::Long));
        assert_eq!(value(Data::Bool(true), &nulls), Ok(Value::Boolean(true)));
        assert_eq!(value(Data::Error(CellErrorType::NA), &nulls), Ok(Value::Null));
        assert_eq!(value(Data::Error(CellErrorType::Ref), &nulls), Err(Fault::Formula("#REF!")));
        assert_eq!(value(Data::String("-".into()), &nulls), Ok(Value::Null));
        assert_eq!(value(Data::DateTimeIso("2024-02-29".into()), &nulls), Ok(Value::Date(19_782)));
        assert_eq!(value(Data::DateTimeIso("1970-01-01T00:00:01".into()), &nulls), Ok(Value::Moment(1_000_000)));
    }
}
