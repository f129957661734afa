//! Patients: what stays the same over all visits of one.

use super::diagnosis::{Diagnoses, stage};
use super::draw::{Draw, Weighted, key};
use super::permutation::Permutation;
use super::person::{Names, Resident, Residents, mobile_count, present_code};
use super::text::Date;
use super::tianjin::{DISTRICTS, Places};

/// Admissions lie in the three years 2022 to 2024.
pub const FIRST_YEAR: u32 = 2022;
pub const PERIOD: u32 = 365 + 365 + 366;

/// Rows whose visits belong to the same patients.
const WINDOW: u64 = 4096;
/// Visits of [`PER_ROUND`] patients: 28 come once, two twice, one three times, one four times.
const ROUND: u64 = 39;
const PER_ROUND: u64 = 32;
const PER_WINDOW: u64 = WINDOW / ROUND * PER_ROUND + WINDOW % ROUND;

/// One visit among those of a patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visit {
    pub patient: u64,
    /// Counted from 0.
    pub index: u32,
    /// How many visits the patient has.
    pub of: u32,
}

/// Which visit a row tells of: one patient in eight has two to four, never further apart than 4,096 rows.
pub struct Visits(Permutation);

impl Visits {
    pub fn new(seed: u64, name: &str) -> Self {
        Self(Permutation::new(key(seed, name, "visit"), WINDOW))
    }

    pub fn at(&self, row: u64) -> Visit {
        let (window, slot) = (row / WINDOW, self.0.at(row % WINDOW));
        let (round, place) = (slot / ROUND, slot % ROUND);
        let (patient, index, of) = match place {
            0..28 => (place, 0, 1),
            28..32 => (28 + (place - 28) / 2, place % 2, 2),
            32..35 => (30, place - 32, 3),
            _ => (31, place - 35, 4),
        };
        let patient = window * PER_WINDOW + round * PER_ROUND + patient;
        Visit { patient, index: index as u32, of: of as u32 }
    }
}

pub struct Patient {
    pub resident: Resident,
    pub phone: Option<u64>,
    /// An index into [`DISTRICTS`].
    pub district: usize,
    pub occupation: &'static str,
    pub insurance: &'static str,
    /// What brought the patient in at first, an index into the diagnoses.
    pub diagnosis: usize,
    /// Day of the first admission, counted from the first of [`FIRST_YEAR`].
    pub first: u32,
    /// Days from one visit to the next.
    pub gap: u32,
}

pub const UNINSURED: &str = "全自费";
const INSURANCES: [&str; 5] =
    ["城镇职工基本医疗保险", "城乡居民基本医疗保险", "异地医疗保险", "其他社会保险", UNINSURED];
const INFANT: &str = "学龄前儿童";
const PUPIL: &str = "学生";
const RETIRED: &str = "退休人员";
const JOBLESS: &str = "无业人员";
const FARMER: &str = "农业生产人员";
/// Occupations of those who work, with weights in town and in the country.
const WORK: [(&str, u32, u32); 21] = [
    ("机关事业单位负责人", 14, 6),
    ("企业负责人", 32, 14),
    ("教学人员", 48, 22),
    ("卫生专业技术人员", 34, 14),
    ("工程技术人员", 74, 24),
    ("经济和金融专业人员", 42, 12),
    ("行政办事人员", 104, 36),
    ("安全和消防人员", 20, 14),
    ("商品销售人员", 98, 62),
    ("交通运输和邮政服务人员", 62, 46),
    ("住宿和餐饮服务人员", 44, 28),
    ("居民服务人员", 56, 34),
    (FARMER, 14, 330),
    ("渔业生产人员", 3, 10),
    ("机械制造人员", 76, 62),
    ("化工和能源生产人员", 42, 22),
    ("建筑施工人员", 36, 70),
    ("现役军人", 6, 2),
    ("个体经营者", 66, 62),
    ("自由职业者", 62, 36),
    (JOBLESS, 67, 94),
];

/// Makes patients by number: each has a random stream of its own.
pub struct Patients {
    stream: [u8; 32],
    people: Permutation,
    phones: Permutation,
    residents: Residents,
    pub names: Names,
    places: Places,
    pub diagnoses: Diagnoses,
    work: [Weighted; 2],
    insurances: [Weighted; 3],
}

impl Patients {
    pub fn new(seed: u64, name: &str) -> Self {
        let mixed = |purpose, size| Permutation::new(key(seed, name, purpose), size);
        let residents = Residents::patients();
        Self {
            stream: key(seed, name, "patients"),
            people: mixed("resident", residents.len()),
            phones: mixed("phone", mobile_count()),
            residents,
            names: Names::new(),
            places: Places::new(),
            diagnoses: Diagnoses::new(),
            work: [Weighted::new(&WORK.map(|work| work.1)), Weighted::new(&WORK.map(|work| work.2))],
            insurances: [[780, 130, 50, 25, 15], [40, 850, 60, 10, 40], [0, 810, 50, 0, 140]]
                .map(|weights| Weighted::new(&weights)),
        }
    }

    /// The patient of a visit, and the stream of the patient's own draws, from which the name comes first.
    pub fn at(&self, visit: Visit) -> (Patient, Draw) {
        let mut draw = Draw::new(self.stream, visit.patient * 2);
        let resident = self.residents.at(self.people.at(visit.patient));
        let phone = (!draw.chance(25)).then(|| self.phones.at(visit.patient));
        // six in ten live where their ids were given out
        let home = DISTRICTS.iter().position(|d| d.code == present_code(resident.origin));
        let district = match home {
            Some(home) if draw.chance(600) => home,
            _ => self.places.district(&mut draw),
        };

        let (first, gap) = days(&mut draw, resident.birth, visit.of);
        let (years, newborn) = age(resident.birth, first);
        let rural = matches!(DISTRICTS[district].code, 120_114 | 120_115 | 120_117..=120_119);
        let occupation = self.occupation(&mut draw, years, resident.male, rural);
        let insured = match occupation {
            INFANT | PUPIL => 2,
            FARMER | JOBLESS => 1,
            _ => 0,
        };
        let insurance = INSURANCES[self.insurances[insured].draw(&mut draw)];
        let diagnosis = self.diagnoses.draw(&mut draw, stage(years, newborn), resident.male);
        let patient = Patient { resident, phone, district, occupation, insurance, diagnosis, first, gap };
        (patient, Draw::new(self.stream, visit.patient * 2 + 1))
    }

    fn occupation(&self, draw: &mut Draw, years: u32, male: bool, rural: bool) -> &'static str {
        let pension = if male { 60 } else { 53 };
        match years {
            0..6 => INFANT,
            6..18 => PUPIL,
            18..23 if draw.chance(480) => PUPIL,
            _ if years < pension => WORK[self.work[usize::from(rural)].draw(draw)].0,
            _ => match draw.below(1000) {
                0..60 => JOBLESS,
                60..85 if !rural => FARMER,
                60..620 if rural => FARMER,
                _ => RETIRED,
            },
        }
    }
}

/// Age in full years on the day `day` of the period, and whether that is in the first four weeks of life.
///
/// Of those born before the period nobody counts as newborn.
pub fn age(birth: Date, day: u32) -> (u32, bool) {
    let newborn = birth.year >= FIRST_YEAR && day < birth.days_after(FIRST_YEAR) + 28;
    (Date::after(FIRST_YEAR, day).years_since(birth), newborn)
}

/// The day of the first admission and the days between visits, so that all fall into the period.
fn days(draw: &mut Draw, birth: Date, visits: u32) -> (u32, u32) {
    let mut earliest = if birth.year < FIRST_YEAR { 0 } else { birth.days_after(FIRST_YEAR) };
    let room = PERIOD - 1 - earliest;
    // children born in the period: two of three come in their first four weeks
    let newborn = birth.year >= FIRST_YEAR && draw.chance(660);
    let gap = if visits == 1 { 0 } else { (18 + draw.below(150)).min(room / visits) };
    let latest = PERIOD - 1 - gap * visits.saturating_sub(1) - gap / 4;
    let span = if newborn { 28 } else { PERIOD };
    earliest += draw.below(span.min(latest - earliest + 1));
    (earliest, gap)
}
