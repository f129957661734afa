//! The one form of an identifier that tokens hash.

use std::net::IpAddr;

use super::calendar::{Written, compact, written};
use super::check_digits::resident_id_check;
use super::forms::{is_mobile, without_country_code};
use super::kind::Kind;
use super::normalize::Plain;

/// Brings a value to the canonical form of its kind; `None` if it does not have the form of the kind.
///
/// `+86 138-0013-8000` becomes `13800138000`; a 15-digit resident id becomes the 18 characters of the same person;
/// letters of codes become capitals, of mail addresses small; blanks in names and addresses go. Applied to its own
/// result it changes nothing. Numbers that lost digits (`1.20101E+17`) have no canonical form. Says nothing of
/// whether check digits are right: a misspelt value keeps being another one.
pub fn canonical(kind: Kind, text: &str) -> Option<String> {
    let plain = Plain::folded(text);
    let cell = plain.text.trim();
    if cell.is_empty() {
        return None;
    }
    match kind {
        Kind::ResidentId18 | Kind::ResidentId15 | Kind::ResidencePermit | Kind::ForeignerCard => resident_id(cell),
        Kind::Uscc => code(cell).filter(|code| code.len() == 18),
        Kind::OrganisationCode => code(cell).filter(|code| code.len() == 9),
        Kind::BusinessRegistration | Kind::Imei | Kind::Imsi => digits(cell).filter(|code| code.len() == 15),
        Kind::BankCard => digits(cell).filter(|code| (12..=19).contains(&code.len())),
        Kind::Qq => digits(cell).filter(|code| (5..=11).contains(&code.len())),
        Kind::Vin => code(cell).filter(|code| code.len() == 17),
        Kind::Mobile => mobile(cell),
        Kind::Landline => landline(cell),
        Kind::Mac => {
            let code = code(cell)?;
            let hex = code.len() == 12 && code.bytes().all(|b| b.is_ascii_hexdigit());
            hex.then(|| code.to_ascii_lowercase())
        }
        Kind::Uuid => code(cell).filter(|code| code.len() == 32).map(|code| code.to_ascii_lowercase()),
        Kind::Hash => Some(cell.to_ascii_lowercase()),
        Kind::Ip => cell.parse::<IpAddr>().ok().map(|ip| ip.to_canonical().to_string()),
        Kind::Email => cell.contains('@').then(|| without_blanks(cell).to_lowercase()),
        Kind::Wechat | Kind::UserName => Some(cell.to_lowercase()),
        Kind::Plate | Kind::OfficerCard => {
            let plate: String = cell.chars().filter(|c| !c.is_whitespace() && !matches!(c, '·' | '-' | '.')).collect();
            Some(plate.to_uppercase()).filter(|plate| !plate.is_empty())
        }
        Kind::PersonName => Some(name(cell)),
        Kind::Address | Kind::OrganisationName | Kind::RegionName => Some(without_blanks(cell)),
        Kind::Date | Kind::BirthDate => date(cell),
        Kind::MaskedId | Kind::FreeText | Kind::Json | Kind::Url | Kind::Coordinates | Kind::DateTime => {
            Some(cell.to_owned())
        }
        kind if kind.sort() == super::kind::Sort::Identifier => code(cell),
        _ => Some(cell.to_owned()),
    }
}

fn without_blanks(cell: &str) -> String {
    cell.chars().filter(|c| !c.is_whitespace()).collect()
}

/// A number that went through a float without loss: `13800138000.0`.
fn without_zero_fraction(cell: &str) -> &str {
    let whole = cell.strip_suffix(".0").or_else(|| cell.strip_suffix(".00")).unwrap_or(cell);
    if whole.bytes().all(|b| b.is_ascii_digit()) { whole } else { cell }
}

/// Letters and digits without what separates them, in capitals; `None` if other characters are left.
fn code(cell: &str) -> Option<String> {
    let cell = without_zero_fraction(cell);
    if cell.is_ascii() {
        let mut code = String::with_capacity(cell.len());
        for sign in cell.bytes() {
            match sign {
                b'0'..=b'9' | b'A'..=b'Z' => code.push(char::from(sign)),
                b'a'..=b'z' => code.push(char::from(sign.to_ascii_uppercase())),
                b'\t'..=b'\r' | b' ' | b'-' | b'.' | b'_' | b'(' | b')' | b'[' | b']' | b':' | b'/' | b'"' | b'\'' => {}
                _ => return None,
            }
        }
        return Some(code).filter(|code| !code.is_empty());
    }
    let separators = |c: &char| !c.is_whitespace() && !"-.·_()[]:/\"'".contains(*c);
    let code: String = cell.chars().filter(separators).collect::<String>().to_uppercase();
    let good = !code.is_empty() && code.chars().all(char::is_alphanumeric);
    good.then_some(code)
}

fn digits(cell: &str) -> Option<String> {
    code(cell).filter(|code| code.bytes().all(|b| b.is_ascii_digit()))
}

fn resident_id(cell: &str) -> Option<String> {
    let code = code(cell)?;
    let bytes = code.as_bytes();
    let all = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    match bytes.len() {
        18 if all(&bytes[..17]) && (bytes[17] == b'X' || bytes[17].is_ascii_digit()) => Some(code),
        15 if bytes[..3].iter().all(u8::is_ascii_uppercase) && all(&bytes[3..]) => Some(code),
        15 if all(bytes) => {
            let mut long = Vec::with_capacity(18);
            long.extend_from_slice(&bytes[..6]);
            long.extend_from_slice(b"19");
            long.extend_from_slice(&bytes[6..]);
            compact(&long[6..14])?;
            long.push(resident_id_check(&long)?);
            String::from_utf8(long).ok()
        }
        _ => None,
    }
}

fn mobile(cell: &str) -> Option<String> {
    let cell = without_zero_fraction(cell.strip_prefix('+').unwrap_or(cell));
    let code = code(cell)?;
    without_country_code(code.as_bytes()).and_then(|digits| String::from_utf8(digits.to_vec()).ok())
}

/// Area code with its zero, number, and an extension behind `-`.
fn landline(cell: &str) -> Option<String> {
    let mut parts: Vec<String> = vec![String::new()];
    for c in cell.chars() {
        match c {
            '0'..='9' => parts.last_mut()?.push(c),
            '-' | '转' | ' ' | '(' | ')' | '*' | '+' | '.' => parts.push(String::new()),
            _ => return None,
        }
    }
    parts.retain(|part| !part.is_empty());
    let joined = parts.concat();
    // one or two digits behind a complete number are an extension, more may be its last group
    let grouped = parts.last().is_some_and(|last| parts.len() == 1 || last.len() >= 3);
    let (number, extension) = match parts.split_last() {
        Some((last, rest)) if !(grouped && is_landline_with_code(&joined)) && is_complete(&rest.concat()) => {
            (rest.concat(), Some(last.as_str()))
        }
        _ => (joined, None),
    };
    let mut number = national(&number)?;
    if let Some(extension) = extension.filter(|extension| extension.len() <= 6) {
        number.push('-');
        number.push_str(extension);
    }
    Some(number)
}

fn is_complete(number: &str) -> bool {
    national(number).is_some()
}

fn is_landline_with_code(number: &str) -> bool {
    national(number).is_some_and(|number| super::area::is_landline(number.as_bytes()))
}

fn is_local(digits: &[u8]) -> bool {
    matches!(digits.len(), 7 | 8) && (b'2'..=b'9').contains(&digits[0])
}

/// The number with the zero of its area code and without country code; local numbers stay local.
fn national(number: &str) -> Option<String> {
    let bytes = number.as_bytes();
    let rest = number.strip_prefix("0086").or_else(|| number.strip_prefix("86").filter(|rest| rest.len() >= 9));
    let with_zero = |rest: &str| if rest.starts_with('0') { rest.to_owned() } else { format!("0{rest}") };
    let candidates = [Some(number.to_owned()), rest.map(with_zero)];
    let found = candidates.into_iter().flatten().find(|number| super::area::is_landline(number.as_bytes()));
    if found.is_none() && !is_mobile(bytes) && (is_local(bytes) || number.starts_with("400") && number.len() == 10) {
        return Some(number.to_owned());
    }
    found
}

fn name(cell: &str) -> String {
    if cell.is_ascii() {
        let words: Vec<&str> = cell.split_whitespace().collect();
        return words.join(" ").to_uppercase();
    }
    without_blanks(cell)
}

fn date(cell: &str) -> Option<String> {
    let day = match written(cell) {
        // months stay months
        Some(Written::Date(_))
            if cell.chars().filter(char::is_ascii_digit).count() < 6 && cell.matches(['-', '/', '年']).count() < 2 =>
        {
            return Some(cell.to_owned());
        }
        Some(Written::Date(day) | Written::DateTime(day)) => Some(day),
        None => compact(cell.as_bytes()),
    };
    day.map(|day| day.format("%Y-%m-%d").to_string())
}
