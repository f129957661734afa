//! `elderly_care`: services for old people at home and in day centres, one row per service.
//!
//! The traps: few are older than a hundred, whoever lives alone with dementia is found by neighbours, helpers and
//! relatives are named with their phones, notes of the service tell names, the provider has a code that names an
//! institution, an assessment restates the subsidy.

use std::ops::Range;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;

use super::codes::add_credit_code;
use super::draw::{Draw, Weighted, key};
use super::groups::Groups;
use super::household::{add_id, add_name, add_phone, add_remark};
use super::permutation::Permutation;
use super::person::{Names, Residents, mobile, mobile_count};
use super::sheet::fill;
use super::text::{Date, hundredths};
use super::tianjin::{DISTRICTS, Places, add_home};

pub const NAME: &str = "elderly_care";

/// Column names and types, in order.
pub const COLUMNS: [(&str, DataType); 24] = [
    ("老人编号", DataType::Utf8),
    ("姓名", DataType::Utf8),
    ("性别", DataType::Utf8),
    ("身份证号", DataType::Utf8),
    ("出生日期", DataType::Utf8),
    ("年龄", DataType::Int64),
    ("居住地址", DataType::Utf8),
    ("区", DataType::Utf8),
    ("社区", DataType::Utf8),
    ("居住状况", DataType::Utf8),
    ("能力等级", DataType::Utf8),
    ("慢性病", DataType::Utf8),
    ("紧急联系人", DataType::Utf8),
    ("紧急联系电话", DataType::Utf8),
    ("服务机构", DataType::Utf8),
    ("机构信用代码", DataType::Utf8),
    ("服务日期", DataType::Utf8),
    ("服务项目", DataType::Utf8),
    ("服务时长", DataType::Int64),
    ("服务人员", DataType::Utf8),
    ("服务费用", DataType::Float64),
    ("政府补贴", DataType::Float64),
    ("满意度", DataType::Utf8),
    ("服务记录", DataType::Utf8),
];

const YEAR: u32 = 2024;
const SIZES: [u32; 12] = [3, 1, 2, 4, 1, 2, 6, 1, 3, 2, 1, 12];
const LIVING: [&str; 5] = ["与配偶同住", "与子女同住", "独居", "与保姆同住", "机构居住"];
/// Grades of ability, GB/T 42195-2022.
const ABILITY: [&str; 5] = ["能力完好", "轻度失能", "中度失能", "重度失能", "完全失能"];
const DISEASES: [(&str, u32); 11] = [
    ("高血压", 300),
    ("糖尿病", 140),
    ("冠心病", 130),
    ("骨关节病", 90),
    ("脑卒中后遗症", 70),
    ("慢阻肺", 50),
    ("阿尔茨海默病", 35),
    ("帕金森病", 18),
    ("恶性肿瘤", 24),
    ("抑郁症", 8),
    ("无", 135),
];
/// Services: name, weight, minutes, yuan an hour.
const SERVICES: [(&str, u32, u32, f64); 10] = [
    ("助餐", 320, 30, 30.0),
    ("助洁", 200, 100, 35.0),
    ("助浴", 80, 60, 90.0),
    ("助医", 60, 150, 40.0),
    ("理发", 60, 30, 40.0),
    ("日间照料", 100, 420, 12.0),
    ("康复训练", 60, 50, 100.0),
    ("心理慰藉", 40, 45, 60.0),
    ("压疮护理", 12, 50, 120.0),
    ("临终关怀", 4, 240, 60.0),
];
const REMARKS: [&str; 8] =
    ["老人情绪平稳", "血压偏高已提醒", "家属在场", "更换服务时间", "需轮椅", "听力差", "拒绝进食", "建议复诊"];

/// Makes the columns of `rows`, whose first row is the first of a block of `block` rows.
pub fn columns(seed: u64, rows: Range<u64>, block: u64) -> Vec<ArrayRef> {
    let mixed = |purpose, size| Permutation::new(key(seed, NAME, purpose), size);
    let groups = Groups::new(seed, NAME, &SIZES);
    let residents = Residents::elders();
    let (numbers, people) = (mixed("number", 10_u64.pow(9)), mixed("resident", residents.len()));
    let phones = mixed("phone", mobile_count());
    let (names, places) = (Names::new(), Places::new());
    let living = Weighted::new(&[430, 290, 190, 50, 40]);
    let diseases = Weighted::new(&DISEASES.map(|disease| disease.1));
    let services = Weighted::new(&SERVICES.map(|service| service.1));
    let content = Weighted::new(&[720, 220, 45, 15]);
    let elders = key(seed, NAME, "elders");
    fill(&COLUMNS, key(seed, NAME, "rows"), rows, block, |sheet, draw, row| {
        let share = groups.at(row);
        let mut own = Draw::new(elders, share.subject);
        let elder = residents.at(people.at(share.subject));
        let place = places.district(&mut own);
        let age = Date { year: YEAR, month: 12, day: 31 }.years_since(elder.birth);

        sheet.text().add("YL").digits(numbers.at(share.subject), 9).end();
        add_name(&names, &mut own, elder.male, sheet.text());
        sheet.cell(if elder.male { "男" } else { "女" });
        add_id(&mut own, &elder, 20, sheet.text());
        sheet.text().date(elder.birth).end();
        sheet.integer(i64::from(age));
        let address = sheet.text();
        add_home(&mut own, place, address);
        address.end();
        sheet.cell(DISTRICTS[place].name);
        sheet.cell(places.community(&mut own, place));
        sheet.cell(LIVING[living.draw(&mut own)]);
        let grade = ability(&mut own, age);
        sheet.cell(ABILITY[grade]);
        sheet.cell(DISEASES[diseases.draw(&mut own)].0);
        let male = own.chance(500);
        add_name(&names, &mut own, male, sheet.text());
        add_phone((!own.chance(10)).then(|| mobile(phones.at(share.subject))), sheet.text());

        let house = own.below(12);
        let name = sheet.text().add("天津市").add(DISTRICTS[place].name).add("第").digits(u64::from(house + 1), 1);
        name.add("养老服务中心").end();
        let code = sheet.text();
        add_credit_code("52", DISTRICTS[place].code, u64::from(DISTRICTS[place].code % 1000 * 100 + house), code);
        code.end();

        sheet.text().date(Date::of_year(YEAR, draw.below(366))).end();
        let (service, _, minutes, hourly) = SERVICES[services.draw(draw)];
        sheet.cell(service);
        let minutes = (draw.log_normal(f64::from(minutes), 0.25) as i64 / 5 * 5).clamp(10, 720);
        sheet.integer(minutes);
        let male = draw.chance(150);
        add_name(&names, draw, male, sheet.text());
        let fee = (minutes as f64 * hourly / 60.0 * 100.0) as i64 / 50 * 50;
        sheet.number(hundredths(fee));
        // the subsidy follows from the grade of ability
        sheet.number(hundredths(fee * [0, 20, 40, 60, 80][grade] / 100));
        sheet.cell(["非常满意", "满意", "一般", "不满意"][content.draw(draw)]);
        add_remark(&names, draw, 9, 80, &REMARKS, sheet.text());
    })
}

/// The grade of ability by age, an index into [`ABILITY`].
fn ability(draw: &mut Draw, age: u32) -> usize {
    let weak = age.saturating_sub(60) * 9;
    let dice = draw.below(1000);
    match 1000 - dice.min(1000) {
        left if left > 120 + weak => 0,
        left if left > 60 + weak * 6 / 10 => 1,
        left if left > 30 + weak * 3 / 10 => 2,
        left if left > 10 + weak / 10 => 3,
        _ => 4,
    }
}
