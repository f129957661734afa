//! Addresses, by the kinds of their parts.

use super::area::province;
use super::han::HanSet;
use super::names::is_han;

/// What an address holds: each part at most once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Parts {
    bits: u8,
    /// Where the first and behind the last part stand, in bytes.
    pub start: usize,
    pub end: usize,
}

const PROVINCE: u8 = 1;
const CITY: u8 = 2;
const TOWN: u8 = 4;
const ROAD: u8 = 8;
const NUMBER: u8 = 16;
const ESTATE: u8 = 32;
const BUILDING: u8 = 64;
const ROOM: u8 = 128;

impl Parts {
    /// How many kinds of parts there are.
    pub fn count(self) -> u32 {
        self.bits.count_ones()
    }

    /// Whether the place is told more closely than by its administrative area: at least three kinds of parts, one
    /// of them below the town.
    pub fn is_address(self) -> bool {
        self.count() >= 3 && self.bits & (NUMBER | ESTATE | BUILDING | ROOM) != 0
            || self.bits & ROAD != 0 && self.bits & (NUMBER | BUILDING) != 0
            || self.bits & ESTATE != 0 && self.bits & BUILDING != 0 && self.bits & (ROOM | NUMBER) != 0
    }

    /// Whether there are administrative areas and nothing more.
    pub fn is_region(self) -> bool {
        self.bits != 0 && self.bits & !(PROVINCE | CITY | TOWN) == 0
    }
}

/// Endings of parts, longer ones first where one ends in the other.
const ENDINGS: [(&str, u8); 50] = [
    ("自治区", PROVINCE),
    ("自治州", CITY),
    ("自治县", CITY),
    ("街道", TOWN),
    ("大街", ROAD),
    ("大道", ROAD),
    ("胡同", ROAD),
    ("公路", ROAD),
    ("号楼", BUILDING),
    ("单元", BUILDING),
    ("小区", ESTATE),
    ("花园", ESTATE),
    ("家园", ESTATE),
    ("公寓", ESTATE),
    ("新苑", ESTATE),
    ("大厦", ESTATE),
    ("广场", ESTATE),
    ("社区", TOWN),
    ("产业园", ESTATE),
    ("工业园", ESTATE),
    ("科技园", ESTATE),
    ("商务中心", ESTATE),
    ("新村", ESTATE),
    ("省", PROVINCE),
    ("市", CITY),
    ("区", CITY),
    ("县", CITY),
    ("旗", CITY),
    ("镇", TOWN),
    ("乡", TOWN),
    ("村", TOWN),
    ("路", ROAD),
    ("街", ROAD),
    ("道", ROAD),
    ("巷", ROAD),
    ("弄", ROAD),
    ("条", ROAD),
    ("里", ESTATE),
    ("苑", ESTATE),
    ("园", ESTATE),
    ("庭", ESTATE),
    ("栋", BUILDING),
    ("幢", BUILDING),
    ("座", BUILDING),
    ("门", BUILDING),
    ("号", NUMBER),
    ("室", ROOM),
    ("户", ROOM),
    ("层", ROOM),
    ("楼", BUILDING),
];

/// First characters of [`ENDINGS`].
static FIRSTS: HanSet =
    HanSet::of(&["自街大胡公号单小花家新广社产工科商省市区县旗镇乡村路道巷弄条里苑园庭栋幢座门室户层楼"]);

/// Reads the parts of an address in a text of Han characters, digits and letters without punctuation.
///
/// A part of names needs a Han character before its ending; a part of numbers needs a digit or a letter.
pub(super) fn parts(text: &str) -> Parts {
    let mut found = Parts::default();
    let mut at = 0;
    // where the part at hand began, and the character before
    let (mut part, mut before) = (0, None);
    if let Some(name) = province(text) {
        found.bits |= PROVINCE;
        (at, part, before) = (name.len(), name.len(), Some('省'));
        found.end = at;
    }
    while let Some(c) = text[at..].chars().next() {
        let ending =
            if FIRSTS.contains(c) { ENDINGS.iter().find(|(ending, _)| text[at..].starts_with(ending)) } else { None };
        let Some(&(ending, kind)) = ending else {
            before = Some(c);
            at += c.len_utf8();
            continue;
        };
        let numeric =
            before.is_some_and(|b: char| b.is_ascii_alphanumeric() || "一二三四五六七八九十甲乙丙丁".contains(b));
        let length = text[part..at].chars().count();
        let fits = match kind {
            NUMBER | BUILDING | ROOM => numeric,
            PROVINCE | CITY => (1..=12).contains(&length) && before.is_some_and(is_han),
            _ => (1..=16).contains(&length) && before.is_some(),
        } || kind == CITY && found.bits == PROVINCE && ending == "市";
        at += ending.len();
        before = ending.chars().last();
        if fits {
            if found.bits == 0 {
                found.start = part;
            }
            found.bits |= kind;
            found.end = at;
            part = at;
        }
    }
    if found.bits & (ESTATE | BUILDING | NUMBER) != 0 {
        // a last number without its ending: 123号4门501
        let rest = &text[found.end..];
        let digits = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'-').count();
        if (1..=6).contains(&digits) && rest.len() == digits {
            found.bits |= ROOM;
            found.end += digits;
        }
    }
    found
}

/// Whether a character can stand inside an address.
pub(super) fn is_inside(c: char) -> bool {
    is_han(c) || c.is_ascii_alphanumeric() || matches!(c, '-' | '#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ending_begins_with_a_known_character() {
        assert!(ENDINGS.iter().all(|(ending, _)| ending.starts_with(|c| FIRSTS.contains(c))));
    }

    #[test]
    fn addresses_regions_and_sentences_are_told_apart() {
        for text in [
            "天津市南开区鞍山西道123号4门501",
            "天津市南开区鞍山西道天泰里12号楼3门502室",
            "天津市河西区友谊路35号金地大厦1204室",
            "河北省唐山市路北区新华东道88号",
            "和平区南京路108号",
            "阳光小区3栋2单元501室",
        ] {
            let parts = parts(text);
            assert!(parts.is_address(), "{text} {parts:?}");
            assert_eq!((parts.start, parts.end), (0, text.len()), "{text}");
        }
        for text in ["天津市", "天津市和平区", "河北省唐山市", "蓟州区渔阳镇"] {
            assert!(parts(text).is_region(), "{text}");
            assert!(!parts(text).is_address(), "{text}");
        }
        for text in ["电表在楼道", "上门前请预约", "用户申请校表", "已换智能表", "有限责任公司", "一户一表", "房屋出租"]
        {
            assert!(!parts(text).is_address(), "{text}");
        }
    }
}
