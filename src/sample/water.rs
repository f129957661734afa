//! `residential_water`: water meters read every month of half a year, one row per account and month.
//!
//! Most accounts have six readings, some were opened or closed in between. The traps: meter numbers restate the
//! account, readings of the meter are fingerprints and chain the months of an account, a burst pipe gives a reading
//! that nobody else has, vacant homes have none at all, names and addresses have blanks around them.

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

pub const NAME: &str = "residential_water";

/// Column names and types, in order.
pub const COLUMNS: [(&str, DataType); 18] = [
    ("户号", DataType::Utf8),
    ("水表编号", DataType::Utf8),
    ("户主姓名", DataType::Utf8),
    ("身份证号", DataType::Utf8),
    ("联系电话", DataType::Utf8),
    ("用水地址", DataType::Utf8),
    ("区", DataType::Utf8),
    ("社区", DataType::Utf8),
    ("用水性质", DataType::Utf8),
    ("人口数", DataType::Int64),
    ("账期", DataType::Utf8),
    ("抄表日期", DataType::Utf8),
    ("抄表方式", DataType::Utf8),
    ("上期读数", DataType::Int64),
    ("本期读数", DataType::Int64),
    ("用水量", DataType::Int64),
    ("应缴水费", DataType::Float64),
    ("抄表备注", DataType::Utf8),
];

/// Months of the readings of an account, from which on: July to December 2024.
const YEAR: u32 = 2024;
const FIRST_MONTH: u32 = 7;
const SIZES: [u32; 12] = [6, 6, 6, 6, 6, 4, 6, 6, 6, 6, 6, 2];
const USES: [&str; 4] = ["居民生活", "居民合表", "低保优惠", "居民生活(多人口)"];
const MANY_PEOPLE: usize = 3;
const READ: [&str; 4] = ["远传", "人工", "自报", "估抄"];
const REMARKS: [&str; 8] =
    ["水表井被压", "家中无人", "表蒙尘已清洗", "已换远传表", "水表滞行", "阀门渗漏已报修", "新装", "更换水表"];

/// Makes the columns of `rows`, whose first row is the first of a block of `block` rows.
pub fn columns(seed: u64, rows: Range<u64>, block: u64) -> Vec<ArrayRef> {
    let groups = Groups::new(seed, NAME, &SIZES);
    let homes = Households::new(seed, NAME);
    let accounts = Permutation::new(key(seed, NAME, "account"), 10_u64.pow(9));
    let uses = Weighted::new(&[880, 60, 35, 25]);
    let ways = Weighted::new(&[620, 260, 70, 50]);
    fill(&COLUMNS, key(seed, NAME, "rows"), rows, block, |sheet, draw, row| {
        let share = groups.at(row);
        let (home, mut own) = homes.at(share.subject);
        let account = accounts.at(share.subject);
        let district = &DISTRICTS[home.place];

        sheet.text().digits(account, 9).end();
        sheet.text().add("WM").digits(u64::from(district.code), 6).add("-").digits(account, 9).end();
        homes.add_holder(&mut own, &home, sheet.text());
        add_id(&mut own, &home.resident, 20, sheet.text());
        add_phone(home.phone, sheet.text());
        homes.add_address(&mut own, &home, sheet.text());
        sheet.cell(district.name);
        sheet.cell(homes.places.community(&mut own, home.place));
        let class = if home.people >= 5 { MANY_PEOPLE } else { uses.draw(&mut own).min(MANY_PEOPLE - 1) };
        sheet.cell(USES[class]);
        sheet.integer(home.people);

        // accounts with fewer readings were opened, and have the last months
        let month = FIRST_MONTH + 6 - share.of + share.index;
        sheet.text().digits(u64::from(YEAR), 4).add("-").digits(u64::from(month), 2).end();
        sheet.text().date(Date { year: YEAR, month, day: 20 + own.below(8) }).end();
        sheet.cell(READ[ways.draw(draw)]);

        // all readings before this one, from the stream of the household: they add up
        let vacant = own.chance(40);
        let mut reading = i64::from(own.below(2_600));
        let mut used = 0;
        for step in 0..=share.index {
            reading += used;
            let summer = if month - share.index + step <= 9 { 1.15 } else { 1.0 };
            let usual = own.log_normal((2.2 + 2.3 * home.people as f64) * summer, 0.38);
            let burst = if own.chance(3) { 18.0 } else { 1.0 };
            used = if vacant { i64::from(own.chance(150)) } else { (usual * burst) as i64 };
        }
        sheet.integer(reading);
        sheet.integer(reading + used);
        sheet.integer(used);
        sheet.number(hundredths(bill(used, class)));
        add_remark(&homes.names, draw, 5, 50, &REMARKS, sheet.text());
    })
}

/// The bill in 0.01 yuan for cubic metres in one month: three tiers, after the form of real price lists.
fn bill(used: i64, class: usize) -> i64 {
    let more = if class == MANY_PEOPLE { 5 } else { 0 };
    let price = [490, 485, 390, 490][class];
    let second = (used - 15 - more).max(0) * 130;
    let third = (used - 20 - more).max(0) * 180;
    used * price + if class == 1 { 0 } else { second + third }
}
