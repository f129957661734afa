//! Identifiers without separators: digits and capitals in a row.

use chrono::NaiveDate;

use super::area::{is_area_code, is_landline, is_province, starts_resident_id};
use super::calendar::{compact, is_time, number};
use super::check_digits::{
    CREDIT_ALPHABET, article_number, business_registration, credit_code_check, hong_kong_id, luhn,
    organisation_code_check, resident_id_check, taiwan_id, vin,
};
use super::finding::{Checked, Whole};
use super::kind::Kind;

impl Whole {
    pub(super) fn add(&mut self, kind: Kind, checked: Checked) {
        self.kinds.insert(kind);
        match checked {
            Checked::Passed => self.passed.insert(kind),
            Checked::Failed => self.failed.insert(kind),
            Checked::None => {}
        }
    }
}

fn checked(right: bool) -> Checked {
    if right { Checked::Passed } else { Checked::Failed }
}

fn all_digits(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_digit)
}

/// The longest identifier without separators, and the shortest worth a look.
pub(super) const LONGEST: usize = 19;

/// Adds what a run of digits and capitals can be. Letters must be capitals.
pub(super) fn add_kinds(run: &[u8], today: NaiveDate, whole: &mut Whole) {
    if run.len() > LONGEST {
        return;
    }
    if all_digits(run) {
        return add_digit_kinds(run, today, whole);
    }
    match run.len() {
        18 => {
            resident_18(run, today, whole);
            credit_code(run, whole);
        }
        17 => {
            if let Some(right) = vin(run) {
                whole.add(Kind::Vin, checked(right));
            }
        }
        15 if run[..3].iter().all(u8::is_ascii_uppercase) && all_digits(&run[3..]) => {
            whole.add(Kind::ForeignerCard, Checked::None);
        }
        _ => {}
    }
    lettered(run, whole);
}

/// Permits, passports and codes of one or two letters and digits.
fn lettered(run: &[u8], whole: &mut Whole) {
    let digits_from = |at: usize| run.len() > at && all_digits(&run[at..]);
    match (run.len(), run[0]) {
        // a plate of the armed police
        (7, b'W')
            if run[1] == b'J' && all_digits(&run[2..6]) && (run[6].is_ascii_digit() || b"TDSHBX".contains(&run[6])) =>
        {
            whole.add(Kind::Plate, Checked::None);
        }
        (9, b'E' | b'G' | b'D' | b'S' | b'P' | b'H') if digits_from(1) => whole.add(Kind::Passport, Checked::None),
        (9, b'E') if matches!(run[1], b'A'..=b'H' | b'J'..=b'N' | b'P'..=b'Z') && digits_from(2) => {
            whole.add(Kind::Passport, Checked::None);
        }
        (9, b'D' | b'S' | b'P') if run[1] == b'E' && digits_from(2) => whole.add(Kind::Passport, Checked::None),
        _ => {}
    }
    match (run.len(), run[0]) {
        (9 | 11, b'H' | b'M') if digits_from(1) => whole.add(Kind::MainlandTravelPermit, Checked::None),
        (9, b'C' | b'W')
            if digits_from(1) || matches!(run[1], b'A'..=b'H' | b'J'..=b'N' | b'P'..=b'Z') && digits_from(2) =>
        {
            whole.add(Kind::HkMacauPermit, Checked::None);
        }
        (10, b'A'..=b'Z') if matches!(run[1], b'1' | b'2' | b'8' | b'9') && digits_from(1) => {
            whole.add(Kind::TwId, checked(taiwan_id(run)));
        }
        (8 | 9, b'A'..=b'Z') => {
            let letters = run.len() - 7;
            if run[..letters].iter().all(u8::is_ascii_uppercase) && all_digits(&run[letters..run.len() - 1]) {
                let last = run[run.len() - 1];
                if last.is_ascii_digit() || last == b'A' {
                    whole.add(Kind::HkId, checked(hong_kong_id(run)));
                }
            }
        }
        _ => {}
    }
    if run.len() == 9
        && (run[8].is_ascii_digit() || run[8] == b'X')
        && run[..8].iter().any(u8::is_ascii_digit)
        && let Some(check) = organisation_code_check(&run[..8])
    {
        whole.add(Kind::OrganisationCode, checked(check == run[8]));
    }
}

fn resident_18(run: &[u8], today: NaiveDate, whole: &mut Whole) {
    let Some(check) = resident_id_check(&run[..17]) else { return };
    let last = run[17];
    if last != b'X' && !last.is_ascii_digit() || !matches!(&run[6..8], b"18" | b"19" | b"20") {
        return;
    }
    if compact(&run[6..14]).is_none_or(|birth| birth > today) {
        return;
    }
    let right = checked(check == last);
    match run {
        [b'8', b'1'..=b'3', b'0', b'0', b'0', b'0', ..] => whole.add(Kind::ResidencePermit, right),
        [b'9', b'1'..=b'9', ..] if number(&run[1..3]).is_some_and(is_province) => whole.add(Kind::ForeignerCard, right),
        _ if starts_resident_id(&run[..6]) => whole.add(Kind::ResidentId18, right),
        _ => {}
    }
}

fn credit_code(run: &[u8], whole: &mut Whole) {
    // 10 stands for codes given out by the state itself
    let region = all_digits(&run[2..8]) && number(&run[2..4]).is_some_and(|code| code == 10 || is_province(code));
    if run[0] == b'0' || !region || !run.iter().all(|c| CREDIT_ALPHABET.contains(c)) {
        return;
    }
    if let Some(check) = credit_code_check(&run[..17]) {
        whole.add(Kind::Uscc, checked(check == run[17]));
    }
}

/// First digits of mobile numbers that are in use.
///
/// # References
/// Number ranges as of 2020 (ministry's numbering plan; 14x are of data cards and things).
pub(super) fn is_mobile(digits: &[u8]) -> bool {
    let second = match digits {
        [b'1', second, third, ..] if digits.len() == 11 => (*second, *third),
        _ => return false,
    };
    let known = match second {
        (b'3' | b'8', _) => true,
        (b'4', third) => third >= b'5',
        (b'5', third) => third != b'4',
        (b'6', third) => matches!(third, b'2' | b'5' | b'6' | b'7'),
        (b'7', third) => third <= b'8',
        (b'9', third) => third != b'4',
        _ => false,
    };
    known && all_digits(digits)
}

/// The mobile number without country code: 11 digits, or 13 of a thing; `None` if there is none.
pub(super) fn without_country_code(digits: &[u8]) -> Option<&[u8]> {
    let rest = match digits {
        [b'0', b'0', b'8', b'6', rest @ ..] if rest.len() >= 10 => rest,
        [b'8', b'6', rest @ ..] if rest.len() == 11 => rest,
        [b'0', rest @ ..] if rest.len() == 11 && rest[0] == b'1' => rest,
        whole => whole,
    };
    (is_mobile(rest) || is_thing(rest)).then_some(rest)
}

/// 13 digits of the ranges for things.
fn is_thing(digits: &[u8]) -> bool {
    let range = match digits {
        [b'1', b'4', third, fourth, ..] if digits.len() == 13 => (*third, *fourth),
        _ => return false,
    };
    matches!(range, (b'1', b'0') | (b'4', b'0' | b'1') | (b'6' | b'8', _)) && all_digits(digits)
}

/// Whether card numbers of this length start so.
///
/// # References
/// ISO/IEC 7812-1; JR/T 0008-2000 (62); older Chinese ranges 9558, 9559, 103.
fn is_card_prefix(digits: &[u8]) -> bool {
    let two = number(&digits[..2]).unwrap_or(0);
    match digits.len() {
        15 => matches!(two, 34 | 37),
        16 => {
            matches!(two, 62 | 35 | 40..=49 | 51..=55 | 60 | 65 | 81)
                || number(&digits[..4]).is_some_and(|four| (2221..=2720).contains(&four))
        }
        17 | 18 => matches!(two, 62 | 60),
        19 => {
            matches!(two, 62 | 60 | 40..=49 | 52 | 53 | 55 | 81)
                || matches!(&digits[..4], b"9558" | b"9559" | b"9400" | b"1030")
        }
        _ => false,
    }
}

/// Seconds or milliseconds since 1970, between 2001 and 2065.
fn is_epoch(digits: &[u8]) -> bool {
    matches!(digits.len(), 10 | 13 | 16 | 19) && digits[0] == b'1' || digits.len() == 10 && digits[0] == b'2'
}

fn add_digit_kinds(run: &[u8], today: NaiveDate, whole: &mut Whole) {
    let length = run.len();
    whole.add(Kind::Number, Checked::None);
    if (5..=11).contains(&length) && run[0] != b'0' {
        whole.add(Kind::Qq, Checked::None);
    }
    if (11..=16).contains(&length) && without_country_code(run).is_some() {
        whole.add(Kind::Mobile, Checked::None);
    }
    if (10..=12).contains(&length) && is_landline(run) {
        whole.add(Kind::Landline, Checked::None);
    }
    if length > 8 && compact(&run[..8]).is_some_and(|day| (1990..2100).contains(&chrono::Datelike::year(&day))) {
        let timed = is_time(&run[8..]);
        whole.add(if timed { Kind::Timestamp } else { Kind::OrderNumber }, Checked::None);
    }
    if is_epoch(run) {
        whole.add(Kind::Timestamp, Checked::None);
    }
    if matches!(length, 8 | 12 | 13) {
        let right = article_number(run);
        if right {
            whole.add(Kind::ProductCode, Checked::Passed);
        }
    }
    if matches!(length, 15..=19) && run[0] != b'0' {
        let card = is_card_prefix(run);
        if card {
            whole.add(Kind::BankCard, checked(luhn(run)));
        }
    }
    match length {
        18 => {
            resident_18(run, today, whole);
            credit_code(run, whole);
        }
        15 => add_15_digits(run, today, whole),
        9 => {
            if matches!(run, [b'1', b'4' | b'5', ..]) {
                whole.add(Kind::Passport, Checked::None);
            }
            if let Some(check) = organisation_code_check(&run[..8]) {
                whole.add(Kind::OrganisationCode, checked(check == run[8]));
            }
        }
        8 => {
            whole.add(Kind::TaiwanPermit, Checked::None);
            if let Some(day) = compact(run).filter(|day| chrono::Datelike::year(day) >= 1900) {
                whole.add(Kind::Date, Checked::None);
                if day <= today {
                    whole.add(Kind::BirthDate, Checked::None);
                }
            }
        }
        10 => whole.add(Kind::TaiwanPermit, Checked::None),
        6 => {
            if is_area_code(run) {
                whole.add(Kind::AreaCode, Checked::None);
            }
            if is_postcode(run) {
                whole.add(Kind::Postcode, Checked::None);
            }
            let month = number(&run[4..]).is_some_and(|month| (1..=12).contains(&month));
            if month && number(&run[..4]).is_some_and(|year| (1900..2100).contains(&year)) {
                whole.add(Kind::Date, Checked::None);
            }
        }
        4 if number(run).is_some_and(|year| (1900..2100).contains(&year)) => whole.add(Kind::Date, Checked::None),
        1..=3 if number(run).is_some_and(|age| age <= 120) => whole.add(Kind::Age, Checked::None),
        _ => {}
    }
}

fn add_15_digits(run: &[u8], today: NaiveDate, whole: &mut Whole) {
    let mut birth = *b"19000000";
    birth[2..].copy_from_slice(&run[6..12]);
    if starts_resident_id(&run[..6]) && compact(&birth).is_some_and(|birth| birth <= today) {
        whole.add(Kind::ResidentId15, Checked::None);
    }
    if is_area_code(&run[..6]) || run.starts_with(b"100000") {
        whole.add(Kind::BusinessRegistration, checked(business_registration(run)));
    }
    // allocating bodies of type approval codes in use
    if matches!(
        &run[..2],
        b"01" | b"35" | b"86" | b"99" | b"44" | b"45" | b"49" | b"50" | b"51" | b"52" | b"53" | b"91"
    ) {
        whole.add(Kind::Imei, checked(luhn(run)));
    }
    if run.starts_with(b"460") && (run[3] == b'0' || matches!(&run[3..5], b"11" | b"15")) {
        whole.add(Kind::Imsi, Checked::None);
    }
}

/// First two digits of postcodes in use.
pub(super) fn is_postcode(code: &[u8]) -> bool {
    code.len() == 6
        && all_digits(code)
        && match code[0] {
            b'0' => matches!(code[1], b'1'..=b'7'),
            b'1' => matches!(code[1], b'0' | b'1' | b'2' | b'3' | b'5' | b'6'),
            b'2' => code[1] <= b'7',
            b'3' => code[1] <= b'6',
            b'4' => code[1] <= b'7',
            b'5' => matches!(code[1], b'1'..=b'7'),
            b'6' => matches!(code[1], b'1'..=b'7'),
            b'7' => code[1] <= b'5',
            b'8' => matches!(code[1], b'0' | b'1' | b'3'..=b'6'),
            _ => false,
        }
}

/// How strongly a run inside a text is what it may be; `None` where only a header or a word before it could tell.
///
/// Among several kinds the strongest counts. A wrong check digit is kept where the rest of the form is rare.
pub(super) fn strength(kind: Kind, checked: Checked, run: &[u8]) -> Option<u8> {
    use Checked::{Failed, None as Unchecked, Passed};
    let weight = match (kind, checked) {
        (Kind::ResidentId18, Passed) => 100,
        (Kind::ResidencePermit, Passed) => 99,
        (Kind::Uscc, Passed) => 96,
        (Kind::ForeignerCard, Passed) => 95,
        (Kind::Vin, Passed) if run.iter().filter(|c| c.is_ascii_uppercase()).count() >= 2 => 90,
        (Kind::Mobile, _) if run.len() == 11 || !matches!(run.len(), 13 if run[0] == b'1') => 85,
        (Kind::BankCard, Passed) => 80,
        (Kind::ResidentId18, Failed) => 70,
        (Kind::Imsi, _) => 66,
        (Kind::ResidentId15, _) => 65,
        (Kind::ForeignerCard, Unchecked) => 64,
        (Kind::Uscc, Failed) if run[8..17].iter().any(u8::is_ascii_uppercase) => 62,
        (Kind::ResidencePermit, Failed) => 61,
        (Kind::Landline, _) => 60,
        (Kind::TwId, Passed) => 58,
        (Kind::Plate | Kind::Passport | Kind::MainlandTravelPermit | Kind::HkMacauPermit, _)
            if run[0].is_ascii_uppercase() =>
        {
            56
        }
        (Kind::Imei, Passed) => 50,
        (Kind::BusinessRegistration, Passed) => 45,
        (Kind::Vin, Failed)
            if run[0] == b'L'
                && all_digits(&run[13..])
                && run[1..9].iter().filter(|c| c.is_ascii_uppercase()).count() >= 2 =>
        {
            40
        }
        _ => return None,
    };
    Some(weight)
}

/// The strongest kind of a run, as [`strength`] sees it.
pub(super) fn strongest(whole: &Whole, run: &[u8]) -> Option<(Kind, Checked, u8)> {
    let all = whole.iter().filter_map(|(kind, checked)| Some((kind, checked, strength(kind, checked, run)?)));
    all.max_by_key(|(_, _, weight)| *weight)
}
