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
