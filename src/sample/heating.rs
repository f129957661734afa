//! `district_heating`: homes supplied with heat, one row per household and season.
//!
//! The traps: the code of the home restates the account, the fee restates the area to the centimetre, large homes and
//! old houses are few, the heat exchange station names an estate, the day of payment is known to the bank.

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

pub const NAME: &str = "district_heating";

/// Column names and types, in order.
pub const COLUMNS: [(&str, DataType); 19] = [
    ("供热户号", DataType::Utf8),
    ("房屋编码", DataType::Utf8),
    ("户名", DataType::Utf8),
    ("身份证号", DataType::Utf8),
    ("手机号", DataType::Utf8),
    ("房屋地址", DataType::Utf8),
    ("区", DataType::Utf8),
    ("换热站", DataType::Utf8),
    ("建成年份", DataType::Int64),
    ("建筑面积", DataType::Float64),
    ("楼层位置", DataType::Utf8),
    ("供热季", DataType::Utf8),
    ("计费方式", DataType::Utf8),
    ("平均室温", DataType::Float64),
    ("报修次数", DataType::Int64),
    ("应缴热费", DataType::Float64),
    ("缴费日期", DataType::Utf8),
    ("停供", DataType::Utf8),
    ("备注", DataType::Utf8),
];

const FIRST_SEASON: u32 = 2022;
const SIZES: [u32; 8] = [3, 3, 3, 2, 3, 3, 3, 1];
const FLOORS: [&str; 3] = ["中间层", "顶层", "底层"];
const REMARKS: [&str; 8] =
    ["已换阀门", "暖气片改地暖", "申请测温", "室温不达标已退费", "分户改造", "楼上漏水", "已安装热表", "常年无人"];

/// Makes the columns of `rows`, whose first row is the first of a block of `block` rows.
pub fn columns(seed: u64, rows: Range<u64>, block: u64) -> Vec<ArrayRef> {
    let groups = Groups::new(seed, NAME, &SIZES);
    let homes = Households::new(seed, NAME);
    let accounts = Permutation::new(key(seed, NAME, "account"), 10_u64.pow(10));
    // from 1950 to 2021: few old houses, most from 1980 to 2015
    let built: Vec<u32> = (1950..2022).map(|year| if year < 1976 { 1 } else { 4 + (year - 1976) / 3 }).collect();
    let built = Weighted::new(&built);
    let floors = Weighted::new(&[700, 150, 150]);
    fill(&COLUMNS, key(seed, NAME, "rows"), rows, block, |sheet, draw, row| {
        let share = groups.at(row);
        let (home, mut own) = homes.at(share.subject);
        let account = accounts.at(share.subject);

        sheet.text().digits(account, 10).end();
        sheet.text().add("H").digits(account / 100, 8).add("-").digits(account % 100, 2).end();
        homes.add_holder(&mut own, &home, sheet.text());
        add_id(&mut own, &home.resident, 25, sheet.text());
        add_phone(home.phone, sheet.text());
        homes.add_address(&mut own, &home, sheet.text());
        sheet.cell(DISTRICTS[home.place].name);
        let station = homes.places.community(&mut own, home.place).trim_end_matches("社区");
        sheet.text().add(station).add("换热站").end();
        let year = 1950 + built.draw(&mut own) as i64;
        sheet.integer(year);
        sheet.number(hundredths(home.area));
        let floor = floors.draw(&mut own);
        sheet.cell(FLOORS[floor]);

        let season = FIRST_SEASON + 3 - share.of + share.index;
        sheet.text().digits(u64::from(season), 4).add("-").digits(u64::from(season + 1), 4).end();
        let metered = year >= 2008 && own.chance(420);
        sheet.cell(if metered { "按热量" } else { "按面积" });
        let stopped = own.chance(60) && draw.chance(800);
        let edge = if floor == 0 { 0.0 } else { -0.9 };
        let insulated = if year < 1985 { -0.8 } else { (year - 1985) as f64 * 0.05 };
        let degrees = (((20.6 + edge + insulated + draw.normal() * 1.1) * 10.0) as i64) as f64 / 10.0;
        sheet.number((!stopped && !draw.chance(90)).then_some(degrees));
        let cold = degrees < 19.0;
        let calls = if cold { draw.below(5) } else { u32::from(draw.chance(90)) };
        sheet.integer(if stopped { 0 } else { i64::from(calls) });
        // 25 yuan a square metre; a share of it where the supply is stopped or metered
        let fee = match (stopped, metered) {
            (true, _) => home.area * 5,
            (_, true) => home.area * i64::from(14 + own.below(14)),
            _ => home.area * 25,
        };
        sheet.number(hundredths(fee));
        match draw.chance(45) {
            true => sheet.text().null(),
            false => sheet.text().date(Date::after(season, 258 + draw.below(70) + draw.below(60))).end(),
        }
        sheet.cell(if stopped { "是" } else { "否" });
        add_remark(&homes.names, draw, 6, 50, &REMARKS, sheet.text());
    })
}
