//! Laws of the detectors, and texts with identifiers in them.

use chrono::NaiveDate;
use proptest::prelude::*;

use super::check_digits::{credit_code_check, resident_id_check};
use super::*;

fn found(text: &str) -> Vec<(Kind, &str)> {
    Detector::new().find(text).into_iter().map(|found| (found.kind, &text[found.start..found.end])).collect()
}

fn resident_id(area: u32, day: NaiveDate, sequence: u32) -> String {
    let body = format!("{area:06}{}{sequence:03}", day.format("%Y%m%d"));
    format!("{body}{}", resident_id_check(body.as_bytes()).unwrap() as char)
}

#[test]
fn identifiers_are_found_in_sentences() {
    use Kind::*;
    for (text, wanted) in [
        (
            "联系人张伟，电话138-0013-8000，住天津市南开区鞍山西道123号4门501。",
            vec![(PersonName, "张伟"), (Mobile, "138-0013-8000"), (Address, "天津市南开区鞍山西道123号4门501")],
        ),
        ("身份证120101199003071235已核验", vec![(ResidentId18, "120101199003071235")]),
        ("旧证120101900307123", vec![(ResidentId15, "120101900307123")]),
        ("id：１２０１０１１９９００３０７１２３５", vec![(ResidentId18, "１２０１０１１９９００３０７１２３５")]),
        ("120101 19900307 1235", vec![(ResidentId18, "120101 19900307 1235")]),
        ("13800138000/13900139000", vec![(Mobile, "13800138000"), (Mobile, "13900139000")]),
        ("1380013800013900139000", vec![(Mobile, "13800138000"), (Mobile, "13900139000")]),
        ("tel:+86 138 0013 8000", vec![(Mobile, "+86 138 0013 8000")]),
        ("(022)2300-0000转801", vec![(Landline, "(022)2300-0000")]),
        ("022-23000000-801", vec![(Landline, "022-23000000-801")]),
        ("卡6222 0210 0112 3456 789挂失", vec![(BankCard, "6222 0210 0112 3456 789")]),
        ("发件a.b@mail.example.com，请查收", vec![(Email, "a.b@mail.example.com")]),
        ("车津A12345与津AD12345", vec![(Plate, "津A12345"), (Plate, "津AD12345")]),
        ("从10.0.12.7登录，MAC 00:1A:2B:3C:4D:5E", vec![(Ip, "10.0.12.7"), (Mac, "00:1A:2B:3C:4D:5E")]),
        ("fe80::1ff:fe23:4567:890a", vec![(Ip, "fe80::1ff:fe23:4567:890a")]),
        ("位置117.2009,39.0842", vec![(Coordinates, "117.2009,39.0842")]),
        ("https://a.example/q?phone=%2B8613800138000&n=1", vec![(Mobile, "%2B8613800138000")]),
        (
            r#"{"a":[{"t":"\u0031\u0033800138000"}],"name":"\u5f20\u4f1f"}"#,
            vec![(Mobile, r"\u0031\u0033800138000"), (PersonName, r"\u5f20\u4f1f")],
        ),
        ("微信：zhang_wei88，QQ 123456789", vec![(Wechat, "zhang_wei88"), (Qq, "123456789")]),
        ("户号1234567890", vec![(AccountNumber, "1234567890")]),
        ("王建国先生来电", vec![(PersonName, "王建国")]),
        ("南字第12345678号", vec![(OfficerCard, "南字第12345678号")]),
        ("统一代码91110000600037341L", vec![(Uscc, "91110000600037341L")]),
        ("组织60003734-1", vec![(OrganisationCode, "60003734-1")]),
        ("A123456(3)", vec![(HkId, "A123456(3)")]),
        ("120101********1235与138****8000", vec![(MaskedId, "120101********1235"), (MaskedId, "138****8000")]),
        ("张*，z***@a.com", vec![(MaskedId, "张*"), (MaskedId, "z***@a.com")]),
        ("LFV2A21J970002020", vec![(Vin, "LFV2A21J970002020")]),
        ("phone_13800138000.jpg", vec![(Mobile, "13800138000")]),
    ] {
        assert_eq!(found(text), wanted, "{text}");
    }
}

#[test]
fn lookalikes_are_not_found() {
    for text in [
        "20240315143000",
        "20240315143000123",
        "1700000000000",
        "202403150000123456",
        "1234567890123456789",
        "6901234567892",
        "13800138000.55",
        "0.13800138000",
        "x13800138000y",
        "2138001380001",
        "v1.2.3.4",
        "1.2.3.4",
        "12:30:45",
        "2024-03-15 13:00:00",
        "d41d8cd98f00b204e9800998ecf8427e",
        "550e8400-e29b-41d4-a716-446655440000",
        "电表在楼道",
        "用户申请校表，请预约",
        "**重要** 3 * 4",
        "a@b",
        "1,234,567.89",
        "120101199013071235",
        "100101199003071235",
        "姓名 电话",
        "std::fs::read",
    ] {
        assert_eq!(found(text), vec![], "{text}");
    }
}

#[test]
fn births_after_today_are_no_ids() {
    let today = NaiveDate::from_ymd_opt(2026, 11, 25).unwrap();
    let id = |year| resident_id(120_104, NaiveDate::from_ymd_opt(year, 11, 26).unwrap(), 123);
    let detector = Detector::new().as_of(today);
    assert_eq!(detector.find(&id(2025)).len(), 1);
    assert!(detector.find(&id(2026)).is_empty());
    assert!(!detector.whole(&id(2026)).kinds.contains(Kind::ResidentId18));
}

#[test]
fn canonical_forms_of_one_value_are_one() {
    use Kind::*;
    for (kind, wanted, forms) in [
        (
            Mobile,
            "13800138000",
            &[
                "+86 138-0013-8000",
                "13800138000",
                "１３８００１３８０００",
                "008613800138000",
                "138 0013 8000",
                "13800138000.0",
                "013800138000",
            ][..],
        ),
        (
            ResidentId18,
            "11010519491231002X",
            &["11010519491231002x", "110105 19491231 002X", "１１０１０５19491231002Ｘ"],
        ),
        (ResidentId15, "120101199003071235", &["120101900307123", "120101199003071235", "120101 900307 123"]),
        (
            Landline,
            "02223000000",
            &["022-23000000", "(022)23000000", "（022）2300-0000", "+86 22 2300 0000", "022 23000000"],
        ),
        (Landline, "02223000000-801", &["022-23000000-801", "022-23000000转801"]),
        (Landline, "03152822222", &["0315-2822222", "0315 282 2222"]),
        (Plate, "津C8K93Z", &["津C·8K93Z", "津C 8K93Z", "津c8k93z", "津Ｃ・8K93Z"]),
        (OrganisationCode, "60003734X", &["60003734-x", "60003734X"]),
        (Email, "a@b.com", &["A@B.com", " a@b.com "]),
        (Mac, "001a2b3c4d5e", &["00:1A:2B:3C:4D:5E", "00-1a-2b-3c-4d-5e"]),
        (Ip, "10.0.0.1", &["10.0.0.1", "::ffff:10.0.0.1"]),
        (PersonName, "张伟", &["张 伟", "张　伟", "张伟"]),
        (PersonName, "ZHANG WEI", &["Zhang  Wei"]),
        (BirthDate, "1990-03-07", &["19900307", "1990/3/7", "1990年3月7日", "1990-03-07"]),
        (BankCard, "6222021001123456789", &["6222 0210 0112 3456 789"]),
        (HkId, "A1234563", &["A123456(3)", "a1234563"]),
        (AccountNumber, "1234567890", &["1234567890", "1234-567890", "1234567890.0"]),
    ] {
        for form in forms {
            assert_eq!(canonical(kind, form).as_deref(), Some(wanted), "{kind}: {form}");
        }
    }
    for (kind, text) in [
        (Mobile, "1.38001E+10"),
        (ResidentId18, "1.20101E+17"),
        (Mobile, "12800138000"),
        (ResidentId18, "张伟"),
        (Mobile, ""),
    ] {
        assert_eq!(canonical(kind, text), None, "{kind}: {text}");
    }
}

fn any_id() -> impl Strategy<Value = (Kind, String)> {
    let day = (1930_i32..2020, 1_u32..=366).prop_map(|(year, day)| NaiveDate::from_yo_opt(year, day.min(365)).unwrap());
    let areas = prop::sample::select(vec![120_101_u32, 120_225, 110_105, 330_106, 659_001]);
    let resident = (areas, day, 0_u32..1000)
        .prop_map(|(area, day, sequence)| (Kind::ResidentId18, resident_id(area, day, sequence)));
    let mobile = (prop::sample::select(vec![138_u64, 159, 186, 199, 147]), 0_u64..100_000_000)
        .prop_map(|(start, rest)| (Kind::Mobile, format!("{start}{rest:08}")));
    let uscc = "91120116MA0[0-9A-HJ-NPQRTUWXY]{6}".prop_map(|body| {
        let check = credit_code_check(body.as_bytes()).unwrap() as char;
        (Kind::Uscc, format!("{body}{check}"))
    });
    let plate = "[津京冀][A-HJ-NP-Z][0-9]{5}".prop_map(|plate| (Kind::Plate, plate));
    let email = "[a-z]{2,8}[0-9]{0,3}@[a-z]{3,8}\\.(com|cn|net)".prop_map(|mail| (Kind::Email, mail));
    let landline = "022-[2-8][0-9]{7}".prop_map(|number| (Kind::Landline, number));
    prop_oneof![resident, mobile, uscc, plate, email, landline]
}

proptest! {
    #[test] // what stands around does not matter, as long as it is no letter or digit
    fn a_planted_id_is_found_and_nothing_else(
        (kind, id) in any_id(),
        before in "(用户说|备注：|\\(|\"|，|已核 )?",
        after in "(，谢谢|。|\\)|\"| 已核|转办)?",
    ) {
        let text = format!("{before}{id}{after}");
        let found = Detector::new().find(&text);
        prop_assert_eq!(found.len(), 1, "{}", text);
        prop_assert_eq!(found[0].kind, kind);
        prop_assert_eq!(&text[found[0].start..found[0].end], &id);
        prop_assert_ne!(found[0].checked, Checked::Failed);
    }

    #[test]
    fn a_planted_id_survives_json_and_full_width((kind, id) in any_id()) {
        let wide: String = id.chars().map(|c| if c.is_ascii_graphic() { char::from_u32(c as u32 + 0xfee0).unwrap() } else { c }).collect();
        let escaped: String = id.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        for text in [format!("见{wide}。"), format!("{{\"k\":[1,{{\"v\":\"{escaped}\"}}]}}")] {
            let found = Detector::new().find(&text);
            prop_assert_eq!(found.len(), 1, "{}", text);
            prop_assert_eq!(found[0].kind, kind);
        }
    }

    #[test] // a whole cell of an identifier that stands by itself is found in it as well
    fn whole_is_part_of_find((kind, id) in any_id()) {
        let detector = Detector::new();
        prop_assert!(detector.whole(&id).kinds.contains(kind));
        let found = detector.find(&id);
        prop_assert_eq!((found[0].start, found[0].end), (0, id.len()));
    }

    #[test]
    fn canonical_is_idempotent(text in "[ 0-9A-Za-z+()张伟津·.@:/年月日-]{0,24}|(\\+?86 ?)?1[3-9][0-9 -]{9,13}|[0-9]{15,18}X?|0[0-9]{2,3}-?[0-9]{7,8}(-[0-9]{1,4})?") {
        for kind in Kind::ALL {
            if let Some(once) = canonical(*kind, &text) {
                prop_assert_eq!(canonical(*kind, &once), Some(once.clone()), "{} of {:?}", kind, text);
            }
        }
    }

    #[test] // any text at all: no panic, places in order and at borders of characters
    fn places_are_sound(text in "\\PC{0,60}|[0-9*:.@ +()%u\\\\张伟津路号A-Fx-]{0,60}") {
        let detector = Detector::new();
        let mut end = 0;
        for found in detector.find(&text) {
            prop_assert!(found.start >= end && found.end > found.start);
            prop_assert!(text.get(found.start..found.end).is_some());
            end = found.end;
        }
        detector.whole(&text);
        let mut column = Column::new(&text);
        column.feed(&detector, Some(&text));
        column.finish();
        for kind in Kind::ALL {
            canonical(*kind, &text);
        }
    }
}
