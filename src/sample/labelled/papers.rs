//! Numbers on papers and in registers: travel documents, enterprises, banks, hospitals, suppliers.

use super::Truth::{Identifier, Quasi};
use super::check::{with_luhn, with_mod_11_10};
use super::{Spec, World, by_header, by_values, digits, from, number};
use crate::detect::check_digits::{CREDIT_ALPHABET, credit_code_check, organisation_code_check};
use crate::sample::draw::Draw;
use crate::sample::tianjin::DISTRICTS;

const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";

pub(super) const SPECS: &[Spec] = &[
    by_values("passport", Identifier, ["护照号", "hzh", "passport_no"], |d, _, _| match d.below(10) {
        0 => format!("G{}", digits(d, 8)),
        1 => format!("P{}", digits(d, 8)),
        2..6 => format!("E{}", digits(d, 8)),
        _ => format!("E{}{}", from(d, LETTERS, 1), digits(d, 7)),
    }),
    by_values("pass_hong_kong_resident", Identifier, ["回乡证号", "hxzh", "home_return_permit"], |d, _, _| {
        format!("{}{}", d.one_of(&["H", "H", "H", "M"]), digits(d, 8))
    }),
    by_header("pass_taiwan_resident", Identifier, ["台胞证号", "tbzh", "taiwan_compatriot_permit"], |d, _, _| {
        digits(d, 8)
    }),
    by_values("pass_to_hong_kong", Identifier, ["往来港澳通行证", "gattxz", "hk_macau_permit"], |d, _, _| match d
        .chance(500)
    {
        true => format!("C{}", digits(d, 8)),
        false => format!("C{}{}", from(d, LETTERS, 1), digits(d, 7)),
    }),
    by_values("military", Identifier, ["军官证号", "jgzh", "military_id"], |d, _, _| {
        format!("{}字第{}号", d.one_of(&["军", "南", "北", "沈", "济", "空", "海", "政"]), number(d, 8))
    }),
    by_values("plate", Identifier, ["车牌号", "cph", "plate_no"], |d, _, _| {
        let region = d.one_of(&["津", "津", "津", "津", "京", "冀", "鲁"]);
        let tail = from(d, b"ABCDEFGHJKLMNPQRSTUVWXYZ01234567890123456789", 5);
        format!("{region}{}{}{tail}", from(d, b"ABCDEFGHJKLMNPQR", 1), d.one_of(&["", "", "", "·"]))
    }),
    by_values("plate_new_energy", Identifier, ["新能源车牌", "xnycp", "ev_plate"], |d, _, _| {
        match d.chance(800) {
            true => format!("津A{}{}", from(d, b"DF", 1), digits(d, 5)),
            false => format!("津A{}{}", digits(d, 5), from(d, b"DF", 1)),
        }
    }),
    by_values("plate_special", Identifier, ["特种车牌", "tzcp", "special_plate"], |d, _, _| match d.below(3) {
        0 => format!("使{}", digits(d, 6)),
        1 => format!("WJ津{}{}", digits(d, 4), from(d, b"TDSHBXJ", 1)),
        _ => format!("WJ{}", digits(d, 5)),
    }),
    by_values("credit_code", Identifier, ["统一社会信用代码", "tyshxydm", "uscc"], |d, w, _| credit_code(d, w)),
    by_values("organisation_code", Identifier, ["组织机构代码", "zzjgdm", "organization_code"], |d, _, _| {
        let body = number(d, 8);
        let check = organisation_code_check(body.as_bytes()).unwrap_or(b'0');
        format!("{body}{}{}", d.one_of(&["-", "-", ""]), char::from(check))
    }),
    by_values("registration_number", Identifier, ["工商注册号", "gszch", "business_reg_no"], |d, w, _| {
        let place = DISTRICTS[w.places.district(d)].code;
        with_mod_11_10(format!("{place}{}", digits(d, 8)))
    }),
    by_values("bank_card", Identifier, ["银行卡号", "yhkh", "bank_card_no"], |d, _, _| bank_card(d)),
    by_header("account", Identifier, ["用电户号", "yhh", "account_no"], |d, _, row| {
        format!("12{:08}", (row * 7919 + u64::from(d.below(7000))) % 100_000_000)
    }),
    by_header("account", Identifier, ["燃气户号", "rqhh", "customer_no"], |d, _, row| {
        // the zeros in front were lost
        (row * 104_729 % 90_000_000 + u64::from(d.below(100_000))).to_string()
    }),
    by_header("meter", Identifier, ["电表号", "dbh", "meter_no"], |d, _, _| format!("1233{}", digits(d, 8))),
    by_header("medical_record", Identifier, ["病案号", "bah", "medical_record_no"], |d, _, row| {
        format!("{:08}", row * 37 + u64::from(d.below(37)))
    }),
    by_header("medical_record", Identifier, ["门诊号", "mzh", "outpatient_no"], |d, _, row| {
        format!("MZ2024{:06}", row * 13 + u64::from(d.below(13)))
    }),
    by_header("medical_record", Identifier, ["住院号", "zyh", "admission_no"], |d, _, row| {
        format!("ZY{:07}", row * 11 + u64::from(d.below(11)))
    }),
    by_header("social_card", Identifier, ["社保卡号", "sbkh", "social_security_no"], |d, _, _| {
        format!("{}{}", from(d, b"ABCD", 1), digits(d, 8))
    }),
    by_header("social_card", Identifier, ["医保卡号", "ybkh", "medical_insurance_no"], |d, _, _| number(d, 10)),
    by_header("staff_number", Identifier, ["工号", "gh", "employee_id"], |d, _, row| {
        format!("{:06}", 100_000 + row * 17 + u64::from(d.below(17)))
    }),
    by_header("staff_number", Identifier, ["学号", "xh", "student_no"], |d, _, row| {
        format!("20{}{:05}", 19 + d.below(6), row % 100_000)
    }),
    by_values("diagnosis_code", Quasi, ["诊断编码", "zdbm", "icd10"], |d, _, _| {
        let letter = from(d, b"ACEFIJKMNSZ", 1);
        format!("{letter}{}.{}", digits(d, 2), digits(d, 1))
    }),
];

pub(super) fn bank_card(draw: &mut Draw) -> String {
    let bank = draw.one_of(&["622202", "622848", "621700", "621661", "622588", "622262"]);
    let length = if draw.chance(800) { 12 } else { 9 };
    with_luhn(format!("{bank}{}", digits(draw, length)))
}

pub(super) fn credit_code(draw: &mut Draw, world: &World) -> String {
    let place = DISTRICTS[world.places.district(draw)].code;
    let mut code = format!("{}{place}MA{}", draw.one_of(&["91", "92", "93", "12"]), from(draw, CREDIT_ALPHABET, 6));
    let organisation = organisation_code_check(&code.as_bytes()[8..16]).unwrap_or(b'0');
    code.push(char::from(organisation));
    let check = credit_code_check(code.as_bytes()).unwrap_or(b'0');
    code.push(char::from(check));
    code
}
