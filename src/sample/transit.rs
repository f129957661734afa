//! `transit_cards`: taps of public transport cards in one week, one row per tap.
//!
//! A card has one to forty taps: whoever knows four of them knows the card. The traps: the balance falls by each fare
//! and chains the taps of a card, commuters take the same line at the same hour every day, cards of pupils and of old
//! people carry names and resident ids, the numbers of terminal and bus tell line and place, night buses are rare.

use std::ops::Range;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;

use super::codes::add_luhn;
use super::draw::{Draw, Weighted, key};
use super::groups::Groups;
use super::household::{add_id, add_name, add_phone};
use super::permutation::Permutation;
use super::person::{Names, Residents, mobile, mobile_count};
use super::sheet::fill;
use super::text::{Date, hundredths};

pub const NAME: &str = "transit_cards";

/// Column names and types, in order.
pub const COLUMNS: [(&str, DataType); 17] = [
    ("卡号", DataType::Utf8),
    ("卡种", DataType::Utf8),
    ("持卡人", DataType::Utf8),
    ("身份证号", DataType::Utf8),
    ("手机号", DataType::Utf8),
    ("交易流水号", DataType::Utf8),
    ("交易日期", DataType::Utf8),
    ("交易时间", DataType::Utf8),
    ("统计小时", DataType::Utf8),
    ("出行方式", DataType::Utf8),
    ("线路", DataType::Utf8),
    ("站点", DataType::Utf8),
    ("终端号", DataType::Utf8),
    ("车牌号", DataType::Utf8),
    ("交易金额", DataType::Float64),
    ("卡内余额", DataType::Float64),
    ("换乘优惠", DataType::Utf8),
];

/// The week begins on Monday, 14 October 2024.
const YEAR: u32 = 2024;
const MONDAY: Date = Date { year: YEAR, month: 10, day: 14 };
/// Taps of a card: many cards have few.
const SIZES: [u32; 20] = [10, 1, 14, 2, 12, 4, 10, 6, 18, 1, 8, 12, 3, 10, 26, 2, 14, 5, 10, 40];
const KINDS: [&str; 5] = ["普通卡", "学生卡", "老年卡", "月票卡", "爱心卡"];
const ORDINARY: usize = 0;
const PUPIL: usize = 1;
const OLD: usize = 2;
/// Lines: name, by rail, weight, stops.
pub const LINES: [(&str, bool, u32, u32); 24] = [
    ("地铁1号线", true, 120, 26),
    ("地铁2号线", true, 90, 20),
    ("地铁3号线", true, 130, 26),
    ("地铁5号线", true, 90, 28),
    ("地铁6号线", true, 110, 39),
    ("地铁9号线", true, 100, 21),
    ("地铁10号线", true, 60, 21),
    ("地铁4号线", true, 50, 14),
    ("1路", false, 20, 25),
    ("8路", false, 24, 30),
    ("35路", false, 22, 28),
    ("606路", false, 18, 26),
    ("657路", false, 18, 31),
    ("693路", false, 16, 33),
    ("834路", false, 14, 25),
    ("851路", false, 14, 24),
    ("902路", false, 14, 22),
    ("951路", false, 12, 27),
    ("观光1路", false, 4, 18),
    ("通勤快线3路", false, 6, 8),
    ("滨海501路", false, 16, 26),
    ("滨海936路", false, 12, 30),
    ("武清12路", false, 8, 20),
    ("夜间2路", false, 1, 16),
];

/// Makes the columns of `rows`, whose first row is the first of a block of `block` rows.
pub fn columns(seed: u64, rows: Range<u64>, block: u64) -> Vec<ArrayRef> {
    let mixed = |purpose, size| Permutation::new(key(seed, NAME, purpose), size);
    let groups = Groups::new(seed, NAME, &SIZES);
    let (cards, serials) = (mixed("card", 10_u64.pow(9)), mixed("serial", 10_u64.pow(12)));
    let (old, young) = (Residents::elders(), Residents::pupils());
    let (elders, pupils) = (mixed("elder", old.len()), mixed("pupil", young.len()));
    let phones = mixed("phone", mobile_count());
    let names = Names::new();
    let kinds = Weighted::new(&[680, 90, 150, 65, 15]);
    let lines = Weighted::new(&LINES.map(|line| line.2));
    // at which hour somebody travels who is not bound to one
    let hours =
        Weighted::new(&[1, 0, 0, 0, 1, 12, 40, 90, 90, 60, 55, 55, 50, 50, 55, 60, 70, 90, 80, 50, 35, 25, 14, 5]);
    let cards_of = key(seed, NAME, "cards");
    fill(&COLUMNS, key(seed, NAME, "rows"), rows, block, |sheet, draw, row| {
        let share = groups.at(row);
        let mut own = Draw::new(cards_of, share.subject);
        let kind = kinds.draw(&mut own);
        let number = sheet.text();
        add_luhn(&format!("310483{:012}", cards.at(share.subject)), number);
        number.end();
        sheet.cell(KINDS[kind]);
        let holder = match kind {
            PUPIL => Some(young.at(pupils.at(share.subject))),
            OLD | 4 => Some(old.at(elders.at(share.subject))),
            _ => None,
        };
        match &holder {
            Some(holder) => {
                add_name(&names, &mut own, holder.male, sheet.text());
                add_id(&mut own, holder, 30, sheet.text());
            }
            None => (0..2).for_each(|_| sheet.text().null()),
        }
        let registered = holder.is_some() || own.chance(250);
        add_phone(registered.then(|| mobile(phones.at(share.subject))), sheet.text());
        sheet.text().digits(serials.at(row), 12).end();

        // commuters go to and fro on their line, at their hours; pupils as well, old people when it suits them
        let commutes = share.of >= 8 && kind != OLD;
        let (line, stops) = (lines.draw(&mut own), [own.below(40), own.below(40)]);
        let start = if kind == PUPIL { 7 } else { 6 + own.below(4) };
        let back = share.index % 2 == 1;
        let usual = commutes && draw.chance(800);
        let day = if usual { share.index / 2 % 5 } else { draw.below(7) };
        let hour = match usual {
            true if back => start + 9 + draw.below(2),
            true => start,
            false => hours.draw(draw) as u32,
        };
        let line = if usual || draw.chance(300) { line } else { lines.draw(draw) };
        let (name, rail, _, length) = LINES[line];
        let stop = if usual { stops[usize::from(back)] % length } else { draw.below(length) };
        sheet.text().date(Date::after(YEAR, MONDAY.days_after(YEAR) + day)).end();
        let time = sheet.text().digits(u64::from(hour), 2).add(":").digits(u64::from(draw.below(60)), 2);
        time.add(":").digits(u64::from(draw.below(60)), 2).end();
        sheet.text().digits(u64::from(hour), 2).end();
        sheet.cell(if rail { "地铁" } else { "公交" });
        sheet.cell(name);
        sheet.text().add(name).add("-").digits(u64::from(stop + 1), 2).add("站").end();
        let terminal = sheet.text().add(if rail { "G" } else { "B" }).digits(line as u64, 2);
        terminal.digits(u64::from(stop), 2).digits(u64::from(draw.below(40)), 2).end();
        match rail {
            true => sheet.text().null(),
            false => sheet.text().add("津A").digits(u64::from(10_000 + line as u32 * 97 + draw.below(24)), 5).end(),
        }
        let full = if rail { 200 + 100 * draw.below(5) } else { 200 };
        let fare = match kind {
            OLD | 4 => 0,
            PUPIL => full / 2,
            ORDINARY => full * 9 / 10,
            _ => 150,
        };
        sheet.number(hundredths(i64::from(fare)));
        let charged = 5_000 + i64::from(own.below(250)) * 100;
        sheet.number(hundredths((charged - i64::from(share.index) * i64::from(fare)).max(0)));
        sheet.maybe(draw.chance(120).then_some("一小时换乘减免"));
    })
}
