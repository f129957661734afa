//! `residential_gas`: bills of gas and safety inspections, one row per account and quarter.
//!
//! The traps: the meter and the card of prepaid meters restate the account, inspectors are named, homes with a boiler
//! for heating use twenty times what a kitchen does, dangers found by an inspection are rare and embarrassing, and the
//! day of an inspection is known to all neighbours.

use std::ops::Range;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;

use super::draw::{Weighted, key};
use super::groups::Groups;
use super::household::{Households, add_id, add_phone, add_remark};
use super::permutation::Permutation;
use super::sheet::fill;
use super::text::{Date, hundredths};
use super::tianjin::DISTRICTS;

pub const NAME: &str = "residential_gas";

/// Column names and types, in order.
pub const COLUMNS: [(&str, DataType); 19] = [
    ("用户编号", DataType::Utf8),
    ("燃气表号", DataType::Utf8),
    ("燃气卡号", DataType::Utf8),
    ("户名", DataType::Utf8),
    ("身份证号", DataType::Utf8),
    ("联系电话", DataType::Utf8),
    ("用气地址", DataType::Utf8),
    ("区", DataType::Utf8),
    ("社区", DataType::Utf8),
    ("人口数", DataType::Int64),
    ("用气类型", DataType::Utf8),
    ("账期", DataType::Utf8),
    ("用气量", DataType::Float64),
    ("应缴气费", DataType::Float64),
    ("安检日期", DataType::Utf8),
    ("安检员", DataType::Utf8),
    ("安检结果", DataType::Utf8),
    ("隐患类型", DataType::Utf8),
    ("备注", DataType::Utf8),
];

const YEAR: u32 = 2024;
const SIZES: [u32; 10] = [4, 4, 4, 4, 3, 4, 4, 4, 4, 1];
/// What gas is used for, and cubic metres in a quarter beside what each inhabitant adds.
const USES: [(&str, f64); 4] = [("炊事", 14.0), ("炊事和热水", 26.0), ("壁挂炉采暖", 60.0), ("餐饮兼居住", 220.0)];
const BOILER: usize = 2;
const RESULTS: [&str; 4] = ["合格", "存在隐患", "到访不遇", "拒绝入户"];
const DANGERS: [&str; 7] =
    ["胶管老化", "未装报警器", "热水器无排烟管", "私自改管", "厨房住人", "灶具无熄火保护", "燃气泄漏"];
const REMARKS: [&str; 8] =
    ["已换智能表", "表锁完好", "欠费停气已恢复", "已开通代扣", "房屋出租", "需预约上门", "老人独居", "已张贴安检通知"];

/// Makes the columns of `rows`, whose first row is the first of a block of `block` rows.
pub fn columns(seed: u64, rows: Range<u64>, block: u64) -> Vec<ArrayRef> {
    let groups = Groups::new(seed, NAME, &SIZES);
    let homes = Households::new(seed, NAME);
    let accounts = Permutation::new(key(seed, NAME, "account"), 10_u64.pow(10));
    let uses = Weighted::new(&[430, 440, 122, 8]);
    let results = Weighted::new(&[700, 130, 150, 20]);
    let dangers = Weighted::new(&[340, 260, 120, 90, 50, 130, 10]);
    fill(&COLUMNS, key(seed, NAME, "rows"), rows, block, |sheet, draw, row| {
        let share = groups.at(row);
        let (home, mut own) = homes.at(share.subject);
        let account = accounts.at(share.subject);

        sheet.text().digits(account, 10).end();
        sheet.text().add("GM").digits(account, 10).add(if own.chance(30) { "A" } else { "" }).end();
        let prepaid = own.chance(450);
        match prepaid {
            true => sheet.text().add("6").digits(account, 11).end(),
            false => sheet.text().null(),
        }
        homes.add_holder(&mut own, &home, sheet.text());
        add_id(&mut own, &home.resident, 30, sheet.text());
        add_phone(home.phone, sheet.text());
        homes.add_address(&mut own, &home, sheet.text());
        sheet.cell(DISTRICTS[home.place].name);
        sheet.cell(homes.places.community(&mut own, home.place));
        sheet.integer(home.people);
        let kind = uses.draw(&mut own);
        let (use_name, usual) = USES[kind];
        sheet.cell(use_name);

        let quarter = 4 - share.of + share.index;
        sheet.text().digits(u64::from(YEAR), 4).add("Q").digits(u64::from(quarter + 1), 1).end();
        let cold = match (kind, quarter) {
            (BOILER, 0) => 12.0,
            (BOILER, 3) => 7.0,
            (_, 0 | 3) => 1.15,
            _ => 1.0,
        };
        let used = (draw.log_normal((usual + 5.0 * home.people as f64) * cold, 0.36) * 10.0) as i64;
        let used = if own.chance(35) { 0 } else { used };
        sheet.number(used as f64 / 10.0);
        sheet.number(hundredths(used * 279 / 10));

        // one inspection a year; the quarter and what it finds belong to the household
        let inspected = own.below(4);
        let day = own.below(90);
        let result = results.draw(&mut own);
        let danger = DANGERS[dangers.draw(&mut own)];
        if inspected == quarter {
            sheet.text().date(Date::after(YEAR, quarter * 91 + day)).end();
            let male = draw.chance(600);
            let inspector = sheet.text();
            homes.names.add(draw, male, inspector);
            inspector.end();
            sheet.cell(RESULTS[result]);
            sheet.maybe((result == 1).then_some(danger));
        } else {
            (0..4).for_each(|_| sheet.text().null());
        }
        add_remark(&homes.names, draw, 6, 60, &REMARKS, sheet.text());
    })
}
