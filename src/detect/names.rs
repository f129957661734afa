//! Names of people.

use super::han::HanSet;

/// Surnames of one character, the frequent ones first: together they cover well over 98 % of people.
const SURNAMES: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟\
    汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严\
    牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫\
    查屈鲍覃霍翁隋甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来苟全褚廉简娄盖符奚木穆\
    党燕郎邸冀谈姬屠连郜晏栾郁商蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩井练仲乐虞卞封竺冼原官衣楚佟栗匡宗应台巫鞠桑荆谌\
    银扬明沙伏岑习胥保和蔺水云昌凤酆皮湛茅麻危骆邝佘晁勾敬衡漆帅逄闻操亓闫肖付代候戈仝芮羿储汲邴松富乌巴弓牧隗山宓蓬\
    郗班秋伊暴钭厉戎祖束幸韶蓟印宿怀蒲邰从鄂索咸籍阴能苍双莘贡劳扶堵宰郦雍却璩濮寿通扈郏浦尚农别充慕茹宦鱼容慎庾终暨\
    居步满弘国寇广禄阙东殳沃利蔚越夔隆师厍融訾阚那空毋乜养须丰巢蒯相后红权逯益桓公";

/// Surnames of two characters.
const COMPOUNDS: [&str; 40] = [
    "欧阳", "司马", "上官", "诸葛", "皇甫", "尉迟", "令狐", "慕容", "夏侯", "东方", "赫连", "澹台", "公冶", "宗政",
    "濮阳", "淳于", "单于", "太叔", "申屠", "公孙", "仲孙", "轩辕", "钟离", "宇文", "长孙", "司徒", "司空", "鲜于",
    "闾丘", "拓跋", "呼延", "端木", "百里", "东郭", "南宫", "西门", "独孤", "纳兰", "完颜", "第五",
];

/// Words that begin with a surname and are no names; columns of them are frequent.
const WORDS: [&str; 62] = [
    "高血压",
    "高血脂",
    "高中",
    "高级",
    "高压",
    "高度",
    "白酒",
    "白色",
    "白银",
    "黄色",
    "黄金",
    "安全",
    "安装",
    "常规",
    "常住",
    "常用",
    "成功",
    "成人",
    "成本",
    "成交",
    "成员",
    "方便",
    "方法",
    "方案",
    "方式",
    "金额",
    "金属",
    "金融",
    "江苏",
    "江西",
    "安徽",
    "河北",
    "马上",
    "向上",
    "温度",
    "时间",
    "时长",
    "明细",
    "明天",
    "计划",
    "计算",
    "全部",
    "全国",
    "全职",
    "单位",
    "单身",
    "单价",
    "包装",
    "连接",
    "解决",
    "管理",
    "经理",
    "项目",
    "关闭",
    "关联",
    "和平区",
    "东丽区",
    "红桥区",
    "武清区",
    "国家",
    "公司",
    "广东",
];

/// Endings of words that are titles, places or firms rather than given names.
const NOT_GIVEN: &str = "区县市省镇乡村路街道号店厂科部组费元率量额类级型款线站院校系局处室所司员师工";

/// Surnames in pinyin.
const PINYIN: [&str; 60] = [
    "wang", "li", "zhang", "liu", "chen", "yang", "zhao", "huang", "zhou", "wu", "xu", "sun", "hu", "zhu", "gao",
    "lin", "he", "guo", "ma", "luo", "liang", "song", "zheng", "xie", "han", "tang", "feng", "yu", "dong", "xiao",
    "cheng", "cao", "yuan", "deng", "fu", "shen", "zeng", "peng", "lv", "lyu", "su", "lu", "jiang", "cai", "jia",
    "ding", "wei", "xue", "ye", "yan", "pan", "du", "dai", "xia", "zhong", "tian", "ren", "ouyang", "sima", "zhuge",
];

/// The form of a text that may be a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameForm {
    /// A known surname and one or two more characters.
    Surname,
    /// Parts joined by `·`, as names of several nationalities are written.
    Dotted,
    /// Two to four Han characters without a known surname.
    Han,
    /// A pinyin surname among two or three capitalized words.
    Pinyin,
    /// Two or three capitalized words.
    Latin,
}

static KNOWN: HanSet = HanSet::of(&[SURNAMES]);
static COMPOUND_FIRSTS: HanSet = HanSet::firsts(&COMPOUNDS);
static WORD_FIRSTS: HanSet = HanSet::firsts(&WORDS);
static ENDS: HanSet = HanSet::of(&[NOT_GIVEN]);

pub(super) fn is_han(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c) || ('\u{3400}'..='\u{4dbf}').contains(&c)
}

/// How many bytes of the text a surname takes; `None` if it starts with none.
pub(super) fn surname(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    let compound =
        if COMPOUND_FIRSTS.contains(first) { COMPOUNDS.iter().find(|known| text.starts_with(**known)) } else { None };
    if let Some(compound) = compound {
        return Some(compound.len());
    }
    Some(first).filter(|c| KNOWN.contains(*c)).map(char::len_utf8)
}

/// The form of a whole cell, trimmed and plain; `None` if it cannot be a name.
pub(super) fn form(text: &str) -> Option<NameForm> {
    if text.len() > 80 {
        return None;
    }
    if text.contains('·') {
        let mut parts = 0;
        let good = text.split('·').all(|part| {
            parts += 1;
            (1..=12).contains(&part.chars().count()) && part.chars().all(is_han)
        });
        return (good && parts <= 6).then_some(NameForm::Dotted);
    }
    if text.is_ascii() {
        return latin(text);
    }
    let characters = text.chars().count();
    if !(2..=4).contains(&characters) || !text.chars().all(is_han) {
        return None;
    }
    let surname = surname(text).filter(|&length| {
        let given = text[length..].chars().count();
        let compound = length > 4;
        (1..=2).contains(&given) || compound && given == 0 && characters == 2
    });
    let ends_well = !text.ends_with(|c| ENDS.contains(c));
    let word = text.starts_with(|c| WORD_FIRSTS.contains(c)) && WORDS.iter().any(|word| text.starts_with(word));
    Some(if surname.is_some() && ends_well && !word { NameForm::Surname } else { NameForm::Han })
}

fn latin(text: &str) -> Option<NameForm> {
    let mut words = 0;
    let mut pinyin = false;
    for word in text.split([' ', ',']).filter(|word| !word.is_empty()) {
        let letters = word.trim_end_matches('.').as_bytes();
        let capital = letters.first().is_some_and(u8::is_ascii_uppercase);
        if !capital || !letters.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'-' | b'\'')) {
            return None;
        }
        words += 1;
        pinyin |= PINYIN.iter().any(|surname| word.eq_ignore_ascii_case(surname));
    }
    if !(2..=4).contains(&words) {
        return None;
    }
    Some(if pinyin { NameForm::Pinyin } else { NameForm::Latin })
}

/// The length of a name at the start of a text, behind a word such as `联系人：`; `None` if there is none.
///
/// Takes the surname and at most two Han characters up to the next character that is none; where more follow,
/// a stop word such as 的 or 电话 ends the name.
pub(super) fn length_at(text: &str) -> Option<usize> {
    const STOPS: &str = "的是在与和及已要未说电联手身住男女先女来到将于，因为同也都并把被向对从由给号岁";
    let surname = surname(text)?;
    let mut end = surname;
    let mut given = 0;
    for (at, c) in text[surname..].char_indices() {
        if !is_han(c) || given == 2 || given > 0 && STOPS.contains(c) {
            break;
        }
        given += 1;
        end = surname + at + c.len_utf8();
    }
    let name = &text[..end];
    (given > 0 && form(name) == Some(NameForm::Surname)).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_words_are_told_apart() {
        for text in ["王伟", "欧阳娜娜", "诸葛亮", "李伟泽", "司马光"] {
            assert_eq!(form(text), Some(NameForm::Surname), "{text}");
        }
        assert_eq!(form("阿卜杜拉·买买提"), Some(NameForm::Dotted));
        assert_eq!(form("Zhang Wei"), Some(NameForm::Pinyin));
        assert_eq!(form("John A. Smith"), Some(NameForm::Latin));
        for text in ["高血压", "和平区", "金额", "经济困难", "骨科", "方便"] {
            assert_ne!(form(text), Some(NameForm::Surname), "{text}");
        }
        for text in ["王", "一二三四五", "abc", "王伟1", "12"] {
            assert_eq!(form(text), None, "{text}");
        }
        assert_eq!(length_at("张伟电话138"), Some("张伟".len()));
        assert_eq!(length_at("李建国，"), Some("李建国".len()));
        assert_eq!(length_at("已换表"), None);
    }
}
