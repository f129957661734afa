//! Whether the quotes of a CSV text stand well.

/// What is wrong with the quotes of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum QuoteError {
    /// A quote inside an unquoted field, or text after a closing quote, at this byte.
    Stray(usize),
}

/// Checks that every quote of a text of whole records opens a field, closes one, or is doubled within.
pub(super) fn check_quotes(text: &[u8], delimiter: u8) -> Result<(), QuoteError> {
    let mut inside = false;
    let mut at = 0;
    while let Some(step) = text[at..].iter().position(|&b| b == b'"') {
        let quote = at + step;
        at = quote + 1;
        if !inside {
            if quote > 0 && ![delimiter, b'\n', b'\r'].contains(&text[quote - 1]) {
                return Err(QuoteError::Stray(quote));
            }
            inside = true;
        } else if text.get(at) == Some(&b'"') {
            at += 1;
        } else {
            inside = false;
            let after = text.get(at).copied().unwrap_or(b'\n');
            if after != delimiter && after != b'\n' && after != b'\r' {
                return Err(QuoteError::Stray(quote));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stray_quotes_are_found() {
        assert_eq!(check_quotes(b"a,\"b \"\"c\"\"\",d\r\n\"e\"", b','), Ok(()));
        assert_eq!(check_quotes(b"a,5\" pipe,d\n", b','), Err(QuoteError::Stray(3)));
        assert_eq!(check_quotes(b"a,\"b\"c,d\n", b','), Err(QuoteError::Stray(4)));
    }
}
