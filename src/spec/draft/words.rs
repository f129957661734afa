//! What the name of a column says of numbers and categories whose values say nothing.

/// Words of columns that others may know of somebody: size of household, of flat, of firm.
const KNOWN: [&str; 22] = [
    "年龄",
    "岁",
    "人口",
    "人数",
    "面积",
    "楼层",
    "身高",
    "体重",
    "工龄",
    "子女",
    "户型",
    "age",
    "household",
    "family",
    "area",
    "floor",
    "height",
    "weight",
    "employees",
    "staff",
    "children",
    "rooms",
];

/// Words of columns that nobody is to learn of somebody.
const SENSITIVE: [&str; 52] = [
    "金额",
    "费",
    "额",
    "收入",
    "工资",
    "薪",
    "价",
    "资本",
    "资产",
    "余额",
    "欠",
    "电量",
    "水量",
    "气量",
    "热量",
    "用量",
    "读数",
    "诊断",
    "疾病",
    "病",
    "手术",
    "药",
    "检验",
    "科室",
    "症",
    "信用",
    "异常",
    "处罚",
    "违",
    "宗教",
    "政治",
    "成绩",
    "分数",
    "贷",
    "amount",
    "fee",
    "cost",
    "price",
    "income",
    "salary",
    "revenue",
    "balance",
    "kwh",
    "consumption",
    "usage",
    "reading",
    "diagnosis",
    "disease",
    "arrears",
    "credit",
    "score",
    "debt",
];

/// Words of columns that are written freely.
const FREE: [&str; 13] = [
    "备注",
    "说明",
    "描述",
    "意见",
    "内容",
    "摘要",
    "留言",
    "remark",
    "note",
    "comment",
    "description",
    "memo",
    "text",
];

/// Whether somebody's neighbours, colleagues or a public register know such a value.
pub(super) fn known(header: &str) -> bool {
    holds(header, &KNOWN)
}

pub(super) fn sensitive(header: &str) -> bool {
    holds(header, &SENSITIVE)
}

pub(super) fn free(header: &str) -> bool {
    holds(header, &FREE)
}

/// English words count as whole parts of a name: `age` is not in `usage` or `page`.
fn holds(header: &str, words: &[&str]) -> bool {
    let header = header.to_lowercase();
    let mut parts = header.split(|c: char| !c.is_alphanumeric());
    let part = |word: &str| parts.clone().any(|part| part == word || part.strip_suffix('s') == Some(word));
    let found = words.iter().any(|word| if word.is_ascii() { part(word) } else { header.contains(word) });
    parts.next().is_some() && found
}
