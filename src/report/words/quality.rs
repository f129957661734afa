//! Words of GB/T 36344 and of the preparation.

use super::{Words, words};
use crate::spec::quality::Dimension;

/// A dimension, and one line on what it says.
pub fn dimension(dimension: Dimension) -> (Words, Words) {
    match dimension {
        Dimension::Conformity => (
            words("源数据规范性", "Conformity of the source"),
            words("符合格式或代码表的比例", "share of cells that are written as a pattern or code table says"),
        ),
        Dimension::Completeness => (
            words("源数据完整性", "Completeness of the source"),
            words("必填单元格非空的比例", "share of required cells that are there"),
        ),
        Dimension::Accuracy => (
            words("源数据准确性", "Accuracy of the source"),
            words("在取值范围内且不重复的比例", "share of cells in their range, and not there twice"),
        ),
        Dimension::Consistency => (
            words("源数据一致性", "Consistency of the source"),
            words("字段间符合规则的记录比例", "share of records whose cells agree with one another"),
        ),
        Dimension::Timeliness => (
            words("源数据时效性", "Timeliness of the source"),
            words("属于所述时段的比例", "share of what is of the time that the data are for"),
        ),
        Dimension::Accessibility => (
            words("源数据可访问性", "Accessibility of the source"),
            words("可读取的记录比例", "share of the records that could be read"),
        ),
    }
}

/// A rule for cells, by its key in the pipeline file; `None` for the name of a rule for records.
pub fn rule(key: &str) -> Option<Words> {
    Some(match key {
        "required" => words("必填", "required"),
        "pattern" => words("格式", "pattern"),
        "codes" => words("取值清单", "listed values"),
        "table" => words("代码表", "code table"),
        "least" => words("不小于下限", "at least"),
        "most" => words("不大于上限", "at most"),
        "unique" => words("不重复", "unique"),
        "period" => words("时段", "period"),
        _ => return None,
    })
}

/// The records that could be read.
pub const READ: Words = words("可读取", "read");

/// A step of the preparation, by its key in the pipeline file.
pub fn step(key: &str) -> Option<Words> {
    Some(match key {
        "rename" => words("改名", "rename"),
        "cast" => words("转换类型", "cast"),
        "date" => words("读取日期", "read dates"),
        "trim" => words("去除首尾空白", "trim"),
        "half_width" => words("全角转半角", "full to half width"),
        "upper" => words("转大写", "upper case"),
        "lower" => words("转小写", "lower case"),
        "replace" => words("替换取值", "replace values"),
        "code" => words("按代码表转换", "look up codes"),
        "derive" => words("派生列", "derive"),
        "filter" => words("筛选记录", "filter"),
        "join" => words("关联表", "join"),
        "deduplicate" => words("去重", "deduplicate"),
        "sql" => words("SQL 查询", "SQL query"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dimension_has_the_words_of_its_measure() {
        for one in Dimension::ALL {
            assert_eq!(super::super::measure(&one.measure()), Some(dimension(one)));
        }
        assert_eq!(super::super::measure("quality_nothing"), None);
    }
}
