//! Writing of digits, dates and amounts into text columns.

use std::fmt::Write;

use arrow::array::StringBuilder;

/// A text column under construction: cells are written in pieces and then ended.
pub struct Text(StringBuilder);

impl Text {
    /// Room for `rows` cells of about `bytes` bytes each.
    pub fn new(rows: usize, bytes: usize) -> Self {
        Self(StringBuilder::with_capacity(rows, rows * bytes))
    }

    /// Adds a piece to the cell at hand.
    pub fn add(&mut self, piece: &str) -> &mut Self {
        // writing into a buffer in memory cannot fail
        let _ = self.0.write_str(piece);
        self
    }

    /// Adds a number with at least `width` digits, filled with zeros.
    pub fn digits(&mut self, number: u64, width: usize) -> &mut Self {
        let mut buffer = [b'0'; 20];
        let mut rest = number;
        let mut start = buffer.len();
        while rest > 0 || buffer.len() - start < width.clamp(1, 20) {
            start -= 1;
            buffer[start] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        self.ascii(&buffer[start..])
    }

    /// Adds ASCII characters; other bytes are left out.
    pub fn ascii(&mut self, bytes: &[u8]) -> &mut Self {
        self.add(str::from_utf8(bytes).unwrap_or_default())
    }

    /// Adds a day as `YYYY-MM-DD`.
    pub fn date(&mut self, date: Date) -> &mut Self {
        self.digits(u64::from(date.year), 4).add("-").digits(u64::from(date.month), 2);
        self.add("-").digits(u64::from(date.day), 2)
    }

    /// Ends the cell.
    pub fn end(&mut self) {
        self.0.append_value("");
    }

    /// A whole cell.
    pub fn cell(&mut self, text: &str) {
        self.0.append_value(text);
    }

    /// A cell without a value; nothing may have been added to it.
    pub fn null(&mut self) {
        self.0.append_null();
    }

    pub fn finish(&mut self) -> arrow::array::ArrayRef {
        std::sync::Arc::new(self.0.finish())
    }
}

/// A day of the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    pub year: u32,
    pub month: u32,
    pub day: u32,
}

impl Date {
    /// The day number `day_of_year`, counted from 0, of a year.
    pub fn of_year(year: u32, day_of_year: u32) -> Self {
        let february = if days_in_year(year) == 366 { 29 } else { 28 };
        let mut day = day_of_year;
        for (month, days) in (1..).zip([31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
            if day < days {
                return Self { year, month, day: day + 1 };
            }
            day -= days;
        }
        Self { year, month: 12, day: 31 }
    }

    /// The day that is `days` after the first of a year.
    pub fn after(first_year: u32, days: u32) -> Self {
        let (mut year, mut rest) = (first_year, days);
        while rest >= days_in_year(year) {
            rest -= days_in_year(year);
            year += 1;
        }
        Self::of_year(year, rest)
    }

    /// How many days lie between the first of a year and this day, which is not before it.
    pub fn days_after(self, first_year: u32) -> u32 {
        let whole: u32 = (first_year..self.year).map(days_in_year).sum();
        (0..days_in_year(self.year)).find(|&day| Self::of_year(self.year, day) == self).unwrap_or(0) + whole
    }

    /// Full years from a birthday to this day.
    pub fn years_since(self, birth: Self) -> u32 {
        let before = (self.month, self.day) < (birth.month, birth.day);
        self.year.saturating_sub(birth.year + u32::from(before))
    }
}

pub fn days_in_year(year: u32) -> u32 {
    let leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    if leap { 366 } else { 365 }
}

/// Hundredths as a number with at most two decimals.
pub fn hundredths(amount: i64) -> f64 {
    amount as f64 / 100.0
}
