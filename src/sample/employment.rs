//! `employment_insurance`: employment and social insurance, one row per person and employment in a year.
//!
//! One person in eight changed employers and has two rows. The traps: the social security number is the resident id,
//! employers with one employee, bases of contribution of those who earn most, rare reasons of leaving, the employer's
//! name and code, bank accounts, the days of hiring and leaving.

use std::ops::Range;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;

use super::codes::{add_credit_code, add_luhn};
use super::draw::{Draw, Weighted, key};
use super::groups::Groups;
use super::household::{add_name, add_phone, add_remark};
use super::industry::{SECTIONS, division_weight};
use super::permutation::Permutation;
use super::person::{Names, Residents, mobile, mobile_count};
use super::sheet::fill;
use super::text::{Date, hundredths};
use super::tianjin::{DISTRICTS, Places};

pub const NAME: &str = "employment_insurance";

/// Column names and types, in order.
pub const COLUMNS: [(&str, DataType); 21] = [
    ("社会保障号码", DataType::Utf8),
    ("个人编号", DataType::Utf8),
    ("姓名", DataType::Utf8),
    ("性别", DataType::Utf8),
    ("出生日期", DataType::Utf8),
    ("手机号", DataType::Utf8),
    ("户籍性质", DataType::Utf8),
    ("文化程度", DataType::Utf8),
    ("参保区", DataType::Utf8),
    ("单位名称", DataType::Utf8),
    ("单位信用代码", DataType::Utf8),
    ("行业大类", DataType::Utf8),
    ("就业形式", DataType::Utf8),
    ("参保起始日期", DataType::Utf8),
    ("停保日期", DataType::Utf8),
    ("停保原因", DataType::Utf8),
    ("缴费基数", DataType::Float64),
    ("累计缴费月数", DataType::Int64),
    ("失业保险金", DataType::Float64),
    ("银行账号", DataType::Utf8),
    ("备注", DataType::Utf8),
];

const YEAR: u32 = 2024;
const SIZES: [u32; 8] = [1, 1, 1, 1, 1, 2, 1, 1];
/// Least and largest base of contribution, in yuan a month, after the form of real ones.
const LEAST: f64 = 4_857.0;
const MOST: f64 = 25_350.0;
const SCHOOLING: [(&str, f64); 6] =
    [("初中及以下", 0.72), ("高中", 0.85), ("大专", 1.0), ("本科", 1.3), ("硕士", 1.75), ("博士", 2.3)];
const FORMS: [&str; 4] = ["单位就业", "灵活就业", "劳务派遣", "公益性岗位"];
const LEFT: [&str; 8] = ["个人辞职", "合同到期", "单位裁员", "单位破产", "退休", "出国定居", "死亡", "被开除"];
const REMARKS: [&str; 8] =
    ["补缴", "转移接续", "缴费基数待核", "退役军人", "就业困难人员", "工伤认定中", "一次性缴费", "异地参保"];

/// Makes the columns of `rows`, whose first row is the first of a block of `block` rows.
pub fn columns(seed: u64, rows: Range<u64>, block: u64) -> Vec<ArrayRef> {
    let mixed = |purpose, size| Permutation::new(key(seed, NAME, purpose), size);
    let groups = Groups::new(seed, NAME, &SIZES);
    let residents = Residents::workers();
    let (numbers, people) = (mixed("number", 10_u64.pow(9)), mixed("resident", residents.len()));
    let (phones, accounts) = (mixed("phone", mobile_count()), mixed("account", 10_u64.pow(11)));
    let (names, places) = (Names::new(), Places::new());
    let schooling = Weighted::new(&[170, 210, 250, 290, 70, 10]);
    let sections = Weighted::new(&SECTIONS.map(|section| section.weight));
    let divisions = SECTIONS.iter().map(|s| (s.first..=s.last).map(division_weight).collect::<Vec<_>>());
    let divisions: Vec<Weighted> = divisions.map(|weights| Weighted::new(&weights)).collect();
    let forms = Weighted::new(&[720, 200, 70, 10]);
    let reasons = Weighted::new(&[520, 260, 110, 20, 70, 6, 8, 6]);
    let workers = key(seed, NAME, "workers");
    fill(&COLUMNS, key(seed, NAME, "rows"), rows, block, |sheet, draw, row| {
        let share = groups.at(row);
        let mut own = Draw::new(workers, share.subject);
        let worker = residents.at(people.at(share.subject));

        let number = sheet.text();
        worker.add_id(number);
        number.end();
        sheet.text().digits(numbers.at(share.subject), 10).end();
        add_name(&names, &mut own, worker.male, sheet.text());
        sheet.cell(if worker.male { "男" } else { "女" });
        sheet.text().date(worker.birth).end();
        add_phone((!own.chance(20)).then(|| mobile(phones.at(share.subject))), sheet.text());
        let rural = own.chance(260);
        sheet.cell(if own.chance(180) {
            "外埠"
        } else if rural {
            "本市农业"
        } else {
            "本市非农业"
        });
        let young = worker.birth.year >= 1980;
        let level = schooling.draw(&mut own);
        let level = if young { level } else { level.saturating_sub(1) };
        sheet.cell(SCHOOLING[level].0);

        // another employment may be in another district and industry
        let place = places.district(draw);
        sheet.cell(DISTRICTS[place].name);
        let section = sections.draw(draw);
        let form = forms.draw(draw);
        match form {
            1 => (0..2).for_each(|_| sheet.text().null()),
            _ => {
                // many small employers, some of them with one employee
                let size = draw.below(1000);
                let firm = draw.below(if size < 400 { 40 } else { 30_000 });
                let name = sheet.text().add("天津").add(draw.one_of(&["鑫", "华", "海", "津", "盛", "恒", "瑞"]));
                name.add(draw.one_of(&["达", "泰", "源", "通", "丰", "诚"])).digits(u64::from(firm), 1);
                name.add(draw.one_of(SECTIONS[section].words)).add("有限公司").end();
                let code = sheet.text();
                add_credit_code("91", DISTRICTS[place].code, u64::from(firm) * 20 + section as u64, code);
                code.end();
            }
        }
        sheet.text().digits(u64::from(SECTIONS[section].first) + divisions[section].draw(draw) as u64, 2).end();
        sheet.cell(FORMS[form]);

        // the first of two employments ended in the first half of the year
        let first = share.index + 1 < share.of;
        let begun = if share.index > 0 { 183 + draw.below(120) } else { draw.below(170) };
        let year = if share.index > 0 { YEAR } else { YEAR - draw.below(9) };
        sheet.text().date(Date::of_year(year, begun)).end();
        let ended = first || draw.chance(90);
        match ended {
            true => {
                sheet
                    .text()
                    .date(Date::of_year(YEAR, if first { 172 + draw.below(11) } else { 310 + draw.below(56) }))
                    .end();
                sheet.cell(LEFT[reasons.draw(draw).min(if first { 2 } else { 7 })]);
            }
            false => (0..2).for_each(|_| sheet.text().null()),
        }
        let wage = draw.log_normal(6_900.0 * SCHOOLING[level].1, 0.42);
        sheet.number((wage.clamp(LEAST, MOST) as i64) as f64);
        let months = (YEAR - worker.birth.year).saturating_sub(21) * 12;
        sheet.integer(i64::from(own.below(months.max(12) + 1)));
        sheet.number(
            (ended && !first && draw.chance(600)).then(|| hundredths(148_000 + i64::from(draw.below(7)) * 4_000)),
        );
        let account = sheet.text();
        add_luhn(&format!("6217{:014}", accounts.at(share.subject)), account);
        account.end();
        add_remark(&names, draw, 5, 40, &REMARKS, sheet.text());
    })
}
