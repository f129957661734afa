//! Detectors on the shared samples and on columns of made-up data.
#![expect(clippy::unwrap_used, reason = "a test may stop")]

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use serde::Deserialize;
use tuomin::detect::check_digits;
use tuomin::detect::{Column, ColumnFinding, Detector, Distinct, Kind, Remark, Sort};
use tuomin::sample;

mod common;

#[derive(Deserialize)]
struct Sample {
    kind: String,
    pass: Vec<String>,
    fail: Vec<String>,
}

/// Our kind for a name of the shared samples.
fn kind_of(name: &str) -> Kind {
    match name {
        "mobile" | "iot13" => Kind::Mobile,
        "landline" => Kind::Landline,
        "plate" | "plate_nev" | "plate_dip" | "plate_wj" => Kind::Plate,
        "passport_cn" => Kind::Passport,
        "hm_pass" => Kind::MainlandTravelPermit,
        "tw_pass" => Kind::TaiwanPermit,
        "cn_hkpass" => Kind::HkMacauPermit,
        "prc_green_old" | "prc2023" => Kind::ForeignerCard,
        "military" => Kind::OfficerCard,
        "vin" => Kind::Vin,
        "mac" => Kind::Mac,
        "imsi" => Kind::Imsi,
        "qq" => Kind::Qq,
        "wechat" => Kind::Wechat,
        "post" => Kind::Postcode,
        "uscc" => Kind::Uscc,
        "ric18" => Kind::ResidentId18,
        "ric15" => Kind::ResidentId15,
        "name" => Kind::PersonName,
        "lonlat" => Kind::Coordinates,
        "meter10" => Kind::MeterNumber,
        other => panic!("the shared samples have a kind `{other}` that no detector is known for"),
    }
}

#[test]
fn shared_samples_pass_and_fail_as_they_say() {
    let Some(shared) = common::shared() else { return };
    let samples: Vec<Sample> =
        serde_json::from_str(&std::fs::read_to_string(shared.join("detectors.json")).unwrap()).unwrap();
    assert!(samples.len() >= 25, "{} kinds", samples.len());
    let detector = Detector::new();
    for sample in samples {
        let kind = kind_of(&sample.kind);
        for text in &sample.pass {
            assert!(detector.whole(text).kinds.contains(kind), "{} is a {}", text, sample.kind);
        }
        // too short for the new-energy form, which this sample is about, and right for an ordinary one
        let ordinary = |text: &str| sample.kind == "plate_nev" && text == "津AD1234";
        for text in sample.fail.iter().filter(|text| !ordinary(text)) {
            assert!(!detector.whole(text).kinds.contains(kind), "{} is no {}", text, sample.kind);
        }
    }
}

fn feed<'c>(header: &str, cells: impl IntoIterator<Item = Option<&'c str>>) -> ColumnFinding {
    let detector = Detector::new();
    let mut column = Column::new(header);
    for cell in cells {
        column.feed(&detector, cell);
    }
    column.finish()
}

fn kind(finding: &ColumnFinding) -> Option<Kind> {
    finding.kind.as_ref().map(|best| best.kind)
}

fn texts(batch: &RecordBatch, name: &str) -> Vec<Option<String>> {
    let column = batch.column_by_name(name).unwrap();
    let cell = |row: usize| match column.data_type() {
        _ if column.is_null(row) => None,
        DataType::Int64 => Some(column.as_primitive::<Int64Type>().value(row).to_string()),
        DataType::Float64 => Some(column.as_primitive::<Float64Type>().value(row).to_string()),
        _ => Some(column.as_string::<i32>().value(row).to_owned()),
    };
    (0..batch.num_rows()).map(cell).collect()
}

#[test]
fn columns_of_the_samples_are_recognized() {
    use Kind::*;
    let wanted: [(&str, &[(&str, Kind)]); 3] = [
        (
            "residential_electricity",
            &[
                ("户号", AccountNumber),
                ("表号", MeterNumber),
                ("户名", PersonName),
                ("身份证号", ResidentId18),
                ("手机号", Mobile),
                ("地址", Address),
                ("出生日期", BirthDate),
                ("性别", Sex),
                ("区", RegionName),
                ("社区", RegionName),
                ("用电量", Amount),
                ("应缴电费", Amount),
                ("备注", FreeText),
            ],
        ),
        (
            "enterprise_registration",
            &[
                ("统一社会信用代码", Uscc),
                ("企业名称", OrganisationName),
                ("法定代表人", PersonName),
                ("联系电话", Mobile),
                ("注册地址", Address),
                ("成立日期", Date),
                ("区", RegionName),
                ("注册资本(万元)", Amount),
                ("异常名录", Flag),
            ],
        ),
        (
            "hospital_visits",
            &[
                ("病案号", MedicalRecordNumber),
                ("姓名", PersonName),
                ("身份证号", ResidentId18),
                ("医保卡号", SocialSecurityNumber),
                ("手机号", Mobile),
                ("年龄", Age),
                ("性别", Sex),
                ("职业", Occupation),
                ("入院日期", Date),
                ("诊断编码", Diagnosis),
                ("费用", Amount),
                ("备注", FreeText),
            ],
        ),
    ];
    for (name, columns) in wanted {
        let batch = sample::batch(name, 7, 0..2000).unwrap();
        for &(header, expected) in columns {
            let cells = texts(&batch, header);
            let finding = feed(header, cells.iter().map(Option::as_deref));
            assert_eq!(
                kind(&finding),
                Some(expected),
                "{name}.{header}: {:#?}",
                &finding.candidates[..finding.candidates.len().min(3)]
            );
            assert_eq!(finding.rows, 2000);
            assert_eq!(finding.nulls, cells.iter().filter(|cell| cell.is_none()).count() as u64);
        }
    }
}

#[test] // a name of the column that says nothing or misleads does not hide an identifier
fn identifiers_are_recognized_without_their_headers() {
    use Kind::*;
    let wanted = [
        ("residential_electricity", "户名", PersonName),
        ("residential_electricity", "身份证号", ResidentId18),
        ("residential_electricity", "手机号", Mobile),
        ("residential_electricity", "地址", Address),
        ("enterprise_registration", "统一社会信用代码", Uscc),
        ("enterprise_registration", "企业名称", OrganisationName),
        ("enterprise_registration", "法定代表人", PersonName),
        ("enterprise_registration", "注册地址", Address),
        ("residential_electricity", "性别", Sex),
        ("residential_electricity", "出生日期", Date),
    ];
    for (name, header, expected) in wanted {
        let batch = sample::batch(name, 11, 0..1000).unwrap();
        let cells = texts(&batch, header);
        for header in ["", "c1", "field_7", "类型"] {
            let finding = feed(header, cells.iter().map(Option::as_deref));
            assert_eq!(
                kind(&finding),
                Some(expected),
                "{name}.{header}: {:#?}",
                &finding.candidates[..finding.candidates.len().min(3)]
            );
        }
    }
}

fn luhn(body: &str) -> String {
    let digits = (0..10).map(|last| format!("{body}{last}"));
    digits.into_iter().find(|digits| check_digits::luhn(digits.as_bytes())).unwrap()
}

/// The first of the endings that makes the check right.
fn completed(body: &str, endings: &str, right: impl Fn(&[u8]) -> bool) -> String {
    let all = endings.chars().map(|last| format!("{body}{last}"));
    all.into_iter().find(|text| right(text.as_bytes())).unwrap_or_else(|| body.to_owned() + "0")
}

const LETTERS: &[u8; 24] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";

fn letter(n: u64) -> char {
    LETTERS[(n % 24) as usize] as char
}

/// A VIN with the right ninth character.
fn vin(n: u64) -> String {
    let head = format!("LFV{}A{}{}J", 1 + n % 9, n / 9 % 10, 1 + n % 7);
    let tail = format!("{}A{:06}", 1 + n % 9, n % 1_000_000);
    let all = "0123456789X".chars().map(|check| format!("{head}{check}{tail}"));
    all.into_iter().find(|text| check_digits::vin(text.as_bytes()) == Some(true)).unwrap()
}

fn resident(area: &str, n: u64) -> String {
    let body = format!("{area}{}{:02}{:02}{:03}", 1940 + n % 70, 1 + n / 70 % 12, 1 + n / 840 % 28, n / 23_520 % 1000);
    let check = check_digits::resident_id_check(body.as_bytes()).unwrap() as char;
    format!("{body}{check}")
}

#[test]
fn each_kind_is_recognized_in_its_column() {
    use Kind::*;
    type Cell = fn(u64) -> String;
    // what the column should be with its header, a header, whether the form is enough without one, a cell
    let columns: [(Kind, &str, bool, Cell); 42] = [
        (ResidentId15, "证件号", true, |n| {
            format!("120104{:02}{:02}{:02}{:03}", 40 + n % 60, 1 + n / 60 % 12, 1 + n / 720 % 28, n / 7 % 1000)
        }),
        (ResidencePermit, "居住证号", true, |n| resident("810000", n)),
        (ForeignerCard, "永居证", true, |n| resident("911124", n)),
        (OrganisationCode, "组织机构代码", true, |n| {
            let body = format!("{:08}", n % 100_000_000);
            let check = check_digits::organisation_code_check(body.as_bytes()).unwrap() as char;
            format!("{body}-{check}")
        }),
        (BusinessRegistration, "注册号", true, |n| {
            completed(&format!("120101{:08}", n % 100_000_000), "0123456789", check_digits::business_registration)
        }),
        (BankCard, "卡号", true, |n| luhn(&format!("622202{:012}", n % 1_000_000_000_000))),
        (Landline, "座机", true, |n| format!("022-{}{:07}", 2 + n % 7, n % 10_000_000)),
        (Plate, "车牌号", true, |n| format!("津{}{:05}", letter(n), n / 24 % 100_000)),
        (Plate, "cph", true, |n| format!("津AD{:05}", n % 100_000)),
        (Passport, "护照号", true, |n| format!("E{}{:07}", letter(n), n / 24 % 10_000_000)),
        (MainlandTravelPermit, "回乡证号", true, |n| format!("H{:08}", n % 100_000_000)),
        (HkMacauPermit, "港澳通行证", true, |n| format!("C{}{:07}", letter(n), n / 24 % 10_000_000)),
        (TaiwanPermit, "台胞证号", false, |n| format!("{:08}", n % 100_000_000)),
        (HkId, "hkid", true, |n| {
            let body = format!("{}{:06}", letter(n), n % 1_000_000);
            let code = completed(&body, "0123456789A", check_digits::hong_kong_id);
            format!("{body}({})", &code[7..])
        }),
        (TwId, "台湾身份证", true, |n| {
            completed(&format!("A1{:07}", n % 10_000_000), "0123456789", check_digits::taiwan_id)
        }),
        (OfficerCard, "军官证号", true, |n| format!("南字第{:08}号", n % 100_000_000)),
        (Vin, "车架号", true, vin),
        (Imei, "imei", true, |n| luhn(&format!("86{:012}", n % 1_000_000_000_000))),
        (Imsi, "imsi", true, |n| format!("46000{:010}", n % 10_000_000_000)),
        (Mac, "mac_addr", true, |n| {
            format!("00:1A:{:02X}:{:02X}:{:02X}:{:02X}", n & 255, n >> 8 & 255, n >> 16 & 255, n >> 24 & 255)
        }),
        (Ip, "client_ip", true, |n| format!("10.{}.{}.{}", n & 255, n >> 8 & 255, n >> 16 & 255)),
        (Ip, "ip", true, |n| format!("2001:db8::{:x}:{:x}", n & 0xffff, n >> 16 & 0xffff)),
        (Email, "邮箱", true, |n| format!("user{}@mail.example.com", n % 100_000)),
        (Qq, "QQ号", false, |n| format!("{}", 10_000 + n % 3_000_000_000)),
        (Wechat, "微信号", false, |n| format!("wxid_{:010x}", n % 0xff_ffff_ffff)),
        (AccountNumber, "户号", false, |n| format!("{:010}", n % 10_000_000_000)),
        (MeterNumber, "meter_no", false, |n| format!("{:012}", n % 1_000_000_000_000)),
        (MedicalRecordNumber, "住院号", false, |n| format!("ZY{:08}", n % 100_000_000)),
        (SocialSecurityNumber, "社保卡号", false, |n| format!("{}{:08}", letter(n), n % 100_000_000)),
        (EmployeeNumber, "工号", false, |n| format!("{:06}", n % 1_000_000)),
        (Coordinates, "坐标", true, |n| format!("117.{:06},39.{:06}", n % 1_000_000, n / 3 % 1_000_000)),
        (Postcode, "邮编", false, |n| format!("30{:02}00", n % 20)),
        (AreaCode, "行政区划代码", true, |n| {
            format!("1201{:02}", [1, 2, 3, 4, 5, 6, 10, 11, 12, 13][n as usize % 10])
        }),
        (BirthDate, "dob", false, |n| format!("{}{:02}{:02}", 1940 + n % 70, 1 + n / 70 % 12, 1 + n / 840 % 28)),
        (DateTime, "create_time", true, |n| {
            format!("2024-{:02}-{:02} {:02}:{:02}:00", 1 + n % 12, 1 + n / 12 % 28, n / 336 % 24, n / 8064 % 60)
        }),
        (Ethnicity, "民族", true, |n| ["汉族", "回族", "满族", "蒙古族"][n as usize % 4].to_owned()),
        (Education, "学历", true, |n| ["本科", "大专", "高中", "硕士"][n as usize % 4].to_owned()),
        (MaritalStatus, "婚姻状况", true, |n| ["已婚", "未婚", "离异", "丧偶"][n as usize % 4].to_owned()),
        (Uuid, "uuid", true, |n| {
            format!(
                "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
                n as u32,
                n >> 7 & 0xffff,
                n & 0xfff,
                n >> 9 & 0xfff,
                n >> 5 & 0xffff_ffff_ffff
            )
        }),
        (Hash, "sha256", true, |n| format!("{n:016x}{:016x}{:016x}{:016x}", n ^ 1, n ^ 7, n ^ 77)),
        (Url, "链接", true, |n| format!("https://example.com/a/{n}")),
        (Version, "版本号", true, |n| format!("{}.{}.{}", n % 5, n / 5 % 10, n / 50 % 30)),
    ];
    for (expected, header, alone, cell) in columns {
        let finding = made(header, 400, cell);
        let top = &finding.candidates[..finding.candidates.len().min(3)];
        assert_eq!(kind(&finding), Some(expected), "{header}: {top:#?}");
        let finding = made("field7", 400, cell);
        let top = &finding.candidates[..finding.candidates.len().min(3)];
        assert_eq!(kind(&finding) == Some(expected), alone, "{expected} without header: {top:#?}");
    }
}

/// A column of `count` made-up cells.
fn made(header: &str, count: u64, cell: impl Fn(u64) -> String) -> ColumnFinding {
    // spread as a multiplicative hash does, so that digits look drawn
    let cells: Vec<String> = (0..count).map(|row| cell((row + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 8)).collect();
    feed(header, cells.iter().map(|cell| Some(cell.as_str())))
}

#[test]
fn lookalikes_are_not_taken_for_identifiers() {
    let no_identifier = |finding: ColumnFinding, what: &str| {
        let best = finding.kind.clone();
        assert!(best.as_ref().is_none_or(|best| best.kind.sort() != Sort::Identifier), "{what}: {best:#?}");
    };
    no_identifier(
        made("order_no", 500, |n| format!("20240{:01}{:02}{:010}", 1 + n % 9, 1 + n % 28, n % 10_000_000_000)),
        "order numbers",
    );
    no_identifier(
        made("", 500, |n| format!("20240{:01}{:02}{:010}", 1 + n % 9, 1 + n % 28, n % 10_000_000_000)),
        "order numbers, unnamed",
    );
    no_identifier(made("ts", 500, |n| format!("{}", 1_700_000_000_000 + n % 30_000_000_000)), "milliseconds");
    no_identifier(made("timestamp", 500, |n| format!("{}", 1_460_000_000_000 + n % 8_000_000_000)), "of 2016");
    no_identifier(
        made("", 500, |n| format!("202403{:02}{:02}{:02}{:02}", 1 + n % 31, n % 24, n % 60, n % 59)),
        "times of 14 digits",
    );
    no_identifier(made("", 500, |n| format!("{}.{:02}", n % 1_000_000, n % 100)), "amounts");
    no_identifier(made("", 500, |n| format!("{}", n % 1_000_000)), "numbers");
    no_identifier(made("md5", 500, |n| format!("{:016x}{:016x}", n, n ^ 0x5555)), "hashes");
    no_identifier(made("", 500, |n| format!("{}.{}.{}", n % 5, n % 10, n % 30)), "versions");
    no_identifier(feed("", (0..500).map(|_| Some("高血压"))), "diseases");
    let steps: Vec<String> = (1000..2000).map(|n| n.to_string()).collect();
    let finding = feed("", steps.iter().map(|cell| Some(cell.as_str())));
    assert_eq!(kind(&finding), Some(Kind::SequenceNumber));
    let ean = |n: u64| {
        let body = format!("69{:010}", n % 10_000_000_000);
        let sum: u32 = body.bytes().enumerate().map(|(at, d)| u32::from(d - b'0') * [1, 3][at % 2]).sum();
        format!("{body}{}", (10 - sum % 10) % 10)
    };
    assert_eq!(kind(&made("", 500, ean)), Some(Kind::ProductCode));
}

#[test]
fn damaged_and_disguised_columns_are_recognized() {
    let remarks = |finding: &ColumnFinding| finding.remarks.clone();
    let floats = made("身份证号", 200, |n| format!("1.201{:02}E+17", 1 + n % 6));
    assert_eq!((kind(&floats), remarks(&floats)), (Some(Kind::ResidentId18), vec![Remark::StoredAsFloat]));
    let zeros = made("座机", 200, |n| format!("22{}{:07}", 2 + n % 7, n % 10_000_000));
    assert_eq!((kind(&zeros), remarks(&zeros)), (Some(Kind::Landline), vec![Remark::LeadingZerosLost]));
    let masked = made("身份证号", 200, |n| format!("120101********{:04}", n % 10_000));
    assert_eq!((kind(&masked), remarks(&masked)), (Some(Kind::MaskedId), vec![Remark::Masked]));
    let names = made("", 200, |n| format!("{}*", ["王", "李", "张", "欧阳"][n as usize % 4]));
    assert_eq!(kind(&names), Some(Kind::MaskedId));
    let serials = made("出生日期", 200, |n| format!("{}", 20_000 + n % 25_000));
    assert_eq!((kind(&serials), remarks(&serials)), (Some(Kind::BirthDate), vec![Remark::ExcelSerials]));
    let two = made("", 200, |n| format!("138{:08}/139{:08}", n % 100_000_000, n / 7 % 100_000_000));
    assert_eq!((kind(&two), remarks(&two)), (Some(Kind::Mobile), vec![Remark::SeveralInOneCell]));
    let json = made("ext", 200, |n| format!("{{\"a\":{{\"mobile\":\"138{:08}\"}}}}", n % 100_000_000));
    assert_eq!(kind(&json), Some(Kind::Json));
    assert_eq!((json.inside[0].kind, json.inside[0].cells), (Kind::Mobile, 200));
    let spaced = made("", 200, |n| {
        if n % 2 == 0 {
            format!("138 {:04} {:04}", n % 10_000, n / 3 % 10_000)
        } else {
            format!("138{:08}", n % 100_000_000)
        }
    });
    assert_eq!((kind(&spaced), remarks(&spaced)), (Some(Kind::Mobile), vec![Remark::MixedForms]));
}

#[test]
fn a_wrong_check_digit_lowers_and_never_vetoes() {
    let card = |last: u64| move |n: u64| format!("622202{:012}{last}", n % 1_000_000_000_000);
    let named = made("银行卡号", 300, card(3));
    assert_eq!(kind(&named), Some(Kind::BankCard));
    let best = named.kind.as_ref().unwrap();
    assert!(best.check_rate.unwrap() < 0.2 && best.confidence > 0.8, "{best:?}");
    // without the header, numbers whose check digits are right by chance only are no cards
    assert_ne!(kind(&made("", 300, card(3))), Some(Kind::BankCard));
    assert!(named.candidates.len() > 1, "the losers are kept");
}

#[test]
fn findings_hold_no_cell() {
    let finding = made("备注", 50, |n| format!("请联系张伟138{:08}办理", n % 100_000_000));
    let text = serde_json::to_string(&finding).unwrap();
    assert!(!text.contains("张伟") && !text.contains("138"), "{text}");
    assert_eq!(finding.distinct, Distinct::Exactly(50));
    assert!(finding.inside.iter().any(|inside| inside.kind == Kind::Mobile && inside.cells == 50));
}

#[test]
fn empty_columns_are_told_by_their_header_only() {
    let finding = feed("手机号", [None, Some(""), Some("NULL")]);
    assert_eq!((finding.rows, finding.nulls, kind(&finding)), (3, 3, Some(Kind::Mobile)));
    assert_eq!(kind(&feed("", [])), None);
}
