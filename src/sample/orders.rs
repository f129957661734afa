//! `online_orders`: orders of an online shop, one row per order; a buyer may have several.
//!
//! Headers are English, values partly Chinese, as such shops have them. The traps: the user's phone is also the
//! login, device and address follow a buyer through all orders, orders name a receiver and a parcel, night orders and
//! bulk orders are rare, medicines and adult goods tell much, reviews hold names and phones, the exact sum of an order
//! is on the bank statement.

use std::ops::Range;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;

use super::codes::add_luhn;
use super::draw::{Draw, Weighted, key};
use super::groups::Groups;
use super::household::{add_name, add_remark};
use super::permutation::Permutation;
use super::person::{Names, Residents, mobile, mobile_count};
use super::sheet::fill;
use super::text::{Date, hundredths};
use super::tianjin::{DISTRICTS, Places, add_home};

pub const NAME: &str = "online_orders";

/// Column names and types, in order.
pub const COLUMNS: [(&str, DataType); 23] = [
    ("order_id", DataType::Utf8),
    ("user_id", DataType::Utf8),
    ("login_phone", DataType::Utf8),
    ("receiver_name", DataType::Utf8),
    ("receiver_phone", DataType::Utf8),
    ("receiver_address", DataType::Utf8),
    ("district", DataType::Utf8),
    ("gender", DataType::Utf8),
    ("birth_year", DataType::Int64),
    ("member_level", DataType::Utf8),
    ("device_imei", DataType::Utf8),
    ("client_ip", DataType::Utf8),
    ("order_date", DataType::Utf8),
    ("order_time", DataType::Utf8),
    ("category", DataType::Utf8),
    ("sku", DataType::Utf8),
    ("quantity", DataType::Int64),
    ("unit_price", DataType::Float64),
    ("amount", DataType::Float64),
    ("pay_method", DataType::Utf8),
    ("tracking_no", DataType::Utf8),
    ("rating", DataType::Utf8),
    ("review", DataType::Utf8),
];

/// Orders lie in October and November 2024, with a peak on 11 November.
const FIRST: Date = Date { year: 2024, month: 10, day: 1 };
const SIZES: [u32; 12] = [1, 2, 1, 3, 1, 1, 5, 2, 1, 1, 2, 9];
const LEVELS: [&str; 4] = ["normal", "silver", "gold", "diamond"];
/// Categories: name, weight, median price in yuan.
const CATEGORIES: [(&str, u32, f64); 22] = [
    ("零食", 110, 32.0),
    ("粮油", 60, 58.0),
    ("生鲜", 80, 46.0),
    ("酒水", 30, 160.0),
    ("女装", 100, 130.0),
    ("男装", 70, 120.0),
    ("童装", 45, 80.0),
    ("鞋靴", 50, 190.0),
    ("手机", 22, 2600.0),
    ("电脑", 14, 4200.0),
    ("大家电", 16, 2300.0),
    ("小家电", 40, 240.0),
    ("家居日用", 110, 35.0),
    ("家具", 16, 900.0),
    ("美妆", 60, 150.0),
    ("母婴", 45, 140.0),
    ("图书", 40, 45.0),
    ("玩具", 34, 70.0),
    ("运动户外", 40, 170.0),
    ("宠物", 20, 85.0),
    ("非处方药", 22, 48.0),
    ("成人用品", 6, 99.0),
];
const PAYMENTS: [&str; 5] = ["微信支付", "支付宝", "银行卡", "数字人民币", "货到付款"];
const REVIEWS: [&str; 8] =
    ["物流很快", "质量不错", "包装破损", "尺码偏小", "与描述不符", "回购", "客服态度好", "一般般"];

/// Makes the columns of `rows`, whose first row is the first of a block of `block` rows.
pub fn columns(seed: u64, rows: Range<u64>, block: u64) -> Vec<ArrayRef> {
    let mixed = |purpose, size| Permutation::new(key(seed, NAME, purpose), size);
    let groups = Groups::new(seed, NAME, &SIZES);
    let residents = Residents::workers();
    let people = mixed("resident", residents.len());
    let (users, phones) = (mixed("user", 10_u64.pow(10)), mixed("phone", mobile_count()));
    let (orders, parcels) = (mixed("order", 10_u64.pow(12)), mixed("parcel", 10_u64.pow(13)));
    let devices = mixed("device", 10_u64.pow(10));
    let (names, places) = (Names::new(), Places::new());
    let categories = Weighted::new(&CATEGORIES.map(|category| category.1));
    let levels = Weighted::new(&[620, 230, 120, 30]);
    let payments = Weighted::new(&[460, 400, 90, 40, 10]);
    let hours =
        Weighted::new(&[25, 10, 5, 3, 3, 5, 12, 25, 40, 55, 62, 60, 58, 55, 52, 52, 52, 55, 58, 65, 80, 90, 75, 45]);
    let quantities = Weighted::new(&[740, 150, 50, 25, 15, 10, 4, 3, 2, 1]);
    let buyers = key(seed, NAME, "buyers");
    fill(&COLUMNS, key(seed, NAME, "rows"), rows, block, |sheet, draw, row| {
        let share = groups.at(row);
        let mut own = Draw::new(buyers, share.subject);
        let buyer = residents.at(people.at(share.subject));
        let phone = mobile(phones.at(share.subject));
        let place = places.district(&mut own);

        sheet.text().digits(orders.at(row), 12).end();
        sheet.text().add("u").digits(users.at(share.subject), 10).end();
        sheet.text().digits(phone, 11).end();
        let (mut at_home, gift) = (Draw::new(buyers, share.subject | 1 << 62), draw.chance(40));
        let male = if gift { draw.chance(500) } else { buyer.male };
        add_name(&names, if gift { draw } else { &mut at_home }, male, sheet.text());
        let other = mobile(u64::from(draw.below(u32::MAX)) % mobile_count());
        sheet.text().digits(if gift { other } else { phone }, 11).end();
        let address = sheet.text();
        add_home(if gift { draw } else { &mut at_home }, place, address);
        address.end();
        sheet.cell(DISTRICTS[place].name);
        let told = own.chance(930);
        sheet.maybe(told.then_some(if buyer.male { "M" } else { "F" }));
        sheet.integer(i64::from(buyer.birth.year));
        sheet.cell(LEVELS[levels.draw(&mut own)]);
        let imei = sheet.text();
        add_luhn(&format!("8631{:010}", devices.at(share.subject)), imei);
        imei.end();
        let (a, b) = (draw.below(120), draw.below(254));
        sheet.text().add(&format!("60.{}.{a}.{}", 24 + own.below(8), b + 1)).end();

        // a quarter of all is bought in the days of the sale
        let day = if draw.chance(250) { 38 + draw.below(5) } else { draw.below(61) };
        sheet.text().date(Date::after(FIRST.year, FIRST.days_after(FIRST.year) + day)).end();
        let time = sheet.text().digits(hours.draw(draw) as u64, 2).add(":").digits(u64::from(draw.below(60)), 2);
        time.add(":").digits(u64::from(draw.below(60)), 2).end();
        let index = categories.draw(draw);
        let (category, _, usual) = CATEGORIES[index];
        sheet.cell(category);
        sheet.text().add("SKU").digits(index as u64 + 10, 2).digits(u64::from(draw.below(4_000)), 6).end();
        let quantity = match draw.chance(3) {
            true => 20 + i64::from(draw.below(300)),
            false => 1 + quantities.draw(draw) as i64,
        };
        let price = (draw.log_normal(usual, 0.5) * 100.0) as i64 / 10 * 10;
        sheet.integer(quantity);
        sheet.number(hundredths(price));
        sheet.number(hundredths(price * quantity));
        sheet.cell(PAYMENTS[payments.draw(draw)]);
        sheet.text().add("YT").digits(parcels.at(row), 13).end();
        sheet.maybe(draw.chance(420).then(|| draw.one_of(&["5", "5", "5", "4", "4", "3", "2", "1"])));
        add_remark(&names, draw, 6, 160, &REVIEWS, sheet.text());
    })
}
