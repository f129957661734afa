//! Tianjin's districts, made-up communities, and addresses in the city's style.

use super::draw::{Draw, Weighted};
use super::text::Text;

pub struct District {
    pub name: &'static str,
    /// GB/T 2260.
    pub code: u32,
    /// Households, in ten thousands, roughly.
    weight: u32,
    communities: usize,
    roads: &'static [&'static str],
}

const fn district(
    name: &'static str,
    code: u32,
    weight: u32,
    communities: usize,
    roads: &'static [&'static str],
) -> District {
    District { name, code, weight, communities, roads }
}

pub const DISTRICTS: [District; 16] = [
    district(
        "和平区",
        120101,
        15,
        8,
        &["南京路", "西康路", "成都道", "重庆道", "贵州路", "营口道", "沈阳道", "睦南道"],
    ),
    district("河东区", 120102, 36, 13, &["津滨大道", "卫国道", "六纬路", "十一经路", "华昌道", "张贵庄路", "成林道"]),
    district("河西区", 120103, 35, 14, &["友谊路", "解放南路", "围堤道", "珠江道", "洞庭路", "平山道", "宾水道"]),
    district("南开区", 120104, 38, 14, &["鞍山西道", "白堤路", "卫津路", "红旗路", "长江道", "复康路", "迎水道"]),
    district(
        "河北区",
        120105,
        27,
        12,
        &["中山路", "金钟河大街", "王串场一号路", "昆纬路", "育红路", "江都路", "志成道"],
    ),
    district("红桥区", 120106, 21, 10, &["丁字沽一号路", "勤俭道", "西青道", "光荣道", "芥园道", "大丰路", "本溪路"]),
    district("东丽区", 120110, 33, 12, &["津塘公路", "跃进路", "先锋路", "利津路", "登州路", "雪莲路"]),
    district("西青区", 120111, 43, 14, &["柳口路", "新华道", "秀川路", "中北大道", "万卉路", "赛达大道"]),
    district("津南区", 120112, 35, 12, &["津沽公路", "体育场路", "雅观路", "同德路", "月牙河路", "红旗路"]),
    district("北辰区", 120113, 35, 13, &["京津路", "果园南道", "果园北道", "高峰路", "淮河道", "龙泉道"]),
    district("武清区", 120114, 42, 16, &["雍阳西道", "京津公路", "翠亨路", "泉旺路", "光明道", "建国南路"]),
    district("宝坻区", 120115, 26, 14, &["南关大街", "开元路", "建设路", "渔阳路", "广川路", "钰华街"]),
    district("滨海新区", 120116, 80, 20, &["第一大街", "第二大街", "黄海路", "新港路", "上海道", "杭州道", "世纪大道"]),
    district("宁河区", 120117, 15, 10, &["光明路", "金翠路", "震新路", "商业道", "沿河路"]),
    district("静海区", 120118, 29, 13, &["胜利大街", "东方红路", "地纬路", "静文路", "泰安道"]),
    district("蓟州区", 120119, 30, 14, &["渔阳南路", "人民西大街", "迎宾路", "兴华大街", "中昌路"]),
];

/// Stems of names of estates and communities.
const STEMS: [&str; 64] = [
    "天泰", "安华", "碧华", "久华", "居华", "长华", "云阳", "阳光", "西园", "东园", "泰达", "瑞景", "万科", "海河",
    "金地", "春光", "秋实", "福泽", "德安", "永安", "康泰", "和苑", "锦园", "荣华", "华夏", "盛世", "龙泉", "玉泉",
    "银河", "松江", "富力", "体北", "宁发", "平安", "翠竹", "紫薇", "丁香", "海棠", "玫瑰", "牡丹", "杏林", "桃园",
    "梅江", "兰亭", "竹苑", "菊园", "枫林", "柳林", "清水", "佳园", "吉祥", "如意", "团结", "光明", "胜利", "幸福",
    "友爱", "勤俭", "民生", "惠民", "新兴", "向阳", "朝晖", "晨光",
];
const ESTATES: [&str; 12] = ["里", "里", "里", "里", "里", "东里", "西里", "花园", "家园", "公寓", "新苑", "园"];

/// Draws a place to live or to trade.
pub struct Places {
    districts: Weighted,
    /// Per district, the first communities are the largest.
    communities: Vec<(Weighted, Vec<String>)>,
}

impl Places {
    pub fn new() -> Self {
        let mut number = 0;
        let communities = DISTRICTS.iter().map(|district| {
            let weights: Vec<u32> = (0..district.communities as u32).map(|rank| 1200 / (rank + 4)).collect();
            let names = (0..district.communities).map(|_| {
                // 64 stems by 4 tails: more than all communities together, so that a name tells the district
                let name = format!("{}{}社区", STEMS[number % 64], ["", "里", "东", "西"][number / 64 % 4]);
                number += 1;
                name
            });
            (Weighted::new(&weights), names.collect())
        });
        let communities = communities.collect();
        Self { districts: Weighted::new(&DISTRICTS.map(|d| d.weight)), communities }
    }

    /// An index into [`DISTRICTS`].
    pub fn district(&self, draw: &mut Draw) -> usize {
        self.districts.draw(draw)
    }

    /// The name of a community of the district.
    pub fn community(&self, draw: &mut Draw, district: usize) -> &str {
        let (weights, names) = &self.communities[district];
        &names[weights.draw(draw)]
    }
}

/// Adds the address of a flat, such as `天津市南开区鞍山西道天泰里12号楼3门502室`.
pub fn add_home(draw: &mut Draw, district: usize, cell: &mut Text) {
    let place = &DISTRICTS[district];
    cell.add("天津市").add(place.name).add(draw.one_of(place.roads));
    if draw.chance(250) {
        cell.digits(u64::from(1 + draw.below(260)), 1).add("号");
    }
    cell.add(draw.one_of(&STEMS)).add(draw.one_of(&ESTATES));
    cell.digits(u64::from(1 + draw.below(30)), 1).add(if draw.chance(800) { "号楼" } else { "栋" });
    cell.digits(u64::from(1 + draw.below(6)), 1).add(if draw.chance(850) { "门" } else { "单元" });
    let floors = if draw.chance(650) { 6 } else { 24 };
    cell.digits(u64::from(1 + draw.below(floors)), 1).digits(u64::from(1 + draw.below(4)), 2).add("室");
}

/// Adds the address of an office, such as `天津市河西区友谊路35号金地大厦1204室`.
pub fn add_office(draw: &mut Draw, district: usize, cell: &mut Text) {
    let place = &DISTRICTS[district];
    cell.add("天津市").add(place.name).add(draw.one_of(place.roads));
    cell.digits(u64::from(1 + draw.below(480)), 1).add("号").add(draw.one_of(&STEMS));
    cell.add(draw.one_of(&["大厦", "广场", "产业园", "商务中心", "工业园", "科技园"]));
    if draw.chance(300) {
        cell.digits(u64::from(1 + draw.below(18)), 1).add("号楼");
    }
    cell.digits(u64::from(1 + draw.below(22)), 1).digits(u64::from(1 + draw.below(20)), 2).add("室");
}
