//! What measures and choices are called, in Chinese and in English.

mod articles;
mod facts;
mod quality;
mod sources;

pub use articles::ARTICLES;
pub use facts::fact;
pub use quality::{READ, dimension, rule, step};
pub use sources::source_zh;

use crate::risk::{Basis, Comparison};
use crate::spec::quality::Dimension;
use crate::spec::{Claim, Context, Grade, Metric, Purpose, RecodingKind, Role};
use crate::table::hierarchy::level_name_zh;

/// One text in both languages of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Words {
    pub zh: &'static str,
    pub en: &'static str,
}

const fn words(zh: &'static str, en: &'static str) -> Words {
    Words { zh, en }
}

/// The name of a measure and one line on what it says; `None` for an identifier without words.
pub fn measure(id: &str) -> Option<(Words, Words)> {
    Some(match id {
        "k_anonymity" => (
            words("最小等价类（k）", "Smallest class (k)"),
            words("准标识符取值相同的数据提供者，至少这么多", "at least so many subjects look alike"),
        ),
        "k_wildcard" => (
            words("最小等价类（* 匹配任意值）", "Smallest class where * matches every value"),
            words("抑制的单元格视为通配符时的 k", "k if a suppressed cell counts as a wildcard"),
        ),
        "sampling_rate" => (
            words("抽样比例", "Sampling rate"),
            words("每个数据提供者被抽中的概率", "probability of each data provider to be drawn"),
        ),
        "sampling_epsilon" => (
            words("差分隐私 ε", "ε of differential privacy"),
            words("由抽样与 k-匿名得出", "from drawing and k-anonymity together"),
        ),
        "sampling_delta" => (
            words("差分隐私 δ", "δ of differential privacy"),
            words(
                "泛化方案由数据选出时无保证，δ 为 1",
                "1, no guarantee, where the recoding was chosen by looking at the data",
            ),
        ),
        "k_map" => (
            words("总体中最小等价类（k-map）", "Smallest class in the population (k-map)"),
            words("准标识符取值相同的总体人数，至少这么多", "at least so many people of the population look alike"),
        ),
        "delta_presence_least" => (
            words("存在性 δ：最小", "δ-presence, least"),
            words("等价类总体中在数据内的比例", "share of a class's population that is in the data"),
        ),
        "delta_presence_most" => (
            words("存在性 δ：最大", "δ-presence, most"),
            words("等价类总体中在数据内的比例", "share of a class's population that is in the data"),
        ),
        "distinct_l_diversity" => (
            words("取值多样性 l", "Distinct l-diversity"),
            words("每类敏感属性至少这么多种取值", "at least so many sensitive values in each class"),
        ),
        "entropy_l_diversity" => (
            words("熵多样性 l", "Entropy l-diversity"),
            words(
                "每类敏感属性的熵相当于这么多种等概率取值",
                "the entropy of each class is that of so many equal values",
            ),
        ),
        "grassberger_l_diversity" => (
            words("熵多样性 l（小样本校正）", "Entropy l-diversity, corrected for small classes"),
            words("按 Grassberger 估计的熵", "the entropy as Grassberger estimates it"),
        ),
        "recursive_cl_diversity" => (
            words("递归多样性 (c,l)", "Recursive (c,l)-diversity"),
            words("最常见取值与较罕见取值之和的比", "the most frequent value against the sum of the rarer ones"),
        ),
        "t_closeness_equal" => (
            words("接近度 t（等距）", "t-closeness, equal distance"),
            words("各类与整体的敏感属性分布距离", "distance between the values of a class and of the whole"),
        ),
        "t_closeness_ordered" => (
            words("接近度 t（有序）", "t-closeness, ordered distance"),
            words("各类与整体的敏感属性分布距离，按次序", "distance between a class and the whole, by rank"),
        ),
        "t_closeness_hierarchical" => (
            words("接近度 t（层次）", "t-closeness, hierarchical distance"),
            words(
                "各类与整体的敏感属性分布距离，按层次树",
                "distance between a class and the whole, by the tree of labels",
            ),
        ),
        "alpha_k" => (
            words("最大取值占比 α", "Largest share of one value, α"),
            words("一类中同一敏感取值所占比例", "share of a class that has the same sensitive value"),
        ),
        "basic_beta_likeness" | "enhanced_beta_likeness" => (
            words("相似度 β", "β-likeness"),
            words(
                "知道所属类后对取值置信度的相对增益",
                "relative gain of confidence in a value from knowing the class",
            ),
        ),
        "delta_disclosure" => (
            words("披露 δ", "δ-disclosure"),
            words("取值在类中与整体中占比的对数比", "log ratio of a value's share in a class and in the whole"),
        ),
        "average_risk" => (
            words("平均重标识风险", "Average risk of re-identification"),
            words("各数据提供者权重相同", "every subject weighs the same"),
        ),
        "sample_uniques" => (
            words("样本唯一占比", "Sample uniques"),
            words("发布数据中独自成类的比例", "share that is alone in its class in the release"),
        ),
        "population_uniques" => (
            words("总体唯一占比（估计）", "Population uniques, estimated"),
            words("估计在总体中独一无二者所占比例", "estimated share of the population that is alone in it"),
        ),
        "records_at_risk" => (
            words("高风险占比", "Records at risk"),
            words("风险高于阈值的比例", "share whose risk is above the threshold"),
        ),
        "class_risk_highest" => (
            words("最高类风险 R_b", "Highest class risk R_b"),
            words("最小等价类中一人被认出的概率", "chance to find a member of the smallest class"),
        ),
        "classes_above_tau" => (
            words("超限等价类占比 R_a", "Classes above the tolerated risk, R_a"),
            words("风险高于场景阈值 τ 的等价类所占比例", "share of classes whose risk is above τ of the context"),
        ),
        "mean_class_risk" => {
            (words("类平均风险 R_c", "Mean class risk R_c"), words("各等价类权重相同", "every class weighs the same"))
        }
        "gbt42460_risk" => (
            words("总体重标识风险 R", "Overall risk of re-identification R"),
            words("类风险乘以场景下受攻击的概率", "class risk times the chance of an attempt in the context"),
        ),
        "gbt42460_level" => (
            words("去标识化分级", "Level of de-identification"),
            words(
                "1 含直接标识符，2 风险未达标，3 风险达标，4 无标识符",
                "1 identifiers, 2 risk too high, 3 risk low enough, 4 no identifiers",
            ),
        ),
        "prosecutor_highest" => (
            words("检察官攻击：最高", "Prosecutor: highest"),
            words("攻击者知道目标在数据中", "the attacker knows that the target is in the data"),
        ),
        "prosecutor_average" => (
            words("检察官攻击：平均", "Prosecutor: mean"),
            words("各数据提供者权重相同", "every subject weighs the same"),
        ),
        "prosecutor_share_above" => (
            words("检察官攻击：超限占比", "Prosecutor: share above τ"),
            words("风险高于 τ 的数据提供者所占比例", "share of subjects whose risk is above τ"),
        ),
        "journalist_highest" => (
            words("记者攻击：最高", "Journalist: highest"),
            words("攻击者不知道目标是否在数据中", "the attacker does not know who is in the data"),
        ),
        "journalist_average" => (
            words("记者攻击：平均", "Journalist: mean"),
            words("按均匀抽样比例推算总体", "the population follows from a uniform sampling fraction"),
        ),
        "journalist_share_above" => (
            words("记者攻击：超限占比", "Journalist: share above τ"),
            words("风险高于 τ 的数据提供者所占比例", "share of subjects whose risk is above τ"),
        ),
        "marketer" => (
            words("营销者攻击", "Marketer"),
            words("整表关联时预期被认出的比例", "expected share found by linking the whole table"),
        ),
        "identifier_columns" => (
            words("残留直接标识符列", "Identifier columns released"),
            words("以令牌代替的列不计", "columns that became tokens do not count"),
        ),
        "suppressed_share" => (
            words("抑制记录占比", "Records withheld"),
            words("为满足条件而未发布的记录比例", "share of records not released so that the conditions hold"),
        ),
        "loss" => (words("信息损失", "Information loss"), words("0 为原样，1 为全部抹去", "0 as it was, 1 all gone")),
        "records_per_subject_mean" => (
            words("每个数据提供者的平均记录数", "Records per subject, mean"),
            words("记录越多，轨迹越易辨认", "many records of one subject are a trail"),
        ),
        "records_per_subject_max" => (
            words("每个数据提供者的最多记录数", "Records per subject, most"),
            words("记录越多，轨迹越易辨认", "many records of one subject are a trail"),
        ),
        "records_per_subject_source" => (
            words("源数据中每个数据提供者的记录数", "Records per subject in the source"),
            words("平均值", "on average"),
        ),
        "records_per_subject" => (
            words("每个数据提供者的记录数", "Records per subject"),
            words("平均值，按令牌计", "on average, by its token"),
        ),
        "subjects_not_countable" => (
            words("无法由文件计数的数据提供者", "Subjects that the files do not show"),
            words(
                "一人多条记录时须发布令牌，否则 k 被高估",
                "with several records each, a token is needed or k is overstated",
            ),
        ),
        "one_to_one_columns" => (
            words("与源数据一一对应的列", "Columns one-to-one with the source"),
            words("一一对应即可复原", "such a column gives its source back"),
        ),
        "determining_columns" => (
            words("可推出被泛化取值的列", "Columns that undo a generalization"),
            words("保留列不得决定另一列的原值", "no released column may give away what another hides"),
        ),
        "row_order_correlation" => (
            words("行序相关性", "Row order, correlation"),
            words("发布行序与源行序的秩相关", "rank correlation of released and source order"),
        ),
        "row_order_neighbours" => (
            words("相邻行保留比例", "Row order, neighbours kept"),
            words("源中相邻而发布后仍相邻的行", "rows side by side in the source and still so"),
        ),
        id => {
            let dimension = Dimension::ALL.into_iter().find(|one| one.measure() == id)?;
            quality::dimension(dimension)
        }
    })
}

/// The name of a metric of quality and one line on what it says.
pub fn metric(metric: Metric) -> (Words, Words) {
    match metric {
        Metric::Loss => (
            words("信息损失（算术平均）", "Loss, arithmetic mean"),
            words("0 为原样，1 为全部抹去", "0 as it was, 1 all gone"),
        ),
        Metric::GeometricLoss => (
            words("信息损失（几何平均）", "Loss, geometric mean"),
            words("0 为原样，1 为全部抹去", "0 as it was, 1 all gone"),
        ),
        Metric::Precision => {
            (words("层级损失", "Precision lost"), words("向 * 走过的层级比例", "share of the levels on the way to *"))
        }
        Metric::Entropy => (
            words("非均匀熵（比特）", "Non-uniform entropy, bits"),
            words("各列之和", "summed over columns and records"),
        ),
        Metric::NormalizedEntropy => (
            words("非均匀熵（归一化）", "Non-uniform entropy, share"),
            words("失去的熵所占比例，列平均", "share of the entropy that is lost, mean of columns"),
        ),
        Metric::Discernibility => {
            (words("可辨性 DM", "Discernibility, DM"), words("无法区分的记录对", "pairs of records that look alike"))
        }
        Metric::DiscernibilityOfClasses => (
            words("可辨性 DM*", "Discernibility, DM*"),
            words("抑制的记录仍按其类计", "withheld records count in their class"),
        ),
        Metric::AverageClassSize => {
            (words("平均类大小", "Average class size"), words("每类记录数", "records per class"))
        }
        Metric::Ambiguity => (
            words("歧义度", "Ambiguity"),
            words("一条记录可能代表的取值组合数之和", "combinations of values that a record may stand for, summed"),
        ),
        Metric::Divergence => (
            words("KL 散度（比特）", "Kullback-Leibler divergence, bits"),
            words("发布分布与源分布之间", "between the released and the source distribution"),
        ),
    }
}

/// Who can repeat a measure.
pub fn basis(basis: Basis) -> Words {
    match basis {
        Basis::Release => words("任何人", "anyone"),
        Basis::Run => words("提供方", "the provider"),
    }
}

pub fn claim(claim: Claim) -> Words {
    match claim {
        Claim::Deidentified => words("去标识化", "de-identified"),
        Claim::Anonymized => words("匿名化", "anonymized"),
    }
}

pub fn purpose(purpose: Purpose) -> Words {
    match purpose {
        Purpose::Share => words("共享", "share"),
        Purpose::Open => words("开放", "open"),
        Purpose::Trade => words("交易", "trade"),
    }
}

pub fn context(context: Context) -> Words {
    match context {
        Context::Public => words("完全公开", "public"),
        Context::Controlled => words("受控公开", "controlled"),
        Context::Enclave => words("领地公开", "enclave"),
    }
}

pub fn role(role: Role) -> Words {
    match role {
        Role::Identifier => words("直接标识符", "identifier"),
        Role::Quasi => words("准标识符", "quasi-identifier"),
        Role::Sensitive => words("敏感属性", "sensitive"),
        Role::Insensitive => words("一般属性", "insensitive"),
    }
}

pub fn recoding(kind: RecodingKind) -> Words {
    match kind {
        RecodingKind::Global => words("全局泛化：每列一个级别", "global: one level per column"),
        RecodingKind::Local => {
            words("局部泛化：每个等价类只泛化到必要的程度", "local: each class as coarse as it needs to be")
        }
        RecodingKind::Cells => words("单元格抑制：个别单元格以 * 代替", "cell suppression: single cells became *"),
        RecodingKind::Microaggregation => {
            words("微聚集：相近记录以同一数值代替", "microaggregation: near records have one number")
        }
    }
}

pub fn grade(grade: Grade) -> Words {
    match grade {
        Grade::Low => words("低", "low"),
        Grade::Medium => words("中", "medium"),
        Grade::High => words("高", "high"),
    }
}

/// A treatment that is one word in the pipeline file; `None` for one with settings.
pub fn treatment(told: &str) -> Option<Words> {
    Some(match told {
        "drop" => words("不发布", "not released"),
        "keep" => words("原样发布", "released as it is"),
        _ => return None,
    })
}

/// The name of a level, or of what local recoding, suppressed cells and microaggregation made of a column, in Chinese.
pub fn level_zh(name: &str) -> String {
    if let Some(labels) = name.strip_suffix(" labels, as coarse as each class needs") {
        return format!("{labels} 个标签，各等价类只粗到必要的程度");
    }
    let starred =
        name.strip_prefix("`*` in ").and_then(|rest| rest.strip_suffix(" of the records, otherwise the value"));
    if let Some(records) = starred {
        return format!("{records} 条记录为 `*`，其余为原值");
    }
    let grouped = name.split_once(" of each of ").and_then(|(word, rest)| {
        let (groups, lost) = rest.strip_suffix(" of the variance")?.split_once(" groups, which lose ")?;
        let word = match word {
            "mean" => "均值",
            "median" => "中位数",
            "interval" => "区间",
            _ => return None,
        };
        Some(format!("{groups} 组各自的{word}，损失方差的 {lost}"))
    });
    grouped.unwrap_or_else(|| level_name_zh(name))
}

/// The sign of a comparison.
pub fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::AtLeast => "≥",
        Comparison::AtMost => "≤",
        Comparison::Below => "<",
    }
}
