//! Numbers as people read them.

/// Writes a number with at most six significant digits and without trailing zeros; whole numbers in full,
/// with a comma between thousands.
pub fn figure(value: f64) -> String {
    if !value.is_finite() {
        return "not a number".into();
    }
    if value == value.trunc() && value.abs() < 1e15 {
        return grouped(value as i64);
    }
    let decimals = (5 - value.abs().log10().floor() as i32).clamp(0, 12) as usize;
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text.is_empty() || text == "-0" { "0".into() } else { text.into() }
}

fn grouped(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::from(if value < 0 { "-" } else { "" });
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::figure;

    #[test]
    fn figures_are_short_and_true() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (5.0, "5"),
            (20_000_000.0, "20,000,000"),
            (-1234.0, "-1,234"),
            (0.2, "0.2"),
            (1.0 / 3.0, "0.333333"),
            (0.01925, "0.01925"),
            (0.047619047619, "0.047619"),
            (12.5, "12.5"),
            (1e-7, "0.0000001"),
            (123_456.75, "123457"),
            (f64::NAN, "not a number"),
        ] {
            assert_eq!(figure(value), text);
        }
    }
}
