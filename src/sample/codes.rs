//! Numbers with check digits: cards, devices, organisations.

use super::text::Text;
use crate::detect::check_digits::{credit_code_check, luhn, organisation_code_check};

/// Adds the digits and the check digit of ISO/IEC 7812-1 (Luhn), as bank cards, transport cards and IMEIs have it.
pub fn add_luhn(digits: &str, cell: &mut Text) {
    let mut number = digits.as_bytes().to_vec();
    number.push(b'0');
    let last = number.len() - 1;
    number[last] = (b'0'..=b'9')
        .find(|&check| {
            number[last] = check;
            luhn(&number)
        })
        .unwrap_or(b'0');
    cell.ascii(&number);
}

/// Adds a unified social credit code (GB 32100) of an organisation.
///
/// `kind` are the two characters before the district: `91` an enterprise, `52` a private institution, `12` a public
/// one. `number` is below 90 million: distinct numbers give distinct codes.
pub fn add_credit_code(kind: &str, district: u32, number: u64, cell: &mut Text) {
    let mut code = format!("{kind}{district:06}{:08}", 10_000_000 + number % 90_000_000).into_bytes();
    code.push(organisation_code_check(&code[8..16]).unwrap_or(b'0'));
    code.push(credit_code_check(&code).unwrap_or(b'0'));
    cell.ascii(&code);
}
