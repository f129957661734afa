//! How many records may be withheld.

/// Returns `floor(limit × records)`, with the limit taken as the decimal number that it was written as.
///
/// 0.29 of 100 records are 29, although the nearest 64-bit float lies below 0.29: the shortest decimal
/// text that reads as this float is multiplied in whole numbers. Limits below 0 (or not a number) count
/// as 0, above 1 as 1.
pub fn suppressible(limit: f64, records: u64) -> u64 {
    if limit >= 1.0 {
        return records;
    }
    if limit.is_nan() || limit <= 0.0 {
        return 0;
    }
    let text = limit.to_string();
    let part = text.split_once('.').map_or("", |(_, part)| part);
    // At most 17 digits are not leading zeros, so the product stays below 10^37; with more than 38 places
    // behind the point it is below one record.
    let Some(scale) = 10_u128.checked_pow(part.len() as u32) else { return 0 };
    let units = part.bytes().fold(0_u128, |n, digit| n * 10 + u128::from(digit - b'0'));
    (units * u128::from(records) / scale) as u64
}

#[cfg(test)]
mod tests {
    use super::suppressible;

    #[test]
    fn the_limit_is_the_written_decimal() {
        assert_eq!(suppressible(0.04, 30_162), 1_206);
        assert_eq!(suppressible(0.29, 100), 29, "0.29 × 100 is 28.999999999999996 in floats");
        assert_eq!(suppressible(0.29, 3_000_000_000), 870_000_000);
        assert_eq!(suppressible(0.57, 100_000_000_000_000_000), 57_000_000_000_000_000);
        assert_eq!(suppressible(0.05, 19), 0);
        assert_eq!(suppressible(0.05, 20), 1);
        assert_eq!(suppressible(1e-30, u64::MAX), 0);
        assert_eq!(suppressible(1e-300, u64::MAX), 0);
        assert_eq!(suppressible(0.999_999_999_999_999_9, u64::MAX), 18_446_744_073_709_549_770);
    }

    #[test]
    fn the_ends_are_nothing_and_everything() {
        for records in [0, 1, 7, u64::MAX] {
            assert_eq!(suppressible(0.0, records), 0);
            assert_eq!(suppressible(-0.5, records), 0);
            assert_eq!(suppressible(f64::NAN, records), 0);
            assert_eq!(suppressible(1.0, records), records);
            assert_eq!(suppressible(2.0, records), records);
        }
    }
}
