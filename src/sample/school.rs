//! `school_enrolment`: the roll of the schools of the city, one row per pupil.
//!
//! The traps: the number on the roll (学籍号) is `G` and the resident id, the class of a small school has few pupils,
//! rare peoples and rare impairments, a home of one pupil in the country, guardians with phones, addresses, the day of
//! birth, remarks that name whoever may fetch the child.

use std::ops::Range;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;

use super::draw::{Draw, Weighted, key};
use super::household::{add_id, add_name, add_phone, add_remark};
use super::permutation::Permutation;
use super::person::{Names, Residents, mobile, mobile_count, present_code};
use super::sheet::fill;
use super::text::Date;
use super::tianjin::{DISTRICTS, Places, add_home};

pub const NAME: &str = "school_enrolment";

/// Column names and types, in order.
pub const COLUMNS: [(&str, DataType); 24] = [
    ("学籍号", DataType::Utf8),
    ("姓名", DataType::Utf8),
    ("性别", DataType::Utf8),
    ("身份证号", DataType::Utf8),
    ("出生日期", DataType::Utf8),
    ("民族", DataType::Utf8),
    ("家庭住址", DataType::Utf8),
    ("监护人", DataType::Utf8),
    ("监护人电话", DataType::Utf8),
    ("区", DataType::Utf8),
    ("学校标识码", DataType::Utf8),
    ("学校名称", DataType::Utf8),
    ("学段", DataType::Utf8),
    ("年级", DataType::Int64),
    ("班级", DataType::Int64),
    ("就读方式", DataType::Utf8),
    ("随迁子女", DataType::Utf8),
    ("留守儿童", DataType::Utf8),
    ("资助类型", DataType::Utf8),
    ("残疾类别", DataType::Utf8),
    ("入学方式", DataType::Utf8),
    ("体测总分", DataType::Float64),
    ("左眼视力", DataType::Float64),
    ("备注", DataType::Utf8),
];

/// The first day of the school year in 2024.
const START: Date = Date { year: 2024, month: 9, day: 1 };
const STAGES: [&str; 3] = ["小学", "初中", "高中"];
/// Peoples by how many pupils they have.
const PEOPLES: [(&str, u32); 14] = [
    ("汉族", 9560),
    ("回族", 190),
    ("满族", 110),
    ("蒙古族", 45),
    ("朝鲜族", 25),
    ("土家族", 20),
    ("壮族", 15),
    ("维吾尔族", 10),
    ("藏族", 10),
    ("苗族", 8),
    ("达斡尔族", 3),
    ("锡伯族", 2),
    ("俄罗斯族", 1),
    ("鄂伦春族", 1),
];
const IMPAIRED: [&str; 6] = ["智力", "孤独症", "听力", "肢体", "视力", "多重"];
const AIDED: [&str; 4] = ["无", "困难生活补助", "低保家庭", "孤儿"];
const ENTERED: [&str; 4] = ["就近入学", "电脑随机派位", "转学", "其他"];
const ENTERED_LATE: [&str; 2] = ["统一招生考试", "指标生"];
const REMARKS: [&str; 8] = ["转入", "休学复学", "过敏体质", "哮喘", "单亲家庭", "校车接送", "午餐清真", "免修体育"];

/// Makes the columns of `rows`, whose first row is the first of a block of `block` rows.
pub fn columns(seed: u64, rows: Range<u64>, block: u64) -> Vec<ArrayRef> {
    let mixed = |purpose, size| Permutation::new(key(seed, NAME, purpose), size);
    let residents = Residents::pupils();
    let (people, phones) = (mixed("resident", residents.len()), mixed("phone", mobile_count()));
    let (names, places) = (Names::new(), Places::new());
    let peoples = Weighted::new(&PEOPLES.map(|people| people.1));
    let impaired = Weighted::new(&[40, 22, 12, 14, 8, 4]);
    let ways = Weighted::new(&[640, 200, 90, 70]);
    fill(&COLUMNS, key(seed, NAME, "rows"), rows, block, |sheet, draw, row| {
        let pupil = residents.at(people.at(row));
        let roll = sheet.text().add("G");
        pupil.add_id(roll);
        roll.end();
        add_name(&names, draw, pupil.male, sheet.text());
        sheet.cell(if pupil.male { "男" } else { "女" });
        add_id(draw, &pupil, 15, sheet.text());
        sheet.text().date(pupil.birth).end();
        sheet.cell(PEOPLES[peoples.draw(draw)].0);

        let home = DISTRICTS.iter().position(|district| district.code == present_code(pupil.origin));
        let (place, migrant) = match home {
            Some(home) if draw.chance(820) => (home, draw.chance(20)),
            _ => (places.district(draw), draw.chance(480)),
        };
        let address = sheet.text();
        add_home(draw, place, address);
        address.end();
        let male = draw.chance(350);
        add_name(&names, draw, male, sheet.text());
        add_phone((!draw.chance(8)).then(|| mobile(phones.at(row))), sheet.text());
        sheet.cell(DISTRICTS[place].name);

        // the grade follows from the age at the start of the school year; one in fifty is a year behind
        let age = START.years_since(pupil.birth).clamp(6, 17);
        let grade = (age - 5 - u32::from(age > 7 && draw.chance(20))).clamp(1, 12);
        let stage = match grade {
            1..=6 => 0,
            7..=9 => 1,
            _ => 2,
        };
        let school = 1 + draw.below([28, 14, 7][stage]);
        let code = sheet.text().add(["21", "31", "34"][stage]).digits(u64::from(DISTRICTS[place].code), 6);
        code.digits(u64::from(school), 2).end();
        let town = DISTRICTS[place].name.trim_end_matches(['区']);
        sheet.text().add(town).add("第").digits(u64::from(school), 1).add(STAGES[stage]).end();
        sheet.cell(STAGES[stage]);
        sheet.integer(i64::from(grade));
        sheet.integer(1 + i64::from(draw.below(8)));
        let rural = matches!(DISTRICTS[place].code, 120_114 | 120_115 | 120_117..=120_119);
        sheet.cell(if draw.chance([5, 90, 420][stage]) { "住宿" } else { "走读" });
        sheet.cell(if migrant { "是" } else { "否" });
        let left = rural && draw.chance(45);
        sheet.cell(if left { "是" } else { "否" });
        sheet.cell(AIDED[aid(draw, left || rural)]);
        sheet.maybe(draw.chance(9).then(|| IMPAIRED[impaired.draw(draw)]));
        let way = ways.draw(draw);
        sheet.cell(if stage == 2 { ENTERED_LATE[way.min(1)] } else { ENTERED[way] });
        let fit = (76.0 + draw.normal() * 10.5).clamp(12.0, 118.0);
        sheet.number((!draw.chance(25)).then_some(((fit * 10.0) as i64) as f64 / 10.0));
        let sight = 5.1 - f64::from(grade) * 0.045 + draw.normal() * 0.24;
        sheet.number(((sight.clamp(3.6, 5.3) * 10.0) as i64) as f64 / 10.0);
        add_remark(&names, draw, 7, 60, &REMARKS, sheet.text());
    })
}

/// Which aid a pupil gets, an index into [`AIDED`].
fn aid(draw: &mut Draw, poor: bool) -> usize {
    match draw.below(if poor { 600 } else { 1000 }) {
        0..2 => 3,
        2..22 => 2,
        22..75 => 1,
        _ => 0,
    }
}
