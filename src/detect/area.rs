//! Codes of administrative areas, names of regions, codes in front of phone numbers.

use super::calendar::number;
use super::han::HanSet;

/// First two digits of area codes in use.
const PROVINCES: [u8; 34] = [
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54, 61, 62, 63,
    64, 65, 71, 81, 82,
];

/// Tianjin's districts; the older ones live on in resident ids.
const TIANJIN: [u32; 26] = [
    120_000, 120_100, 120_101, 120_102, 120_103, 120_104, 120_105, 120_106, 120_107, 120_108, 120_109, 120_110,
    120_111, 120_112, 120_113, 120_114, 120_115, 120_116, 120_117, 120_118, 120_119, 120_221, 120_222, 120_223,
    120_224, 120_225,
];

/// Returns whether six digits can be the code of an area, today or in the past.
///
/// Tianjin's codes are known one by one. Of others the province must exist, and the last four digits have the
/// form of a prefecture and a county.
///
/// # References
/// GB/T 2260.
pub fn is_area_code(code: &[u8]) -> bool {
    let Some(value) = number(code).filter(|_| code.len() == 6) else { return false };
    if value / 10_000 == 12 {
        return TIANJIN.contains(&value);
    }
    let (prefecture, county) = (value / 100 % 100, value % 100);
    let form = match prefecture {
        0 => county == 0,
        1..=70 | 90 => true,
        _ => false,
    };
    is_province(value / 10_000) && form
}

/// Returns whether two digits are the code of a province-level area; 83 is Taiwan in residence permits.
pub fn is_province(code: u32) -> bool {
    PROVINCES.iter().any(|&known| u32::from(known) == code)
}

/// Returns whether a resident id may start with six digits.
///
/// Wider than [`is_area_code`]: ids keep the codes of the day they were given out, and not every old code is known.
pub fn starts_resident_id(code: &[u8]) -> bool {
    let Some(value) = number(code).filter(|_| code.len() == 6) else { return false };
    is_province(value / 10_000) && value % 10_000 != 0
}

/// Names of provinces, without the endings 省, 市 and 自治区.
pub(super) const PROVINCE_NAMES: [&str; 34] = [
    "北京",
    "天津",
    "河北",
    "山西",
    "内蒙古",
    "辽宁",
    "吉林",
    "黑龙江",
    "上海",
    "江苏",
    "浙江",
    "安徽",
    "福建",
    "江西",
    "山东",
    "河南",
    "湖北",
    "湖南",
    "广东",
    "广西",
    "海南",
    "重庆",
    "四川",
    "贵州",
    "云南",
    "西藏",
    "陕西",
    "甘肃",
    "青海",
    "宁夏",
    "新疆",
    "台湾",
    "香港",
    "澳门",
];

static PROVINCE_FIRSTS: HanSet = HanSet::firsts(&PROVINCE_NAMES);

/// The name of a province at the start of a text.
pub(super) fn province(text: &str) -> Option<&'static str> {
    let first = text.chars().next().filter(|c| PROVINCE_FIRSTS.contains(*c));
    first.and_then(|_| PROVINCE_NAMES.into_iter().find(|name| text.starts_with(name)))
}

/// Returns whether a text is the name of a region and nothing more: `天津市`, `和平区`, `河北省唐山市`, `上海`.
pub fn is_region_name(text: &str) -> bool {
    if province(text).is_some_and(|name| name.len() == text.len()) {
        return true;
    }
    const ENDINGS: [&str; 11] = ["自治区", "自治州", "自治县", "省", "市", "区", "县", "旗", "盟", "新区", "地区"];
    const NOT_REGIONS: [&str; 8] = ["小区", "园区", "社区", "超市", "城市", "专区", "病区", "校区"];
    static LASTS: HanSet = HanSet::of(&["区州县省市旗盟"]);
    text.ends_with(|c| LASTS.contains(c))
        && (2..=18).contains(&text.chars().count())
        && text.chars().all(|c| ('\u{4e00}'..='\u{9fa5}').contains(&c))
        && ENDINGS.iter().any(|ending| text.ends_with(ending))
        && !NOT_REGIONS.iter().any(|ending| text.ends_with(ending))
}

/// Returns whether digits that start with 0 are an area code and a number: `02223000000`, `03152822222`.
///
/// Two-digit codes (010, 02x) go with eight digits, others with seven or eight; no number starts with 0 or 1.
pub(super) fn is_landline(digits: &[u8]) -> bool {
    let code = match digits {
        [b'0', b'1', b'0', ..] | [b'0', b'2', _, ..] => 3,
        [b'0', b'3'..=b'9', _, _, ..] => 4,
        _ => return false,
    };
    let rest = &digits[code..];
    let length = if code == 3 { rest.len() == 8 } else { matches!(rest.len(), 7 | 8) };
    length && rest[0] >= b'2' && digits.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_of_regions() {
        for code in [b"120101", b"120225", b"110105", b"330100", b"429004", b"659001", b"130000"] {
            assert!(is_area_code(code), "{}", str::from_utf8(code).unwrap());
        }
        for code in [b"120120", b"990000", b"200101", b"110005", b"10010X"] {
            assert!(!is_area_code(code), "{}", str::from_utf8(code).unwrap());
        }
        for name in ["天津市", "和平区", "河北省唐山市", "上海", "滨海新区", "内蒙古自治区"] {
            assert!(is_region_name(name), "{name}");
        }
        for name in ["鞍山西道", "阳光小区", "城市", "张伟", "天津市南开区鞍山西道1号"] {
            assert!(!is_region_name(name), "{name}");
        }
        assert!(is_landline(b"02223000000") && is_landline(b"03152822222"));
        assert!(!is_landline(b"02213000000") && !is_landline(b"00221234567") && !is_landline(b"13800138000"));
    }
}
