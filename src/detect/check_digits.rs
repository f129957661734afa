//! Check characters of Chinese identifiers: resident ids, organisation codes, unified social credit codes.

/// The 31 characters of GB 32100: digits and capitals without I, O, S, V and Z.
pub const CREDIT_ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Returns the 18th character of a resident id from its first 17 digits; `None` if they are not 17 digits.
///
/// # References
/// GB 11643-1999 (ISO 7064 MOD 11-2).
pub fn resident_id_check(digits: &[u8]) -> Option<u8> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    if digits.len() != 17 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(d, w)| u32::from(d - b'0') * w).sum();
    Some(b"10X98765432"[sum as usize % 11])
}

/// Returns the 9th character of an organisation code from its first 8 digits or capitals.
///
/// # References
/// GB 11714-1997.
pub fn organisation_code_check(body: &[u8]) -> Option<u8> {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    if body.len() != 8 || !body.iter().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase()) {
        return None;
    }
    let value = |c: u8| u32::from(if c.is_ascii_digit() { c - b'0' } else { c - b'A' + 10 });
    let sum: u32 = body.iter().zip(WEIGHTS).map(|(&c, w)| value(c) * w).sum();
    Some(b"0X987654321"[sum as usize % 11])
}

/// Returns the 18th character of a unified social credit code from its first 17; `None` if they are not 17
/// characters of [`CREDIT_ALPHABET`].
///
/// # References
/// GB 32100-2015.
pub fn credit_code_check(body: &[u8]) -> Option<u8> {
    if body.len() != 17 {
        return None;
    }
    let mut sum = 0;
    let mut weight = 1;
    for c in body {
        sum += CREDIT_ALPHABET.iter().position(|a| a == c)? * weight;
        weight = weight * 3 % 31;
    }
    Some(CREDIT_ALPHABET[(31 - sum % 31) % 31])
}

/// Returns whether the digits, the last one included, satisfy the Luhn formula; false for other characters.
///
/// # References
/// ISO/IEC 7812-1 annex B; 3GPP TS 23.003 annex B for IMEI.
pub fn luhn(digits: &[u8]) -> bool {
    let mut sum = 0;
    for (place, d) in digits.iter().rev().enumerate() {
        if !d.is_ascii_digit() {
            return false;
        }
        let value = u32::from(d - b'0') << (place % 2);
        sum += if value > 9 { value - 9 } else { value };
    }
    !digits.is_empty() && sum.is_multiple_of(10)
}

/// Returns whether 15 digits are a business registration number with the right last digit.
///
/// # References
/// GS 15-2006 (ISO 7064 MOD 11,10).
pub fn business_registration(digits: &[u8]) -> bool {
    if digits.len() != 15 || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let (last, body) = (u32::from(digits[14] - b'0'), &digits[..14]);
    let product = body.iter().fold(10, |product, d| {
        let sum = (product + u32::from(d - b'0')) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (product + last) % 10 == 1
}

/// Returns whether the ninth character of a vehicle identification number is right; `None` if the characters are not
/// 17 digits and capitals without I, O and Q.
///
/// # References
/// GB 16735-2019.
pub fn vin(vin: &[u8]) -> Option<bool> {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    if vin.len() != 17 {
        return None;
    }
    let mut sum = 0;
    for (&c, weight) in vin.iter().zip(WEIGHTS) {
        let value = match c {
            b'0'..=b'9' => c - b'0',
            b'A'..=b'H' => c - b'A' + 1,
            b'J'..=b'N' => c - b'J' + 1,
            b'P' => 7,
            b'R' => 9,
            b'S'..=b'Z' => c - b'S' + 2,
            _ => return None,
        };
        sum += u32::from(value) * weight;
    }
    Some(b"0123456789X"[sum as usize % 11] == vin[8])
}

/// Returns whether one or two capitals, six digits and a check character are a Hong Kong identity card number.
pub fn hong_kong_id(id: &[u8]) -> bool {
    let letters = id.len().saturating_sub(7);
    if !(1..=2).contains(&letters) || !id[..letters].iter().all(u8::is_ascii_uppercase) {
        return false;
    }
    // a missing first letter counts as a blank, 36
    let mut sum = if letters == 1 { 36 * 9 } else { 0 };
    for (place, &c) in id.iter().rev().enumerate() {
        let value = match c {
            b'0'..=b'9' => c - b'0',
            b'A' if place == 0 => 10,
            b'A'..=b'Z' if place > 6 => c - b'A' + 10,
            _ => return false,
        };
        sum += u32::from(value) * (place as u32 + 1);
    }
    sum.is_multiple_of(11)
}

/// Returns whether a capital and nine digits are a Taiwan identity card number.
pub fn taiwan_id(id: &[u8]) -> bool {
    // codes 10 to 35 in the order of the rule, not of the alphabet
    const LETTERS: &[u8; 26] = b"ABCDEFGHJKLMNPQRSTUVXYWZIO";
    if id.len() != 10 || !id[1..].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let Some(code) = LETTERS.iter().position(|&letter| letter == id[0]) else { return false };
    let code = code as u32 + 10;
    let digit = |place: usize| u32::from(id[place] - b'0');
    let sum: u32 = code / 10 + code % 10 * 9 + (1..9).map(|place| digit(place) * (9 - place as u32)).sum::<u32>();
    (sum + digit(9)).is_multiple_of(10)
}

/// Returns whether the digits are an article number (EAN-13, EAN-8, UPC-A) with the right last digit.
///
/// # References
/// GB 12904-2008.
pub fn article_number(digits: &[u8]) -> bool {
    if !matches!(digits.len(), 8 | 12 | 13) || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let weighted = digits.iter().rev().enumerate().map(|(place, d)| u32::from(d - b'0') * [1, 3][place % 2]);
    weighted.sum::<u32>().is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test] // published examples; one digit changed is always noticed
    fn published_examples_pass_and_changed_ones_fail() {
        type Check = fn(&[u8]) -> bool;
        let checks: [(Check, &[&str]); 6] = [
            (luhn, &["6222021001123456789", "6217000010001234569", "490154203237518"]),
            (business_registration, &["110108000000016"]),
            (|v| vin(v) == Some(true), &["1M8GDM9AXKP042788", "LFV2A21J970002020", "LVSHCAMB1CE054249"]),
            (hong_kong_id, &["A1234563"]),
            (taiwan_id, &["A123456789"]),
            (article_number, &["6901234567892", "4006381333931", "036000291452"]),
        ];
        for (check, examples) in checks {
            for example in examples {
                assert!(check(example.as_bytes()), "{example}");
                let mut changed = example.as_bytes().to_vec();
                let last = changed.len() - 1;
                for digit in b'0'..=b'9' {
                    changed[last] = digit;
                    // the check character of a VIN stands in the middle: its last place has weight 2
                    assert_eq!(check(&changed), digit == example.as_bytes()[last], "{example}");
                }
            }
        }
        assert_eq!(vin(b"LSVAM4187C2184841"), Some(false));
        assert_eq!(vin(b"LFV2A21J97000202O"), None);
        assert!(!luhn(b"490154203237519") && !luhn(b"") && !luhn(b"49x"));
    }
}
