//! How many records may be withheld.

use super::Decimal;

/// Returns `floor(limit × records)`, with the limit taken as the decimal number that it was written as.
///
/// 0.29 of 100 records are 29, although the nearest 64-bit float lies below 0.29: see [`Decimal`]. Limits
/// below 0 (or not a number) count as 0, above 1 as 1.
pub fn suppressible(limit: f64, records: u64) -> u64 {
    Decimal::new(if limit > 1.0 { 1.0 } else { limit }).floor_of(records)
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
