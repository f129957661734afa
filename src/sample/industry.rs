//! Sections and divisions of GB/T 4754-2017.

/// A section (门类): letter, first and last division (大类), weight among enterprises, words in their names.
pub struct Section {
    pub letter: &'static str,
    pub first: u32,
    pub last: u32,
    pub weight: u32,
    pub words: &'static [&'static str],
}

const fn section(letter: &'static str, first: u32, last: u32, weight: u32, words: &'static [&'static str]) -> Section {
    Section { letter, first, last, weight, words }
}

pub const SECTIONS: [Section; 20] = [
    section("A", 1, 5, 22, &["农业", "种植", "养殖"]),
    section("B", 6, 12, 3, &["矿业", "油田服务"]),
    section("C", 13, 43, 130, &["机械", "电子", "食品", "金属制品", "新材料"]),
    section("D", 44, 46, 5, &["能源", "热力", "水务"]),
    section("E", 47, 50, 80, &["建筑工程", "装饰工程", "市政工程"]),
    section("F", 51, 52, 310, &["贸易", "商贸", "百货", "国际贸易"]),
    section("G", 53, 60, 55, &["物流", "货运", "供应链"]),
    section("H", 61, 62, 35, &["餐饮管理", "酒店管理"]),
    section("I", 63, 65, 62, &["软件", "网络科技", "信息技术"]),
    section("J", 66, 69, 8, &["投资", "融资租赁", "资产管理"]),
    section("K", 70, 70, 32, &["房地产", "物业管理"]),
    section("L", 71, 72, 130, &["企业管理咨询", "商务服务", "租赁", "广告"]),
    section("M", 73, 75, 78, &["科技", "检测技术", "工程设计"]),
    section("N", 76, 79, 8, &["环保", "园林"]),
    section("O", 80, 82, 26, &["家政服务", "汽车维修", "美容"]),
    section("P", 83, 83, 6, &["教育科技"]),
    section("Q", 84, 85, 5, &["健康管理", "养老服务"]),
    section("R", 86, 90, 20, &["文化传媒", "体育", "文化传播"]),
    section("S", 91, 96, 1, &["社会服务"]),
    section("T", 97, 97, 1, &["国际服务"]),
];

/// How often a division occurs beside the others of its section: a few are common, most are rare.
pub fn division_weight(division: u32) -> u32 {
    match division {
        51 | 52 | 72 | 65 => 100,
        34 | 33 | 48 | 54 | 75 | 62 | 81 => 60,
        1 | 35 | 38 | 50 | 73 | 80 | 87 | 82 => 34,
        29 | 30 | 36 | 39 | 14 | 47 | 59 | 64 | 74 | 4 | 3 | 78 => 20,
        _ => 6,
    }
}
