//! Check digits that only labelled columns need.

/// Appends the Luhn digit (ISO/IEC 7812-1) to a number in digits.
pub fn with_luhn(mut digits: String) -> String {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0');
            let value = if place % 2 == 0 { digit * 2 } else { digit };
            value / 10 + value % 10
        })
        .sum();
    digits.push(digit((10 - sum % 10) % 10));
    digits
}

/// Appends the digit of ISO 7064 MOD 11,10, as registration numbers of enterprises have it.
pub fn with_mod_11_10(mut digits: String) -> String {
    let mut product = 10;
    for byte in digits.bytes() {
        let sum = (product + u32::from(byte - b'0')) % 10;
        product = if sum == 0 { 10 } else { sum } * 2 % 11;
    }
    digits.push(digit((11 - product) % 10));
    digits
}

/// Writes the check character of a vehicle identification number (GB 16735) into its ninth place; the 17 characters
/// are digits and capitals without I, O and Q.
pub fn vin(mut characters: [u8; 17]) -> String {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let value = |c: u8| match c {
        b'0'..=b'9' => u32::from(c - b'0'),
        b'A'..=b'H' => u32::from(c - b'A') + 1,
        b'J'..=b'R' => u32::from(c - b'J') + 1,
        _ => u32::from(c - b'S') + 2,
    };
    let sum: u32 = characters.iter().zip(WEIGHTS).map(|(&c, weight)| value(c) * weight).sum();
    characters[8] = b"0123456789X"[sum as usize % 11];
    characters.iter().map(|&c| char::from(c)).collect()
}

/// Appends the check digit of a GTIN-13 to twelve digits.
pub fn with_gtin(mut digits: String) -> String {
    let sum: u32 =
        digits.bytes().enumerate().map(|(place, c)| u32::from(c - b'0') * if place % 2 == 0 { 1 } else { 3 }).sum();
    digits.push(digit((10 - sum % 10) % 10));
    digits
}

/// The check character of a Hong Kong identity card from its letter and six digits.
pub fn hong_kong(letter: u8, digits: &str) -> char {
    // a card with one letter is read as if a blank, worth 36, stood before it
    let sum: u32 = 36 * 9 + u32::from(letter - b'A' + 10) * 8;
    let sum = digits.bytes().zip((2..=7).rev()).fold(sum, |sum, (c, weight)| sum + u32::from(c - b'0') * weight);
    match (11 - sum % 11) % 11 {
        10 => 'A',
        value => digit(value),
    }
}

/// The last digit of a Taiwan identity card from its letter and eight digits.
pub fn taiwan(letter: u8, digits: &str) -> char {
    // letters in the order of their numbers, from 10
    let order = b"ABCDEFGHJKLMNPQRSTUVXYWZIO";
    let code = order.iter().position(|&c| c == letter).unwrap_or(0) as u32 + 10;
    let sum = code / 10 + code % 10 * 9;
    let sum = digits.bytes().zip((1..=8).rev()).fold(sum, |sum, (c, weight)| sum + u32::from(c - b'0') * weight);
    digit((10 - sum % 10) % 10)
}

fn digit(value: u32) -> char {
    char::from(b'0' + (value % 10) as u8)
}
