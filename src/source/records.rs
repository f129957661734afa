//! Where the records of a CSV text begin and end, strictly.

/// What is wrong with the quotes of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum QuoteError {
    /// A quote inside an unquoted field, or text after a closing quote, at this byte.
    Stray(usize),
}

/// Whether the text up to here is inside quotes, continued from block to block.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Quotes {
    inside: bool,
}

impl Quotes {
    /// The end of the last whole record in `bytes`, read on from `from`; advances to the end of `bytes`.
    ///
    /// Works on the raw bytes of UTF-8, GBK and GB18030: in none of them can a quote or a line feed be part
    /// of another character.
    pub fn last_record_end(&mut self, bytes: &[u8], from: usize) -> Option<usize> {
        let quotes = bytes[from..].iter().filter(|&&b| b == b'"').count();
        let end_inside = self.inside ^ (quotes % 2 == 1);
        self.inside = end_inside;
        let mut inside = end_inside;
        let mut end = None;
        for at in (from..bytes.len()).rev() {
            match bytes[at] {
                b'"' => inside = !inside,
                b'\n' if !inside => {
                    end = Some(at + 1);
                    break;
                }
                _ => {}
            }
        }
        end
    }

    /// Whether a quote is open.
    pub fn open(self) -> bool {
        self.inside
    }
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
    fn a_quoted_line_feed_ends_no_record() {
        let text = b"a,\"x\ny\"\nb,\"z\n";
        let mut quotes = Quotes::default();
        assert_eq!(quotes.last_record_end(text, 0), Some(8));
        assert!(quotes.open());
    }

    #[test]
    fn a_block_may_end_inside_quotes() {
        let mut quotes = Quotes::default();
        assert_eq!(quotes.last_record_end(b"a\n\"b", 0), Some(2));
        assert_eq!(quotes.last_record_end(b"\"b\nc\"\nd", 2), Some(6));
    }

    #[test]
    fn stray_quotes_are_found() {
        assert_eq!(check_quotes(b"a,\"b \"\"c\"\"\",d\r\n\"e\"", b','), Ok(()));
        assert_eq!(check_quotes(b"a,5\" pipe,d\n", b','), Err(QuoteError::Stray(3)));
        assert_eq!(check_quotes(b"a,\"b\"c,d\n", b','), Err(QuoteError::Stray(4)));
    }
}
