//! What an attack is called and what an attacker would have gained, in Chinese and in English.

mod traces;

use super::{AttackOutcome, BaselineKind, Looked};

/// One text in both languages of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub zh: String,
    pub en: String,
}

/// A name and a gain, each Chinese then English.
type Words = [(&'static str, &'static str); 2];

/// The name of an attack and what one success of it gives an attacker, each Chinese then English; `None` for an
/// identifier without words.
pub fn attack(id: &str) -> Option<Words> {
    let (name, gain) = match id {
        "relink_quasi" => (
            ("全知重链接：准标识符", "Re-linking by quasi-identifiers"),
            ("认出某人唯一对应的发布记录", "finds the one released record of a known person"),
        ),
        "relink_measures" => (
            ("全知重链接：准标识符与数值", "Re-linking by quasi-identifiers and measures"),
            ("认出某人唯一对应的发布记录", "finds the one released record of a known person"),
        ),
        "relink_subsets" => (
            ("全知重链接：任意至多三列", "Re-linking by any three columns"),
            ("只需知道至多三个取值即认出某人的发布记录", "finds a person's released record from three values at most"),
        ),
        "singling_out_univariate" => (
            ("单列挑出", "Singling out by one column"),
            ("写出只符合一人的条件", "states a condition that holds for one person alone"),
        ),
        "singling_out_multivariate" => (
            ("多列挑出", "Singling out by several columns"),
            ("写出只符合一人的条件", "states a condition that holds for one person alone"),
        ),
        "linkability" => (
            ("可关联性", "Linkability"),
            ("确认两份资料属于同一人", "learns that two sets of facts belong to one person"),
        ),
        "ordered_column" => (
            ("行序泄露", "Order of the source"),
            ("由该列取值得知记录在源数据中的位置", "learns from the column where in the source a record stood"),
        ),
        "homogeneity" => (
            ("同质等价类", "Classes of one value"),
            ("仅凭所在等价类即知某人的取值", "learns a person's value from the class alone"),
        ),
        "inference" => (("可推断性", "Inference"), ("推断出某人的敏感取值", "learns a person's sensitive value")),
        _ => return traces::attack(id),
    };
    Some([name, gain])
}

/// Tells the outcome in one sentence: what was tried, how often it worked, and what that gives.
pub fn told(outcome: &AttackOutcome) -> Told {
    let gain = attack(&outcome.id).map_or((outcome.id.as_str(), outcome.id.as_str()), |[_, gain]| gain);
    if !outcome.attempted() {
        return Told {
            zh: "未能实施，不能视为通过。".into(), en: "Not carried out: this is no pass.".into()
        };
    }
    if outcome.nothing_there {
        return Told {
            zh: "发布数据中没有此攻击可利用的内容。".into(),
            en: "The release has nothing that this attack could start from.".into(),
        };
    }
    if outcome.unasked() {
        let (subjects, points) = (outcome.not_asked, outcome.id.trim_start_matches("trail_unicity_"));
        return Told {
            zh: format!("未实施，不作判定：所抽 {subjects} 个主体中，无一有 {points} 条不同的记录可供攻击者知悉。"),
            en: format!(
                "Not tried, and not judged: of {subjects} subjects drawn none has {points} different records that an \
                 attacker could know."
            ),
        };
    }
    if outcome.trials == 0 {
        return Told {
            zh: format!("尝试 {} 次，均无从下手：攻击者一无所获。", outcome.not_asked),
            en: format!("None of {} attempts had anything to ask about: nothing gained.", outcome.not_asked),
        };
    }
    let (successes, trials) = (outcome.successes, outcome.trials);
    let mut zh = format!("{trials} 次攻击中成功 {successes} 次；每次成功，攻击者可{}。", gain.0);
    let mut en = format!("{successes} of {trials} trials succeeded; with each the attacker {}.", gain.1);
    if outcome.not_formed > 0 {
        zh.push_str(&format!("其中 {} 次无法构成攻击。", outcome.not_formed));
        en.push_str(&format!(" {} of the trials could not be made into an attack.", outcome.not_formed));
    }
    for base in outcome.baseline.iter().chain(&outcome.naive) {
        let (whom_zh, whom_en) = match base.what {
            BaselineKind::NaiveGuess => ("随机猜测", "Naive guesses"),
            BaselineKind::ControlGroup => ("对照组", "The control group"),
        };
        zh.push_str(&format!("{whom_zh}：{} 次中 {} 次。", base.trials, base.successes));
        en.push_str(&format!(" {whom_en}: {} of {}.", base.successes, base.trials));
    }
    let [low, high] = outcome.interval;
    zh.push_str(&format!(
        "超出基线的风险 {}（95 % 区间 {} 至 {}）。",
        percent(outcome.risk),
        percent(low),
        percent(high)
    ));
    en.push_str(&format!(
        " Risk beyond the baseline {} (95 % interval {} to {}).",
        percent(outcome.risk),
        percent(low),
        percent(high)
    ));
    if let Some(cost) = outcome.cost.map(|cost| cost.told()) {
        zh.push_str(&cost.zh);
        en.push_str(&format!(" {}", cost.en));
    }
    let sampling = outcome.sampling;
    for (looked, what_zh, what_en) in
        [(sampling.source, "源数据", "source"), (sampling.released, "发布数据", "released")]
    {
        if looked.rows < looked.of {
            let Looked { rows, of } = looked;
            zh.push_str(&format!("抽样：{what_zh} {of} 行中的 {rows} 行。"));
            en.push_str(&format!(" Sampled: {rows} of {of} {what_en} rows."));
        }
    }
    Told { zh, en }
}

/// A share as a percentage with two decimals, without trailing zeros.
pub(super) fn percent(share: f64) -> String {
    format!("{} %", (share * 1e4).round() / 1e2)
}

#[cfg(test)]
mod tests {
    use super::super::{Baseline, Sampling};
    use super::*;

    #[test]
    fn every_attack_has_words() {
        for id in crate::spec::ATTACKS {
            assert!(attack(id).is_some(), "{id}");
        }
    }

    #[test]
    fn a_sentence_has_all_its_numbers() {
        let control = Baseline { successes: 5, trials: 100, what: BaselineKind::ControlGroup };
        let sampling = Sampling { source: Looked { rows: 100, of: 900 }, released: Looked { rows: 7, of: 7 } };
        let outcome = AttackOutcome::new("linkability", 24, 100, Some(control)).sampled(sampling).not_formed(3);
        let Told { zh, en } = told(&outcome);
        assert_eq!(
            en,
            "24 of 100 trials succeeded; with each the attacker learns that two sets of facts belong to one person. 3 \
             of the trials could not be made into an attack. The control group: 5 of 100. Risk beyond the baseline 20 % (95 % \
             interval 9.93 % to 29.28 %). Sampled: 100 of 900 source rows."
        );
        for part in ["100 次攻击中成功 24 次", "其中 3 次", "对照组：100 次中 5 次", "20 %", "源数据 900 行中的 100 行"]
        {
            assert!(zh.contains(part), "{part} in {zh}");
        }
        assert!(!zh.contains("发布数据"), "looked at whole");
    }

    #[test]
    fn nothing_tried_is_told() {
        let idle = AttackOutcome::new("inference", 0, 0, None);
        assert!(told(&idle).en.contains("no pass"));
        assert!(told(&idle).zh.contains("不能视为通过"));
        let short = AttackOutcome::new("trail_unicity_4", 0, 0, None).not_asked(120);
        assert!(told(&short).en.starts_with("Not tried, and not judged: of 120 subjects drawn none has 4 different"));
        assert!(told(&short).zh.contains("所抽 120 个主体中，无一有 4 条不同的记录"));
        let blank = AttackOutcome::new("residual_patterns", 0, 0, None).not_asked(120);
        assert!(told(&blank).en.contains("nothing gained"), "having looked is an attempt there");
    }
}
