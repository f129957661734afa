//! `enterprise_registration`: the register of enterprises, one row per enterprise.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Builder, Int64Builder};
use arrow::datatypes::DataType;

use super::draw::{Draw, Weighted, key};
use super::industry::{SECTIONS, division_weight};
use super::permutation::Permutation;
use super::person::{Names, mobile, mobile_count};
use super::text::{Date, Text, days_in_year, hundredths};
use super::tianjin::{DISTRICTS, Places, add_office};
use crate::detect::check_digits::{CREDIT_ALPHABET, credit_code_check, organisation_code_check};

pub const NAME: &str = "enterprise_registration";

/// Column names and types, in order.
pub const COLUMNS: [(&str, DataType); 16] = [
    ("统一社会信用代码", DataType::Utf8),
    ("企业名称", DataType::Utf8),
    ("法定代表人", DataType::Utf8),
    ("联系电话", DataType::Utf8),
    ("注册地址", DataType::Utf8),
    ("成立日期", DataType::Utf8),
    ("区", DataType::Utf8),
    ("行业门类", DataType::Utf8),
    ("行业大类", DataType::Utf8),
    ("企业类型", DataType::Utf8),
    ("注册资本(万元)", DataType::Float64),
    ("从业人数", DataType::Int64),
    ("登记状态", DataType::Utf8),
    ("年营业收入(万元)", DataType::Float64),
    ("纳税信用等级", DataType::Utf8),
    ("异常名录", DataType::Utf8),
];

/// Type, weight, how names of such enterprises end.
const TYPES: [(&str, u32, &str); 9] = [
    ("有限责任公司(自然人投资或控股)", 520, "有限公司"),
    ("有限责任公司(自然人独资)", 270, "有限公司"),
    ("有限责任公司(法人独资)", 80, "有限公司"),
    ("有限责任公司(国有控股)", 12, "有限公司"),
    ("股份有限公司", 14, "股份有限公司"),
    ("个人独资企业", 48, "中心"),
    ("合伙企业(有限合伙)", 30, "合伙企业(有限合伙)"),
    ("外商投资有限责任公司", 18, "有限公司"),
    ("台港澳投资有限责任公司", 8, "有限公司"),
];
const CAPITAL: [i64; 16] = [3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 600, 800, 1000, 2000, 3000, 5000];
const CAPITAL_WEIGHTS: [u32; 16] = [15, 12, 75, 25, 45, 120, 210, 105, 55, 130, 18, 15, 90, 30, 15, 40];
const STATES: [&str; 5] = ["存续", "在业", "注销", "吊销", "迁出"];
const GRADES: [&str; 5] = ["A", "B", "M", "C", "D"];
/// The syllables of trade names.
const SYLLABLES: &str =
    "鑫盛华天海泰宏达润恒瑞丰金龙源顺兴隆利通安信德嘉诚博创新科远景腾飞联合众亿佳美凯康乐同福广汇中津滨";
const FIRST_YEAR: u32 = 1984;

struct Maker {
    codes: [Permutation; 2],
    phones: Permutation,
    names: Names,
    places: Places,
    syllables: Vec<String>,
    years: Weighted,
    sections: Weighted,
    divisions: Vec<Weighted>,
    types: Weighted,
    capital: Weighted,
    states: Weighted,
    grades: Weighted,
}

impl Maker {
    fn new(seed: u64) -> Self {
        let mixed = |purpose, size| Permutation::new(key(seed, NAME, purpose), size);
        let years: Vec<u32> = (FIRST_YEAR..2025).map(|year| 3 + (year - FIRST_YEAR).pow(2) / 10).collect();
        let divisions = SECTIONS.iter().map(|s| (s.first..=s.last).map(division_weight).collect::<Vec<_>>());
        Self {
            codes: [mixed("code of digits", 80_000_000), mixed("code with MA", 31_u64.pow(6))],
            phones: mixed("phone", mobile_count()),
            names: Names::new(),
            places: Places::new(),
            syllables: SYLLABLES.chars().map(String::from).collect(),
            years: Weighted::new(&years),
            sections: Weighted::new(&SECTIONS.map(|s| s.weight)),
            divisions: divisions.map(|weights| Weighted::new(&weights)).collect(),
            types: Weighted::new(&TYPES.map(|t| t.1)),
            capital: Weighted::new(&CAPITAL_WEIGHTS),
            states: Weighted::new(&[700, 130, 110, 50, 10]),
            grades: Weighted::new(&[90, 480, 290, 90, 50]),
        }
    }

    /// Adds the 18 characters; since October 2015 the organisation code inside begins with MA.
    fn add_code(&self, cell: &mut Text, row: u64, founded: Date, district: u32) {
        let mut code = [b'0'; 18];
        code[0] = b'9';
        code[1] = b'1';
        let mut put = |range: Range<usize>, number: u64, alphabet: &[u8]| {
            let mut rest = number;
            for place in code[range].iter_mut().rev() {
                *place = alphabet[(rest % alphabet.len() as u64) as usize];
                rest /= alphabet.len() as u64;
            }
        };
        put(2..8, u64::from(district), b"0123456789");
        if founded.year * 100 + founded.month < 201_510 {
            put(8..16, 10_000_000 + self.codes[0].at(row), b"0123456789");
        } else {
            put(10..16, self.codes[1].at(row), CREDIT_ALPHABET);
            code[8..10].copy_from_slice(b"MA");
        }
        code[16] = organisation_code_check(&code[8..16]).unwrap_or(b'0');
        code[17] = credit_code_check(&code[..17]).unwrap_or(b'0');
        cell.ascii(&code);
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
    employees: Int64Builder,
    numbers: [Float64Builder; 2],
}

impl Table {
    fn new(rows: usize) -> Self {
        let bytes = [18, 40, 9, 12, 60, 10, 10, 1, 2, 44, 7, 1, 3];
        Self {
            texts: bytes.map(|bytes| Text::new(rows, bytes)),
            employees: Int64Builder::with_capacity(rows),
            numbers: [(); 2].map(|()| Float64Builder::with_capacity(rows)),
        }
    }

    fn add(&mut self, maker: &Maker, draw: &mut Draw, row: u64) {
        let [code, name, person, phone, address, founded, district, letter, division, form, state, grade, abnormal] =
            &mut self.texts;
        let [capital, revenue] = &mut self.numbers;

        let year = FIRST_YEAR + maker.years.draw(draw) as u32;
        let date = Date::of_year(year, draw.below(days_in_year(year)));
        let place = maker.places.district(draw);
        let section = maker.sections.draw(draw);
        let kind = maker.types.draw(draw);
        let (kind_name, _, ending) = TYPES[kind];

        maker.add_code(code, row, date, DISTRICTS[place].code);
        code.end();
        name.add("天津");
        if draw.chance(120) {
            name.add(DISTRICTS[place].name);
        }
        for _ in 0..2 + draw.below(2) {
            name.add(&maker.syllables[draw.below(maker.syllables.len() as u32) as usize]);
        }
        name.add(draw.one_of(SECTIONS[section].words)).add(ending).end();
        let male = draw.chance(700);
        maker.names.add(draw, male, person);
        person.end();
        match draw.below(1000) {
            0..720 => phone.digits(mobile(maker.phones.at(row)), 11).end(),
            720..980 => phone.add("022-").digits(u64::from(20_000_000 + draw.below(69_999_999)), 8).end(),
            _ => phone.null(),
        }
        add_office(draw, place, address);
        address.end();
        founded.date(date).end();
        district.cell(DISTRICTS[place].name);
        letter.cell(SECTIONS[section].letter);
        division.digits(u64::from(SECTIONS[section].first) + maker.divisions[section].draw(draw) as u64, 2).end();
        form.cell(kind_name);

        let mut paid = CAPITAL[maker.capital.draw(draw)] * 100;
        if draw.chance(80) {
            paid = (draw.log_normal(260.0, 1.1) * 100.0) as i64;
        }
        // joint-stock and state-held companies are larger
        let scale = if matches!(kind, 3 | 4) { 12 } else { 1 };
        capital.append_value(hundredths(paid * scale));
        let people = (draw.log_normal(4.0 * scale as f64, 0.95) as i64).clamp(1, 4_000);
        let people = if draw.chance(30) { people * 12 } else { people };
        self.employees.append_value(people);

        let status = maker.states.draw(draw);
        state.cell(STATES[status]);
        let alive = status < 2;
        let turnover = if alive { draw.log_normal(22.0 * people as f64 + 8.0, 1.05) } else { 0.0 };
        revenue.append_value(hundredths((turnover * 100.0) as i64));
        match alive || draw.chance(300) {
            true => grade.cell(GRADES[maker.grades.draw(draw)]),
            false => grade.null(),
        }
        abnormal.cell(if draw.chance(if alive { 45 } else { 380 }) { "是" } else { "否" });
    }

    fn finish(self) -> Vec<ArrayRef> {
        let mut texts = self.texts.into_iter().map(|mut text| text.finish());
        let mut numbers = self.numbers.into_iter().map(|mut numbers| Arc::new(numbers.finish()) as ArrayRef);
        let mut employees = self.employees;
        let column = |(_, kind): &(&str, DataType)| match kind {
            DataType::Int64 => Some(Arc::new(employees.finish()) as ArrayRef),
            DataType::Float64 => numbers.next(),
            _ => texts.next(),
        };
        COLUMNS.iter().filter_map(column).collect()
    }
}
