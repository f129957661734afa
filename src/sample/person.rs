//! Names of people, resident ids and mobile numbers.

use super::draw::{Draw, Weighted};
use super::text::{Date, Text, days_in_year};
use crate::detect::check_digits::resident_id_check;

const SURNAMES: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文";
const COMPOUNDS: [&str; 8] = ["欧阳", "司马", "上官", "诸葛", "皇甫", "令狐", "慕容", "尉迟"];
const MALE: &str = "伟强磊军洋勇杰涛明超刚平辉鹏华飞鑫波斌宇浩凯健俊帆帅旭宁龙林建国志文海博晨轩睿泽东子航昊然";
const FEMALE: &str = "芳娜敏静丽娟艳秀霞玲桂英兰萍红玉梅琳雪慧婷颖倩莉洁晶欣怡佳悦琪雯蕾薇月淑凤珍瑞梓涵思雨嘉";

/// Draws names of two or three characters (four with a compound surname), common surnames first.
pub struct Names {
    surnames: Vec<String>,
    by_weight: Weighted,
    given: [Vec<String>; 2],
}

impl Names {
    pub fn new() -> Self {
        let characters = |text: &str| text.chars().map(String::from).collect::<Vec<_>>();
        let mut surnames = characters(SURNAMES);
        // the first has 5 %, the hundredth 0.3 %
        let mut weights: Vec<u32> = (0..surnames.len() as u32).map(|rank| 140_000 / (rank * 2 + 14)).collect();
        surnames.extend(COMPOUNDS.map(String::from));
        weights.extend([160; COMPOUNDS.len()]);
        Self { by_weight: Weighted::new(&weights), surnames, given: [characters(FEMALE), characters(MALE)] }
    }

    /// Adds a name to the cell at hand.
    pub fn add(&self, draw: &mut Draw, male: bool, cell: &mut Text) {
        let given = &self.given[usize::from(male)];
        cell.add(&self.surnames[self.by_weight.draw(draw)]);
        for _ in 0..if draw.chance(170) { 1 } else { 2 } {
            cell.add(&given[draw.below(given.len() as u32) as usize]);
        }
    }
}

/// A place whose code stands at the start of resident ids: code, weight, first and last year of birth.
///
/// Ids keep the code of the day they were given out: districts that were merged or renamed live on in them.
struct Origin(u32, u32, u32, u32);

const ALWAYS: (u32, u32) = (1900, 2100);
const ORIGINS: [Origin; 24] = [
    Origin(120101, 42, ALWAYS.0, ALWAYS.1),
    Origin(120102, 78, ALWAYS.0, ALWAYS.1),
    Origin(120103, 88, ALWAYS.0, ALWAYS.1),
    Origin(120104, 90, ALWAYS.0, ALWAYS.1),
    Origin(120105, 72, ALWAYS.0, ALWAYS.1),
    Origin(120106, 56, ALWAYS.0, ALWAYS.1),
    Origin(120107, 56, ALWAYS.0, 2008), // 塘沽区
    Origin(120108, 20, ALWAYS.0, 2008), // 汉沽区
    Origin(120109, 34, ALWAYS.0, 2008), // 大港区
    Origin(120110, 36, ALWAYS.0, ALWAYS.1),
    Origin(120111, 38, ALWAYS.0, ALWAYS.1),
    Origin(120112, 40, ALWAYS.0, ALWAYS.1),
    Origin(120113, 38, ALWAYS.0, ALWAYS.1),
    Origin(120114, 80, 2000, ALWAYS.1),
    Origin(120222, 80, ALWAYS.0, 1999), // 武清县
    Origin(120115, 66, 2001, ALWAYS.1),
    Origin(120224, 66, ALWAYS.0, 2000), // 宝坻县
    Origin(120221, 38, ALWAYS.0, 2014), // 宁河县
    Origin(120223, 56, ALWAYS.0, 2014), // 静海县
    Origin(120225, 80, ALWAYS.0, 2015), // 蓟县
    Origin(120116, 110, 2009, ALWAYS.1),
    Origin(120117, 38, 2015, ALWAYS.1),
    Origin(120118, 56, 2015, ALWAYS.1),
    Origin(120119, 80, 2016, ALWAYS.1),
];

/// The code that a district of an id has today.
pub fn present_code(origin: u32) -> u32 {
    match origin {
        120_107..=120_109 => 120_116,
        120_221 => 120_117,
        120_222 => 120_114,
        120_223 => 120_118,
        120_224 => 120_115,
        120_225 => 120_119,
        today => today,
    }
}

/// First year of birth of an account holder, and how many there are relative to 90 in the fullest years.
const FIRST_HOLDER: u32 = 1930;
const HOLDERS: [u32; 78] = [
    1, 2, 3, 4, 6, 8, 11, 14, 17, 20, 23, 26, 28, 31, 34, 37, 40, 43, 46, 50, 53, 56, 60, 64, 67, 69, 71, 73, 75, 74,
    68, 66, 72, 78, 80, 80, 79, 80, 82, 84, 84, 82, 80, 78, 76, 75, 74, 74, 75, 77, 80, 83, 86, 87, 88, 88, 89, 90, 90,
    88, 85, 80, 74, 68, 62, 57, 52, 46, 40, 34, 29, 24, 19, 15, 11, 8, 5, 3,
];

/// Who holds a resident id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resident {
    /// Code of the place, as in [`ORIGINS`].
    pub origin: u32,
    pub birth: Date,
    pub male: bool,
    /// The 15th to 17th digit; odd for men.
    pub sequence: u32,
}

impl Resident {
    /// Adds the 18 characters to the cell at hand.
    pub fn add_id(&self, cell: &mut Text) {
        let mut id = [b'0'; 18];
        let mut put = |start: usize, end: usize, number: u32| {
            let mut rest = number;
            for place in id[start..end].iter_mut().rev() {
                *place = b'0' + (rest % 10) as u8;
                rest /= 10;
            }
        };
        put(0, 6, self.origin);
        put(6, 14, self.birth.year * 10_000 + self.birth.month * 100 + self.birth.day);
        put(14, 17, self.sequence);
        id[17] = resident_id_check(&id[..17]).unwrap_or(b'0');
        cell.ascii(&id);
    }
}

/// First years of birth with how many patients each year from there on has, relative to 90: inpatients are
/// infants, young mothers and old people more than others. The last year is 2024.
const PATIENTS: [(u32, u32); 22] = [
    (1924, 2),
    (1928, 8),
    (1932, 20),
    (1936, 34),
    (1940, 48),
    (1944, 64),
    (1948, 80),
    (1952, 88),
    (1958, 84),
    (1962, 78),
    (1967, 62),
    (1972, 52),
    (1977, 42),
    (1982, 40),
    (1987, 44),
    (1992, 42),
    (1997, 30),
    (2002, 18),
    (2008, 14),
    (2015, 20),
    (2019, 32),
    (2022, 56),
];
const LAST_PATIENT: u32 = 2024;

/// All residents of a kind, numbered: distinct numbers are distinct resident ids.
///
/// Each year of birth and each origin has so many ids a day as its weight asks for, so that a number
/// drawn evenly falls on a plausible resident.
pub struct Residents {
    first_year: u32,
    /// How many of twenty are men.
    men: u32,
    /// First number of each year, and one past the last.
    starts: Vec<u64>,
    /// Ids a day, per year and origin.
    quotas: Vec<Vec<u32>>,
}

impl Residents {
    /// Those who can hold an account.
    pub fn holders() -> Self {
        Self::of(FIRST_HOLDER, &HOLDERS, 11)
    }

    /// Those who can be in hospital: all ages, born until the end of 2024.
    pub fn patients() -> Self {
        let weight = |year| PATIENTS.iter().rev().find(|&&(from, _)| from <= year).map_or(0, |&(_, weight)| weight);
        let weights: Vec<u32> = (PATIENTS[0].0..=LAST_PATIENT).map(weight).collect();
        Self::of(PATIENTS[0].0, &weights, 10)
    }

    /// Pupils of the school year 2024: born from 2006 to 2018.
    pub fn pupils() -> Self {
        Self::of(2006, &[70, 74, 78, 80, 82, 84, 88, 86, 92, 86, 96, 94, 88], 11)
    }

    /// People who are 60 or older in 2024: the older, the fewer.
    pub fn elders() -> Self {
        let weights: Vec<u32> = (1918..=1964).map(|year: u32| 1 + (year - 1918) * (year - 1918) / 22).collect();
        Self::of(1918, &weights, 9)
    }

    /// People of an age to work: born from 1964 to 2006.
    pub fn workers() -> Self {
        let weights: Vec<u32> = (1964..=2006).map(|year: u32| 90 - year.abs_diff(1988) * 3).collect();
        Self::of(1964, &weights, 11)
    }

    fn of(first_year: u32, weights: &[u32], men: u32) -> Self {
        let (mut starts, mut quotas) = (vec![0], Vec::new());
        let mut total = 0;
        for (year, &weight) in (first_year..).zip(weights) {
            let quota: Vec<u32> = ORIGINS
                .iter()
                .map(|o| if (o.2..=o.3).contains(&year) { (weight * o.1 / 10).clamp(1, 900) } else { 0 })
                .collect();
            total += u64::from(quota.iter().sum::<u32>()) * u64::from(days_in_year(year));
            starts.push(total);
            quotas.push(quota);
        }
        Self { first_year, men, starts, quotas }
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.starts.last().copied().unwrap_or(0)
    }

    /// Resident `number`, below [`Residents::len`].
    pub fn at(&self, number: u64) -> Resident {
        let index = self.starts.partition_point(|&start| start <= number).saturating_sub(1).min(self.quotas.len() - 1);
        let year = self.first_year + index as u32;
        let quota = &self.quotas[index];
        let per_day = u64::from(quota.iter().sum::<u32>()).max(1);
        let inside = number - self.starts[index];
        let day = (inside / per_day) as u32;
        let mut rank = (inside % per_day) as u32;
        let mut origin = 0;
        while rank >= quota[origin] && origin + 1 < quota.len() {
            rank -= quota[origin];
            origin += 1;
        }
        // each sex has 500 sequence numbers, and 7 has no factor in common with 500
        let (turn, place) = (rank / 20, rank % 20);
        let male = place < self.men;
        let of_sex = if male { turn * self.men + place } else { turn * (20 - self.men) + place - self.men };
        let step = (of_sex * 7 + day * 13 + ORIGINS[origin].0) % 500;
        let sequence = step * 2 + u32::from(male);
        Resident { origin: ORIGINS[origin].0, birth: Date::of_year(year, day), male, sequence }
    }
}

/// Starts of mobile numbers with how many tenths of their numbers are in use.
const MOBILE: [(u64, u64); 42] = [
    (130, 9),
    (131, 9),
    (132, 9),
    (133, 8),
    (134, 8),
    (135, 10),
    (136, 10),
    (137, 10),
    (138, 10),
    (139, 10),
    (145, 1),
    (147, 2),
    (149, 1),
    (150, 10),
    (151, 10),
    (152, 9),
    (153, 7),
    (155, 7),
    (156, 7),
    (157, 5),
    (158, 10),
    (159, 10),
    (166, 4),
    (171, 2),
    (173, 5),
    (175, 4),
    (176, 6),
    (177, 7),
    (178, 5),
    (180, 6),
    (181, 5),
    (182, 9),
    (183, 8),
    (184, 4),
    (185, 7),
    (186, 9),
    (187, 10),
    (188, 9),
    (189, 8),
    (191, 2),
    (198, 3),
    (199, 3),
];

/// How many mobile numbers there are.
pub fn mobile_count() -> u64 {
    MOBILE.iter().map(|m| m.1).sum::<u64>() * 10_000_000
}

/// Mobile number `number`, below [`mobile_count`]: distinct numbers give distinct ones.
pub fn mobile(number: u64) -> u64 {
    let mut rest = number;
    for (start, tenths) in MOBILE {
        if rest < tenths * 10_000_000 {
            return start * 100_000_000 + rest;
        }
        rest -= tenths * 10_000_000;
    }
    MOBILE[0].0 * 100_000_000 + rest % 10_000_000
}
