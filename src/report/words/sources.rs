//! Where rules come from, in Chinese.

/// The source of a rule in Chinese: for the packs that are built in. What a pack of one's own says stays as it is.
pub fn source_zh(source: &str) -> String {
    let said = match source {
        "PIPL article 73(3)" => "个人信息保护法第73条第3项",
        "PIPL article 73(3), read with GB/T 42460-2023 level 2" => {
            "个人信息保护法第73条第3项，按 GB/T 42460-2023 2 级理解"
        }
        "PIPL article 73(3); GB/T 42460-2023 level 2" => "个人信息保护法第73条第3项；GB/T 42460-2023 2 级",
        "article 29" => "条例第29条",
        "article 29 and PIPL article 73(4), read with GB/T 42460-2023 level 3" => {
            "条例第29条与个人信息保护法第73条第4项，按 GB/T 42460-2023 3 级理解"
        }
        "article 29; PIPL article 73(4)" => "条例第29条；个人信息保护法第73条第4项",
        "article 29; EMA policy 0070" => "条例第29条；EMA 0070 号政策",
        "article 29; WP216 singling out; EMA policy 0070" => "条例第29条；WP216 单独识别；EMA 0070 号政策",
        "article 29; GB/T 42460-2023 A.5 top and bottom coding" => "条例第29条；GB/T 42460-2023 A.5 首尾编码",
        "article 29; composition attacks (Ganta 2008)" => "条例第29条；组合攻击（Ganta 2008）",
        "article 29; m-invariance (Xiao and Tao 2007)" => "条例第29条；m-不变性（Xiao 与 Tao 2007）",
        "GB/T 42460-2023 D.1.4, values as implemented after El Emam" => "GB/T 42460-2023 D.1.4，取值依 El Emam",
        "GB/T 42460-2023 D.1.5: one in five, as for a class of a controlled release" => {
            "GB/T 42460-2023 D.1.5：五分之一，与受控公开的等价类相同"
        }
        "GB/T 42460-2023 level 2; WP216 singling out" => "GB/T 42460-2023 2 级；WP216 单独识别",
        "WP216 singling out; EMA policy 0070" => "WP216 单独识别；EMA 0070 号政策",
        "WP216 linkability; EMA policy 0070" => "WP216 可关联性；EMA 0070 号政策",
        "WP216 linkability; de Montjoye 2013; EMA policy 0070" => "WP216 可关联性；de Montjoye 2013；EMA 0070 号政策",
        "WP216 inference; EMA policy 0070" => "WP216 可推断性；EMA 0070 号政策",
        "article 29; one false alarm in about a million" => "条例第29条；约百万分之一的误报",
        "measured from the written files alone" => "仅从已写出的文件测得",
        "WP216 inference; the number is ours" => "WP216 可推断性；数值由本程序定",
        other => other,
    };
    said.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::embedded_rules;

    #[test]
    fn every_rule_that_is_built_in_has_a_source_in_chinese() {
        let mut told = 0;
        for pack in embedded_rules() {
            let pack = serde_json::to_value(&pack).unwrap();
            let mut left = vec![&pack];
            while let Some(value) = left.pop() {
                match value {
                    serde_json::Value::Object(fields) => {
                        if let Some(source) = fields.get("source").and_then(|source| source.as_str()) {
                            told += 1;
                            // a standard's number and clause are the same in both languages
                            let standard = source.starts_with("GB/T") && !source.contains([';', ':', ',']);
                            assert!(standard || source_zh(source) != source, "{source}");
                        }
                        left.extend(fields.values());
                    }
                    serde_json::Value::Array(items) => left.extend(items),
                    _ => {}
                }
            }
        }
        assert!(told > 40, "{told} sources were looked at");
    }
}
