//! Names of levels in Chinese.

/// The name of a [`super::Level`] in Chinese; a name of another form, which a person gave, stays as it is.
pub fn level_name_zh(name: &str) -> String {
    let number = |text: &str| text.parse::<f64>().is_ok();
    match name.split_once(' ') {
        None => match name {
            "value" => "原值",
            "month" => "月",
            "quarter" => "季度",
            "year" => "年",
            "decade" => "十年",
            other => other,
        }
        .into(),
        Some(("half", "year")) => "半年".into(),
        Some((count, "years")) if number(count) => format!("{count} 年"),
        Some((count, "characters")) if number(count) => format!("前 {count} 位"),
        Some(("width", width)) if number(width) => format!("宽 {width} 的区间"),
        Some(("level", level)) if number(level) => format!("第 {level} 级分组"),
        Some(_) => name.into(),
    }
}
