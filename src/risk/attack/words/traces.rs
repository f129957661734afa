//! Words of the attacks on what a release leaves behind: values, tokens, trails, metadata, earlier releases.

use super::Words;

/// The name of an attack and what one success of it gives an attacker.
pub(super) fn attack(id: &str) -> Option<Words> {
    let words = match id {
        "residual_patterns" => {
            (("残留标识：按格式识别", "Residual identifiers by form"), ("直接读到一个标识", "reads an identifier"))
        }
        "residual_values" => (
            ("残留标识：源数据标识值", "Residual identifiers of the source"),
            ("读到源数据中的一个标识值", "reads an identifier of the source"),
        ),
        "residual_columns" => {
            (("残留标识：整列", "Residual identifier columns"), ("得到一整列标识", "has a whole column of identifiers"))
        }
        "residual_texts" => (
            ("残留标识：报告与证书", "Residual identifiers in report and certificate"),
            ("在报告或证书中读到一个标识", "reads an identifier in the report or the certificate"),
        ),
        "token_enumeration" => {
            (("代号穷举", "Enumeration of tokens"), ("由代号还原出原值", "restores the value behind a token"))
        }
        "token_unkeyed" => (
            ("无密钥代号", "Tokens without a key"),
            ("无需密钥即可算出某值的代号", "computes the token of a value without a key"),
        ),
        "token_frequency" => (
            ("代号频次匹配", "Tokens matched by frequency"),
            ("凭出现次数认出代号背后的原值", "tells the value behind a token by how often it occurs"),
        ),
        "token_reuse_columns" => (
            ("代号跨列重复", "Tokens in several columns"),
            ("把两列中同一代号关联起来", "links two columns by a token"),
        ),
        "token_reuse_releases" => (
            ("代号跨发布重复", "Tokens in several releases"),
            ("把两次发布中同一代号关联起来", "links two releases by a token"),
        ),
        "near_unique_value" => (
            ("近唯一取值", "Near-unique values"),
            ("凭一个取值把记录归于少数人", "knows whose few a record is from one value"),
        ),
        "extreme_values" => (
            ("极端取值", "Extreme values"),
            ("认出最大值或最小值的主人", "finds whoever holds the greatest or the least value"),
        ),
        "trail_unicity_1" => (("轨迹唯一性：1 个已知点", "Unicity at 1 known point"), TRAIL),
        "trail_unicity_2" => (("轨迹唯一性：2 个已知点", "Unicity at 2 known points"), TRAIL),
        "trail_unicity_3" => (("轨迹唯一性：3 个已知点", "Unicity at 3 known points"), TRAIL),
        "trail_unicity_4" => (("轨迹唯一性：4 个已知点", "Unicity at 4 known points"), TRAIL),
        "trail_unicity_5" => (("轨迹唯一性：5 个已知点", "Unicity at 5 known points"), TRAIL),
        "metadata_values" => (
            ("元数据中的取值", "Values in metadata"),
            ("从文件元数据读到未发布的取值", "reads a value from the metadata that was not released"),
        ),
        "metadata_traces" => (
            ("元数据中的痕迹", "Traces in metadata"),
            ("得知文件的出处、主机或用户", "learns where, on what or by whom a file was made"),
        ),
        "earlier_differences" => (
            ("与此前发布的差异", "Difference to an earlier release"),
            ("看出少数人进入或离开某一等价类", "sees few subjects enter or leave a class"),
        ),
        "earlier_intersections" => (
            ("与此前发布的交集", "Intersection with an earlier release"),
            ("把某人缩小到两次发布的少数共同候选人", "narrows a person down to few candidates of both releases"),
        ),
        "earlier_sensitive" => (
            ("两次发布的敏感取值交集", "Sensitive values of two releases"),
            ("推知两次发布都在其中者的敏感取值", "learns the sensitive value of whoever is in both"),
        ),
        _ => return None,
    };
    Some([words.0, words.1])
}

const TRAIL: (&str, &str) =
    ("凭已知的几个点认出某人的全部记录", "finds all records of a person from points that are known");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attack_has_words_in_both_languages() {
        let ids = "residual_patterns residual_values residual_columns token_enumeration token_unkeyed token_frequency \
            token_reuse_columns token_reuse_releases near_unique_value extreme_values \
            trail_unicity_1 trail_unicity_5 metadata_values metadata_traces \
            earlier_differences earlier_intersections earlier_sensitive";
        for id in ids.split_whitespace() {
            let words = super::super::attack(id).unwrap_or_else(|| panic!("{id}"));
            assert!(words.iter().all(|(zh, en)| !zh.is_ascii() && en.is_ascii()), "{id}");
        }
        assert_eq!(attack("trail_unicity_6"), None);
    }
}
