//! People: who they are, where they live, how they are reached.

use super::Truth::{Identifier, Quasi};
use super::check::{hong_kong, taiwan};
use super::{Spec, World, by_header, by_values, digits, from, number, written};
use crate::detect::check_digits::resident_id_check;
use crate::sample::draw::Draw;
use crate::sample::person::{Resident, mobile, mobile_count};
use crate::sample::tianjin::{DISTRICTS, add_home};

pub(super) const SPECS: &[Spec] = &[
    by_values("resident_id", Identifier, ["身份证号", "sfzh", "id_card_no"], |d, w, _| resident_id(d, w)),
    by_values("resident_id", Identifier, ["证件号码", "zjhm", "certificate_no"], |d, w, _| {
        // a register with the small x that people type
        resident_id(d, w).to_lowercase()
    }),
    by_values("resident_id_15", Identifier, ["旧身份证号", "jsfzh", "old_id_card"], |d, w, _| {
        let id = resident_id(d, w);
        format!("{}{}", &id[..6], &id[8..17])
    }),
    by_values(
        "residence_permit",
        Identifier,
        ["港澳台居民居住证", "gatjzz", "residence_permit_no"],
        |d, w, _| {
            let id = resident_id(d, w);
            let place = d.one_of(&["810000", "820000", "830000"]);
            checked(format!("{place}{}", &id[6..17]))
        },
    ),
    by_values(
        "foreigner_card",
        Identifier,
        ["外国人永久居留身份证", "yjjlz", "permanent_residence_card"],
        |d, w, _| {
            let id = resident_id(d, w);
            let start = format!("9{}{}", 1 + d.below(3), d.one_of(&["1156", "1392", "1124", "1840", "1276", "1410"]));
            checked(format!("{}{}", &start[..6], &id[6..17]))
        },
    ),
    by_values("foreigner_card_old", Identifier, ["永久居留证号", "jljz", "pr_card_no"], |d, _, _| {
        format!("{}{}", d.one_of(&["USA", "JPN", "KOR", "DEU", "GBR", "FRA", "RUS"]), number(d, 12))
    }),
    by_values("mobile", Identifier, ["手机号", "sjh", "mobile_phone"], |d, _, _| phone(d)),
    by_values("mobile", Identifier, ["联系电话", "lxdh", "contact_phone"], |d, _, _| {
        // as forms and exports write it
        let phone = phone(d);
        match d.below(4) {
            0 => format!("+86{phone}"),
            1 => format!("+86 {}-{}-{}", &phone[..3], &phone[3..7], &phone[7..]),
            2 => format!("{}-{}-{}", &phone[..3], &phone[3..7], &phone[7..]),
            _ => format!("86{phone}"),
        }
    }),
    by_values("mobile_iot", Identifier, ["物联网卡号", "wlwkh", "iot_msisdn"], |d, _, _| {
        format!("14{}{}", d.one_of(&["10", "40", "41", "60", "65", "80", "87"]), digits(d, 9))
    }),
    by_values("landline", Identifier, ["固定电话", "gddh", "telephone"], |d, _, _| landline(d)),
    by_header("landline", Identifier, ["座机", "zj", "landline"], |d, _, _| {
        // the zero was lost when a spreadsheet took it for a number
        landline(d).replace(['-', '(', ')'], "").trim_start_matches('0').to_owned()
    }),
    by_values("email", Identifier, ["电子邮箱", "dzyx", "email"], |d, _, _| {
        let length = 4 + d.below(8) as usize;
        let user = from(d, b"abcdefghijklmnopqrstuvwxyz", length);
        let tail = d.below(1000);
        let domain = d.one_of(&["qq.com", "163.com", "126.com", "gmail.com", "sina.com.cn", "tj.gov.cn", "139.com"]);
        format!("{user}{}{tail}@{domain}", d.one_of(&["", ".", "_"]))
    }),
    by_header("qq", Identifier, ["QQ号", "qqh", "qq"], |d, _, _| {
        let length = 6 + d.below(5) as usize;
        number(d, length)
    }),
    by_header("wechat", Identifier, ["微信号", "wxh", "wechat"], |d, _, _| {
        let length = 10 + d.below(5) as usize;
        format!("{}{}", d.one_of(&["wxid_", "wx", "a"]), from(d, b"abcdefghijklmnopqrstuvwxyz0123456789", length))
    }),
    by_values("name", Identifier, ["姓名", "xm", "full_name"], |d, w, _| name(d, w)),
    by_header("name", Identifier, ["联系人", "lxr", "contact_person"], |d, _, _| {
        // names of minorities, with the dot between the parts
        const FIRST: [&str; 8] =
            ["阿卜杜拉", "买买提", "古丽娜尔", "帕提古丽", "热西提", "迪丽努尔", "扎西", "阿依古丽"];
        const SECOND: [&str; 8] = ["吐尔逊", "艾合买提", "买买提", "阿不都热合曼", "肉孜", "次仁", "卓玛", "依明"];
        format!("{}{}{}", d.one_of(&FIRST), d.one_of(&["·", "·", "•", "."]), d.one_of(&SECOND))
    }),
    by_values("address", Identifier, ["家庭住址", "jtzz", "home_address"], |d, w, _| address(d, w)),
    by_values("coordinates", Identifier, ["经纬度", "jwd", "location"], |d, _, _| {
        let (x, y) = position(d);
        format!("{x},{y}")
    }),
    by_header("longitude", Identifier, ["经度", "jd", "longitude"], |d, _, _| position(d).0),
    by_header("latitude", Identifier, ["纬度", "wd", "latitude"], |d, _, _| position(d).1),
    by_values("hong_kong_id", Identifier, ["香港身份证", "xgsfz", "hkid"], |d, _, _| {
        let letter = b'A' + d.below(26) as u8;
        let number = digits(d, 6);
        format!("{}{number}({})", char::from(letter), hong_kong(letter, &number))
    }),
    by_values("taiwan_id", Identifier, ["台湾身份证", "twsfz", "taiwan_id"], |d, _, _| {
        let letter = b'A' + d.below(26) as u8;
        let number = format!("{}{}", 1 + d.below(2), digits(d, 7));
        format!("{}{number}{}", char::from(letter), taiwan(letter, &number))
    }),
    by_header("birth_date", Quasi, ["出生日期", "csrq", "birth_date"], |d, w, _| {
        let birth = person(d, w).birth;
        written(|t| {
            t.date(birth);
        })
    }),
    by_header("birth_date", Quasi, ["出生年月日", "csnyr", "dob"], |d, w, _| {
        let birth = person(d, w).birth;
        match d.below(2) {
            0 => format!("{}年{}月{}日", birth.year, birth.month, birth.day),
            _ => format!("{}/{}/{}", birth.year, birth.month, birth.day),
        }
    }),
    by_header("birth_date", Quasi, ["生日", "sr", "birthday"], |d, w, _| {
        // as spreadsheets keep days: counted from 1899-12-30
        let birth = person(d, w).birth;
        (birth.days_after(1900) + 2).to_string()
    }),
    by_header("age", Quasi, ["年龄", "nl", "age"], |d, _, _| (1 + d.below(48) + d.below(48)).to_string()),
    by_values("sex", Quasi, ["性别", "xb", "gender"], |d, _, _| d.one_of(&["男", "女"]).to_owned()),
    by_values("ethnicity", Quasi, ["民族", "mz", "ethnicity"], |d, _, _| {
        let all = ["汉族", "汉族", "汉族", "汉族", "汉族", "回族", "满族", "蒙古族", "朝鲜族", "壮族", "维吾尔族"];
        d.one_of(&all).to_owned()
    }),
    by_values("region_code", Quasi, ["行政区划代码", "xzqhdm", "region_code"], |d, w, _| {
        DISTRICTS[w.places.district(d)].code.to_string()
    }),
    by_values("region_name", Quasi, ["所在区", "szq", "district"], |d, w, _| {
        DISTRICTS[w.places.district(d)].name.to_owned()
    }),
    by_header("postcode", Quasi, ["邮政编码", "yzbm", "postcode"], |d, _, _| format!("300{:03}", d.below(500))),
];

pub(super) fn person(draw: &mut Draw, world: &World) -> Resident {
    let high = u64::from(draw.below(u32::MAX)) << 20 | u64::from(draw.below(1 << 20));
    world.residents.at(high % world.residents.len())
}

pub(super) fn resident_id(draw: &mut Draw, world: &World) -> String {
    let person = person(draw, world);
    written(|t| person.add_id(t))
}

/// Seventeen digits with the check character of resident ids.
fn checked(digits: String) -> String {
    let check = resident_id_check(digits.as_bytes()).unwrap_or(b'0');
    format!("{digits}{}", char::from(check))
}

pub(super) fn phone(draw: &mut Draw) -> String {
    let high = u64::from(draw.below(1 << 30)) * 4 + u64::from(draw.below(4));
    mobile(high % mobile_count()).to_string()
}

pub(super) fn landline(draw: &mut Draw) -> String {
    let local = format!("{}{}", 2 + draw.below(7), digits(draw, 7));
    match draw.below(6) {
        0 => format!("(022){local}"),
        1 => format!("010-{local}"),
        2 => format!("0315-{}", &local[..7]),
        3 => format!("022-{local}-{}", 100 + draw.below(900)),
        _ => format!("022-{local}"),
    }
}

pub(super) fn name(draw: &mut Draw, world: &World) -> String {
    let male = draw.chance(500);
    written(|t| world.names.add(draw, male, t))
}

pub(super) fn address(draw: &mut Draw, world: &World) -> String {
    let district = world.places.district(draw);
    written(|t| add_home(draw, district, t))
}

/// Longitude and latitude within Tianjin, six decimals.
fn position(draw: &mut Draw) -> (String, String) {
    let x = 116.8 + f64::from(draw.below(1_200_000)) / 1e6;
    let y = 38.6 + f64::from(draw.below(1_500_000)) / 1e6;
    (format!("{x:.6}"), format!("{y:.6}"))
}
