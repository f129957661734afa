//! What the facts of a treatment are called.

use super::{Words, words};

/// The name of a fact, by its key; `None` for a key without words.
pub fn fact(key: &str) -> Option<Words> {
    Some(match key {
        "keep" => words("保持原值的概率", "probability to stay as it is"),
        "invariant" => words("保持频数期望不变", "expected counts stay as they are"),
        "rule" => words("转移规则", "rule of transition"),
        "categories" => words("类别数", "categories"),
        "categories_of_fewer_than_k_subjects" => {
            words("少于 k 个数据提供者的类别（不列出）", "categories of fewer than k subjects, not named")
        }
        "records" => words("记录数", "records"),
        "records_with_another_value" => words("取值已改变的记录", "records with another value than before"),
        "share" => words("所占比例", "share of the records"),
        "bottom" => words("下截断", "bottom coding"),
        "top" => words("上截断", "top coding"),
        "quantile" => words("分位数", "quantile"),
        "cut" => words("截断点", "cut"),
        "subjects_at_or_beyond" => words("达到或超过者", "subjects at or beyond"),
        "groups" => words("组数", "groups"),
        "least_subjects" => words("最小组的数据提供者", "subjects of the smallest group"),
        "information_loss_sse_sst" => words("损失的方差比例 SSE/SST", "share of variance that is lost, SSE/SST"),
        _ => return None,
    })
}
