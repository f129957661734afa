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
    if is_city(text) || province(text).is_some_and(|name| name.len() == text.len()) {
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

/// Cities of the level of a prefecture, without 市.
///
/// # References
/// GB/T 2260.
const CITIES: &str = "石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德 沧州 廊坊 衡水 太原 大同 阳泉 长治 晋城 朔州 \
     晋中 运城 忻州 临汾 吕梁 呼和浩特 包头 乌海 赤峰 通辽 鄂尔多斯 呼伦贝尔 巴彦淖尔 乌兰察布 沈阳 \
     大连 鞍山 抚顺 本溪 丹东 锦州 营口 阜新 辽阳 盘锦 铁岭 葫芦岛 长春 四平 辽源 通化 白山 松原 \
     白城 哈尔滨 齐齐哈尔 鸡西 鹤岗 双鸭山 大庆 伊春 佳木斯 七台河 牡丹江 黑河 绥化 南京 无锡 徐州 \
     常州 苏州 南通 连云港 淮安 盐城 扬州 镇江 泰州 宿迁 杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 \
     舟山 台州 丽水 合肥 芜湖 蚌埠 淮南 马鞍山 淮北 铜陵 安庆 黄山 滁州 阜阳 宿州 六安 亳州 池州 \
     宣城 福州 厦门 莆田 三明 泉州 漳州 南平 龙岩 宁德 南昌 景德镇 萍乡 九江 新余 鹰潭 赣州 吉安 \
     宜春 抚州 上饶 济南 青岛 淄博 枣庄 东营 烟台 潍坊 济宁 泰安 威海 日照 临沂 德州 聊城 滨州 \
     菏泽 郑州 开封 洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘 信阳 周口 \
     驻马店 武汉 黄石 十堰 宜昌 襄阳 鄂州 荆门 孝感 荆州 黄冈 咸宁 随州 长沙 株洲 湘潭 衡阳 邵阳 \
     岳阳 常德 张家界 益阳 郴州 永州 怀化 娄底 广州 韶关 深圳 珠海 汕头 佛山 江门 湛江 茂名 肇庆 \
     惠州 梅州 汕尾 河源 阳江 清远 东莞 中山 潮州 揭阳 云浮 南宁 柳州 桂林 梧州 北海 防城港 钦州 \
     贵港 玉林 百色 贺州 河池 来宾 崇左 海口 三亚 儋州 成都 自贡 攀枝花 泸州 德阳 绵阳 广元 遂宁 \
     内江 乐山 南充 眉山 宜宾 广安 达州 雅安 巴中 资阳 贵阳 六盘水 遵义 安顺 毕节 铜仁 昆明 曲靖 \
     玉溪 保山 昭通 丽江 普洱 临沧 拉萨 日喀则 昌都 林芝 山南 那曲 西安 铜川 宝鸡 咸阳 渭南 延安 \
     汉中 榆林 安康 商洛 兰州 嘉峪关 金昌 白银 天水 武威 张掖 平凉 酒泉 庆阳 定西 陇南 西宁 海东 \
     银川 石嘴山 吴忠 固原 中卫 乌鲁木齐 克拉玛依 吐鲁番 哈密";

fn is_city(text: &str) -> bool {
    static CHARACTERS: HanSet = HanSet::of(&[CITIES]);
    (6..=12).contains(&text.len())
        && text.chars().all(|c| CHARACTERS.contains(c))
        && CITIES.split(' ').any(|city| city == text)
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
