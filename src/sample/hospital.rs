//! `hospital_visits`: stays in hospital, one row per visit; a patient may have several.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Builder, Int64Builder};
use arrow::datatypes::DataType;

use super::diagnosis::{DIAGNOSES, stage};
use super::draw::{Draw, key};
use super::patient::{FIRST_YEAR, Patients, UNINSURED, Visits, age};
use super::permutation::Permutation;
use super::person::{mobile, mobile_count};
use super::text::{Date, Text, hundredths};
use super::tianjin::DISTRICTS;

pub const NAME: &str = "hospital_visits";

/// Column names and types, in order.
pub const COLUMNS: [(&str, DataType); 16] = [
    ("病案号", DataType::Utf8),
    ("姓名", DataType::Utf8),
    ("身份证号", DataType::Utf8),
    ("医保卡号", DataType::Utf8),
    ("手机号", DataType::Utf8),
    ("年龄", DataType::Int64),
    ("性别", DataType::Utf8),
    ("区", DataType::Utf8),
    ("职业", DataType::Utf8),
    ("医保类型", DataType::Utf8),
    ("入院日期", DataType::Utf8),
    ("出院日期", DataType::Utf8),
    ("科室", DataType::Utf8),
    ("诊断编码", DataType::Utf8),
    ("费用", DataType::Float64),
    ("备注", DataType::Utf8),
];

const REMARKS: [&str; 10] = [
    "青霉素过敏",
    "磺胺类过敏",
    "家属要求转院",
    "自动出院",
    "病理待回报",
    "出院带药",
    "轮椅入院",
    "急诊入院",
    "需复印病历",
    "一周后门诊复查",
];

struct Maker {
    visits: Visits,
    patients: Patients,
    records: Permutation,
    cards: Permutation,
}

/// Makes the columns of `rows`, whose first row is the first of a block of `block` rows.
pub fn columns(seed: u64, rows: Range<u64>, block: u64) -> Vec<ArrayRef> {
    let mixed = |purpose, size| Permutation::new(key(seed, NAME, purpose), size);
    let maker = Maker {
        visits: Visits::new(seed, NAME),
        patients: Patients::new(seed, NAME),
        records: mixed("record", 10_u64.pow(10)),
        cards: mixed("card", CARD_LETTERS.len() as u64 * 100_000_000),
    };
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

const CARD_LETTERS: &[u8; 24] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";

/// The columns under construction, text and number columns each in their order.
struct Table {
    texts: [Text; 14],
    ages: Int64Builder,
    costs: Float64Builder,
}

impl Table {
    fn new(rows: usize) -> Self {
        let bytes = [10, 9, 18, 9, 11, 3, 10, 20, 30, 10, 10, 16, 5, 4];
        Self {
            texts: bytes.map(|bytes| Text::new(rows, bytes)),
            ages: Int64Builder::with_capacity(rows),
            costs: Float64Builder::with_capacity(rows),
        }
    }

    fn add(&mut self, maker: &Maker, draw: &mut Draw, row: u64) {
        let [record, name, id, card, phone, sex, district, work, insurance, admitted, left, ward, code, remark] =
            &mut self.texts;
        let visit = maker.visits.at(row);
        let (patient, mut own) = maker.patients.at(visit);
        let resident = patient.resident;

        record.digits(maker.records.at(visit.patient), 10).end();
        maker.patients.names.add(&mut own, resident.male, name);
        name.end();
        let day = patient.first + visit.index * patient.gap + draw.below(patient.gap / 4 + 1);
        let (years, newborn) = age(resident.birth, day);
        // few infants have an id yet; of others it is missing now and then
        let no_id = if years == 0 { 700 } else { 6 };
        match own.chance(no_id) {
            true => id.null(),
            false => {
                resident.add_id(id);
                id.end();
            }
        }
        match patient.insurance {
            UNINSURED => card.null(),
            _ => {
                let number = maker.cards.at(visit.patient);
                let letter = (number / 100_000_000) as usize;
                card.ascii(&CARD_LETTERS[letter..=letter]).digits(number % 100_000_000, 8).end();
            }
        }
        match patient.phone {
            Some(number) => phone.digits(mobile(number), 11).end(),
            None => phone.null(),
        }
        self.ages.append_value(i64::from(years));
        sex.cell(if resident.male { "男" } else { "女" });
        district.cell(DISTRICTS[patient.district].name);
        work.cell(patient.occupation);
        insurance.cell(patient.insurance);

        // most come again for what they came for
        let stage = stage(years, newborn);
        let again = DIAGNOSES[patient.diagnosis].fits(stage, resident.male) && (visit.index == 0 || draw.chance(680));
        let diagnosis = match again {
            true => &DIAGNOSES[patient.diagnosis],
            false => &DIAGNOSES[maker.patients.diagnoses.draw(draw, stage, resident.male)],
        };
        let longest = if visit.of > 1 { patient.gap / 2 } else { 120 };
        let stay = (draw.log_normal(f64::from(diagnosis.days), 0.42) as u32).clamp(1, 120).min(longest);
        admitted.date(Date::after(FIRST_YEAR, day)).end();
        left.date(Date::after(FIRST_YEAR, day + stay)).end();
        ward.cell(match (diagnosis.department, stage) {
            (_, 0) => "新生儿科",
            (department, 1) if department.contains("内科") || department.contains("呼吸") => "儿科",
            ("儿科", 2..) => "呼吸与危重症医学科",
            (department, _) => department,
        });
        code.cell(diagnosis.code);
        let share = 0.6 + 0.4 * f64::from(stay) / f64::from(diagnosis.days);
        let cost = draw.log_normal(diagnosis.cost * share, 0.4);
        self.costs.append_value(hundredths((cost * 100.0) as i64));

        match draw.below(1000) {
            0..8 => {
                remark.add(draw.one_of(&["联系人", "家属", "陪护", "介绍人"]));
                let male = draw.chance(500);
                maker.patients.names.add(draw, male, remark);
                if draw.chance(600) {
                    remark.add("，电话").digits(mobile(u64::from(draw.below(u32::MAX)) % mobile_count()), 11);
                }
                remark.end();
            }
            8..90 => remark.cell(draw.one_of(&REMARKS)),
            _ => remark.null(),
        }
    }

    fn finish(self) -> Vec<ArrayRef> {
        let (mut ages, mut costs) = (self.ages, self.costs);
        let mut texts = self.texts.into_iter().map(|mut text| text.finish());
        let column = |(_, kind): &(&str, DataType)| match kind {
            DataType::Int64 => Some(Arc::new(ages.finish()) as ArrayRef),
            DataType::Float64 => Some(Arc::new(costs.finish()) as ArrayRef),
            _ => texts.next(),
        };
        COLUMNS.iter().filter_map(column).collect()
    }
}

#[cfg(test)]
mod tests;
