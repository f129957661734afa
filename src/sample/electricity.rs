//! `residential_electricity`: a month's bill, one row per account.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Builder, Int64Builder};
use arrow::datatypes::DataType;

use super::draw::{Draw, Weighted, key};
use super::permutation::Permutation;
use super::person::{Names, Residents, mobile, mobile_count, present_code};
use super::text::{Text, hundredths};
use super::tianjin::{DISTRICTS, Places, add_home};

pub const NAME: &str = "residential_electricity";

/// Column names and types, in order.
pub const COLUMNS: [(&str, DataType); 19] = [
    ("户号", DataType::Utf8),
    ("表号", DataType::Utf8),
    ("户名", DataType::Utf8),
    ("身份证号", DataType::Utf8),
    ("手机号", DataType::Utf8),
    ("地址", DataType::Utf8),
    ("出生日期", DataType::Utf8),
    ("性别", DataType::Utf8),
    ("区", DataType::Utf8),
    ("社区", DataType::Utf8),
    ("人口数", DataType::Int64),
    ("建筑面积", DataType::Float64),
    ("电价类别", DataType::Utf8),
    ("用电量", DataType::Float64),
    ("峰电量", DataType::Float64),
    ("谷电量", DataType::Float64),
    ("应缴电费", DataType::Float64),
    ("欠费原因", DataType::Utf8),
    ("备注", DataType::Utf8),
];

const TARIFFS: [&str; 5] = ["一户一表", "峰谷分时", "合表", "低保户", "多人口户"];
const BY_HOUR: usize = 1;
const SHARED_METER: usize = 2;
const LOW_INCOME: usize = 3;
const LARGE: usize = 4;
const HARDSHIP: &str = "经济困难";
const ARREARS: [&str; 6] = ["未收到账单", "长期无人居住", "租户未缴", HARDSHIP, "联系不上", "计量争议"];
const REMARKS: [&str; 10] = [
    "已换智能表",
    "电表在楼道",
    "需要纸质账单",
    "上门前请预约",
    "已开通代扣",
    "表箱锁已更换",
    "房屋出租",
    "新装用户",
    "用户申请校表",
    "安装光伏",
];

/// What all rows of one seed share.
struct Maker {
    accounts: [Permutation; 2],
    meters: Permutation,
    people: Permutation,
    phones: Permutation,
    residents: Residents,
    names: Names,
    places: Places,
    sizes: [Weighted; 2],
    tariffs: Weighted,
    arrears: Weighted,
}

impl Maker {
    fn new(seed: u64) -> Self {
        let mixed = |purpose, size| Permutation::new(key(seed, NAME, purpose), size);
        let residents = Residents::holders();
        Self {
            accounts: [mixed("account of 10", 10_u64.pow(10)), mixed("account of 13", 10_u64.pow(13))],
            meters: mixed("meter", 10_u64.pow(12)),
            people: mixed("resident", residents.len()),
            phones: mixed("phone", mobile_count()),
            residents,
            names: Names::new(),
            places: Places::new(),
            sizes: [
                Weighted::new(&[180, 270, 310, 140, 70, 20, 7, 2, 1]),
                Weighted::new(&[300, 490, 100, 50, 40, 14, 4, 1, 1]),
            ],
            tariffs: Weighted::new(&[760, 130, 55, 30, 25]),
            arrears: Weighted::new(&[420, 250, 150, 90, 60, 30]),
        }
    }
}

/// Makes the columns of `rows`, whose first row is the first of a block of `block` rows.
pub fn columns(seed: u64, rows: Range<u64>, block: u64) -> Vec<ArrayRef> {
    let maker = Maker::new(seed);
    let stream = key(seed, NAME, "rows");
    let mut table = Table::new((rows.end - rows.start) as usize);
    let mut draw = Draw::new(stream, rows.start / block);
    for row in rows {
        if row % block == 0 {
            draw = Draw::new(stream, row / block);
        }
        table.add(&maker, &mut draw, row);
    }
    table.finish()
}

/// The columns under construction, text and number columns each in their order.
struct Table {
    texts: [Text; 13],
    people: Int64Builder,
    numbers: [Float64Builder; 5],
}

impl Table {
    fn new(rows: usize) -> Self {
        let bytes = [12, 12, 9, 18, 11, 64, 10, 3, 10, 16, 12, 2, 1];
        Self {
            texts: bytes.map(|bytes| Text::new(rows, bytes)),
            people: Int64Builder::with_capacity(rows),
            numbers: [(); 5].map(|()| Float64Builder::with_capacity(rows)),
        }
    }

    fn add(&mut self, maker: &Maker, draw: &mut Draw, row: u64) {
        let [account, meter, name, id, phone, address, birth, sex, district, community, tariff, arrears, remark] =
            &mut self.texts;
        let [area, energy, peak, off_peak, owed] = &mut self.numbers;

        // numbers given out before the change of system have 10 digits
        match draw.chance(620) {
            true => account.digits(maker.accounts[0].at(row), 10).end(),
            false => account.digits(maker.accounts[1].at(row), 13).end(),
        }
        meter.digits(maker.meters.at(row), 12).end();

        let resident = maker.residents.at(maker.people.at(row));
        maker.names.add(draw, resident.male, name);
        name.end();
        resident.add_id(id);
        id.end();
        match draw.chance(12) {
            true => phone.null(),
            false => phone.digits(mobile(maker.phones.at(row)), 11).end(),
        }
        birth.date(resident.birth).end();
        sex.cell(if resident.male { "男" } else { "女" });

        // half of the people live where their ids were given out
        let home = DISTRICTS.iter().position(|d| d.code == present_code(resident.origin));
        let place = match home {
            Some(home) if draw.chance(500) => home,
            _ => maker.places.district(draw),
        };
        add_home(draw, place, address);
        address.end();
        district.cell(DISTRICTS[place].name);
        community.cell(maker.places.community(draw, place));

        let people = 1 + maker.sizes[usize::from(resident.birth.year < 1963)].draw(draw) as i64;
        let space = if DISTRICTS[place].code < 120_110 { 0.95 } else { 1.15 };
        let square_metres = draw.log_normal((44.0 + 13.0 * people as f64) * space, 0.3).clamp(14.0, 420.0);
        self.people.append_value(people);
        area.append_value(hundredths((square_metres * 100.0) as i64));

        let class = if people >= 5 && draw.chance(400) { LARGE } else { maker.tariffs.draw(draw) };
        tariff.cell(TARIFFS[class]);
        let vacant = draw.chance(35);
        let typical = if vacant { 6.0 } else { 52.0 + 34.0 * people as f64 + 0.55 * square_metres };
        let total = (draw.log_normal(typical, 0.48) * 100.0) as i64;
        let at_night = if class == BY_HOUR { 330 + draw.below(260) } else { 240 + draw.below(200) };
        let valley = total * i64::from(at_night) / 1000;
        energy.append_value(hundredths(total));
        peak.append_value(hundredths(total - valley));
        off_peak.append_value(hundredths(valley));
        owed.append_value(hundredths(bill(class, total, valley)));

        let poor = class == LOW_INCOME;
        match draw.chance(if poor || vacant { 160 } else { 55 }) {
            false => arrears.null(),
            true if poor && draw.chance(500) => arrears.cell(HARDSHIP),
            true => arrears.cell(ARREARS[maker.arrears.draw(draw)]),
        }
        match draw.below(1000) {
            0..6 => {
                remark.add(draw.one_of(&["联系人", "租户", "请联系房主"]));
                let male = draw.chance(500);
                maker.names.add(draw, male, remark);
                if draw.chance(600) {
                    remark.add("，电话").digits(mobile(u64::from(draw.below(u32::MAX)) % mobile_count()), 11);
                }
                remark.end();
            }
            6..60 => remark.cell(draw.one_of(&REMARKS)),
            _ => remark.null(),
        }
    }

    fn finish(self) -> Vec<ArrayRef> {
        let mut texts = self.texts.into_iter().map(|mut text| text.finish());
        let mut numbers = self.numbers.into_iter().map(|mut numbers| Arc::new(numbers.finish()) as ArrayRef);
        let mut people = self.people;
        let column = |(_, kind): &(&str, DataType)| match kind {
            DataType::Int64 => Some(Arc::new(people.finish()) as ArrayRef),
            DataType::Float64 => numbers.next(),
            _ => texts.next(),
        };
        COLUMNS.iter().filter_map(column).collect()
    }
}

/// The month's bill in 0.01 yuan for hundredths of a kWh: three tiers, after the form of real price lists.
fn bill(class: usize, total: i64, valley: i64) -> i64 {
    const TIERS: [(i64, i64); 3] = [(22_000, 490), (40_000, 540), (i64::MAX, 790)];
    let more = if class == LARGE { 10_000 } else { 0 };
    let free = if class == LOW_INCOME { 1_500 } else { 0 };
    if class == SHARED_METER {
        return total * 510 / 1000;
    }
    let (mut from, mut sum) = (0, 0);
    for (to, price) in TIERS {
        let to = to.saturating_add(more);
        sum += ((total - free).min(to) - from).max(0) * price;
        from = to;
    }
    if class == BY_HOUR {
        sum += (total - valley) * 50 - valley * 190;
    }
    sum.max(0) / 1000
}
