//! Values that tell their kind: sexes, peoples, levels of education.

use hashbrown::HashMap;

use super::finding::{Checked, Whole};
use super::kind::Kind;

const WORDS: &[(Kind, &str)] = &[
    (Kind::Sex, "男 女 男性 女性 M F m f male female Male Female MALE FEMALE 未说明的性别"),
    (
        Kind::MaritalStatus,
        "未婚 已婚 离异 离婚 丧偶 再婚 初婚 复婚 married single divorced widowed Married Single Divorced Widowed Never-married",
    ),
    (
        Kind::Education,
        "文盲 小学 初中 高中 中专 中技 职高 技校 大专 专科 本科 大学 大学本科 硕士 博士 研究生 硕士研究生 博士研究生 博士后 学士 初中及以下 \
         高中及以下 本科及以上 小学及以下 大学专科 Bachelors Masters Doctorate HS-grad Some-college",
    ),
    (Kind::Flag, "是 否 有 无 Y N y n yes no Yes No YES NO true false True False TRUE FALSE"),
    (
        Kind::Nationality,
        "中国 中国籍 美国 日本 韩国 英国 法国 德国 俄罗斯 加拿大 澳大利亚 印度 泰国 越南 新加坡 马来西亚 China USA Japan",
    ),
    (Kind::Religion, "佛教 道教 基督教 天主教 伊斯兰教 无宗教信仰"),
];

const PEOPLES: &str = "汉蒙古回藏维吾尔苗彝壮布依朝鲜满侗瑶白土家哈尼哈萨克傣黎傈僳佤畲高山拉祜水东乡纳西景颇柯尔克孜土达斡尔仫佬羌布朗撒拉毛南仡佬锡伯\
                       阿昌普米塔吉克怒乌孜别克俄罗斯鄂温克德昂保安裕固京塔塔尔独龙鄂伦春赫哲门巴珞巴基诺";

/// The dictionary, by word.
#[derive(Debug, Clone)]
pub(super) struct Dictionary(HashMap<&'static str, Kind>);

impl Dictionary {
    pub fn new() -> Self {
        let words = WORDS.iter().flat_map(|(kind, words)| words.split_whitespace().map(move |word| (word, *kind)));
        Self(words.collect())
    }

    /// Adds what a cell is if it is a word of the dictionary.
    pub fn add_kind(&self, cell: &str, whole: &mut Whole) {
        if cell.len() > 24 {
            return;
        }
        if let Some(kind) = self.0.get(cell) {
            whole.add(*kind, Checked::None);
        }
        if cell.strip_suffix('族').is_some_and(|people| !people.is_empty() && PEOPLES.contains(people)) {
            whole.add(Kind::Ethnicity, Checked::None);
        }
    }
}
