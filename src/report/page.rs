//! What the templates of the report are filled with: numbers as people read them, words in both languages.

use minijinja::value::Serde;
use minijinja::{Value, context};

use super::data::{Attacked, Choices, ColumnTold, ReportData, Told, Verdict};
use super::words::{self, Words};
use super::{check, drawn, facts, source as of_source};
use crate::privacy::quality::{ColumnQuality, Quality};
use crate::risk::{Basis, Limit, attack, figure};
use crate::search::Choice;
use crate::spec::{Metric, RecodingKind};

/// All values that a template shows.
pub fn page(data: &ReportData) -> Value {
    let (judged, told): (Vec<_>, Vec<_>) = data.measures.iter().partition(|told| told.met.is_some());
    let attacks = drawn::intervals(data);
    let attacks: Vec<Value> = data.attacks.iter().enumerate().zip(attacks).map(attacked).collect();
    let kept = |attacks: &[Attacked], met: Option<bool>| attacks.iter().filter(|attacked| attacked.met == met).count();
    let head = context! {
        data => Value::from(Serde(data)),
        certified => data.verdict == Verdict::Certified,
        claim => said(words::claim(data.claim)),
        anonymized => data.claim == crate::spec::Claim::Anonymized,
        purpose => said(words::purpose(data.purpose)),
        context => said(words::context(data.context)),
        figures => figures(data),
        reasons => reasons(data),
        seconds => data.seconds.map(|seconds| figure((seconds * 100.0).round() / 100.0)),
        of_values => data.measures.iter().any(|told| told.measure.limit.is_some() && speaks_of_values(&told.measure.id)),
    };
    let measured = context! {
        kept => judged.iter().filter(|told| told.met == Some(true)).count(),
        judged => judged.into_iter().map(measure).collect::<Vec<_>>(),
        told => told.into_iter().map(measure).collect::<Vec<_>>(),
        attacks,
        withstood => kept(&data.attacks, Some(true)),
        failed => kept(&data.attacks, Some(false)),
        unjudged => kept(&data.attacks, None),
        preparation => of_source::preparation(&data.preparation),
        data_quality => data.data_quality.as_ref().map(of_source::quality),
    };
    let columns = context! {
        columns => data.columns.iter().enumerate().map(|(place, told)| column(place, told)).collect::<Vec<_>>(),
        recoding => data.recoding.map(|kind| said(words::recoding(kind))),
        each_class => data.recoding == Some(RecodingKind::Local),
        metric_value => data.metric_value.map(figure),
        metric_lower_bound => data.metric_lower_bound.map(figure),
        lattice_size => data.lattice_size.as_ref().map(|size| size.parse().map_or(size.clone(), figure)),
        nodes_checked => data.nodes_checked.map(|nodes| figure(nodes as f64)),
        quality => data.quality.as_ref().map(quality),
        distances => data.quality.as_ref().map(distances),
        charts => drawn::sizes(data),
    };
    let rest = context! {
        choices => data.choices.as_ref().map(|told| choices(told, data.k)),
        check => context! {
            verify => check::verify(data),
            unpack => check::UNPACK,
            bytes => check::BYTES,
            signature => check::signature(data),
            key_id => check::KEY_ID,
            footer => check::FOOTER,
            smallest => check::smallest_class(data),
        },
        assumed => data.assumptions.as_ref().map(|assumed| context! {
            class_risk => limit(&assumed.class_risk),
            class_source => both(words::source_zh(&assumed.class_risk.source), &assumed.class_risk.source),
            overall_risk => limit(&assumed.overall_risk),
            overall_source => both(words::source_zh(&assumed.overall_risk.source), &assumed.overall_risk.source),
            suppression_limit => figure(assumed.suppression_limit),
            sampling_fraction => figure(assumed.sampling_fraction),
            attacker => assumed.attacker.as_ref().map(|attacker| context! {
                mitigation => said(words::grade(attacker.mitigation)),
                motive => said(words::grade(attacker.motive)),
                recipient_control => said(words::grade(attacker.recipient_control)),
                prevalence => figure(attacker.prevalence),
                acquaintances => figure(f64::from(attacker.acquaintances)),
            }),
        }),
        articles => words::ARTICLES.iter().map(|article| context! {
            number => said(article.number),
            asks => said(article.asks),
            answer => said(article.answer),
            sections => article.sections.to_vec(),
        }).collect::<Vec<_>>(),
    };
    context! { ..head, ..measured, ..columns, ..rest }
}

fn said(words: Words) -> Value {
    Value::from(Serde(words))
}

fn reasons(data: &ReportData) -> Vec<Value> {
    let reasons = match &data.verdict {
        Verdict::Certified => &[][..],
        Verdict::Refused(reasons) => reasons,
    };
    let told = |(place, reason): (usize, &crate::error::Reason)| {
        // several columns may fail one condition: reasons come in the order of measures and attacks
        let before = reasons[..place].iter().filter(|other| other.condition == reason.condition).count();
        let measured = data.measures.iter().filter(|told| told.met == Some(false)).map(|told| &told.measure);
        let measured = measured.filter(|measure| measure.id == reason.condition).nth(before);
        let attacked = data.attacks.iter().filter(|told| told.met == Some(false));
        let attacked = attacked.filter(|told| told.outcome.id == reason.condition).nth(before);
        let found = measured.map(|measure| (measure.value, measure.limit.as_ref()));
        let found = found.or_else(|| attacked.map(|told| (told.outcome.risk, told.outcome.limit.as_ref())));
        context! {
            name => name(&reason.condition),
            zh => attacked.map(|told| told.zh.clone()),
            columns => attacked.map(|told| told.outcome.columns.clone()),
            message => reason.message.clone(),
            help => reason.help.clone(),
            found => found.map(|(value, held)| context! { exact => value, value => figure(value), limit => held.map(limit) }),
        }
    };
    reasons.iter().enumerate().map(told).collect()
}

/// The numbers that a reader looks for first; what a refusal did not come to is left out.
fn figures(data: &ReportData) -> Vec<Value> {
    let measured = |id: &str| data.measures.iter().find(|told| told.measure.id == id).map(|told| &told.measure);
    let tile = |zh, en, value: Option<String>, below: Option<Value>| {
        value.map(|value| context! { words => said(Words { zh, en }), value, below })
    };
    let number = |id: &str| measured(id).map(|measure| figure(measure.value));
    let held = |id: &str| measured(id)?.limit.as_ref().map(|limit| self::limit(limit).into());
    let count = |count: u64| figure(count as f64);
    let withheld = data
        .suppressed_records
        .zip(data.records_read)
        .map(|(withheld, read)| format!("{} %", figure((withheld as f64 / read.max(1) as f64 * 1e4).round() / 1e2)));
    let classes = data.after.classes() as f64;
    let mean =
        data.after.mean().map(|mean| context! { zh => format!("平均 {mean:.1}"), en => format!("mean {mean:.1}") });
    [
        tile("最小等价类 k", "Smallest class, k", number("k_anonymity"), held("k_anonymity")),
        tile("总体风险 R", "Overall risk R", number("gbt42460_risk"), held("gbt42460_risk")),
        tile("去标识化分级", "Level", number("gbt42460_level"), held("gbt42460_level")),
        tile("等价类", "Classes", (classes > 0.0).then(|| figure(classes)), mean),
        tile("信息损失", "Information loss", data.loss.map(|loss| format!("{loss:.3}")), None),
        tile("抑制记录", "Records withheld", withheld, data.suppressed_records.map(|n| count(n).into())),
        tile(
            "发布记录",
            "Records released",
            data.records_released.map(count),
            data.records_read.map(|n| format!("/ {}", count(n)).into()),
        ),
        tile("数据提供者", "Subjects", data.subjects_read.map(count), None),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Whether a measure is of a model of sensitive values.
fn speaks_of_values(id: &str) -> bool {
    let models = ["_diversity", "t_closeness_", "beta_likeness", "alpha_k", "delta_disclosure"];
    models.iter().any(|part| id.contains(part))
}

/// Every metric of what the recoding costs.
fn quality(quality: &Quality) -> Vec<Value> {
    let told = |metric: Metric| {
        let (name, note) = words::metric(metric);
        let value = quality.of(metric);
        context! { name => said(name), note => said(note), exact => value, value => figure(value) }
    };
    Metric::ALL.into_iter().map(told).collect()
}

/// How far the values of each quasi column are from those of the source.
fn distances(quality: &Quality) -> Vec<Value> {
    let told = |column: &ColumnQuality| {
        context! { column => column.column.clone(), exact => column.distance, value => figure(column.distance) }
    };
    quality.columns.iter().map(told).collect()
}

/// The name of a condition; the identifier itself where it has no words, then not marked by language.
fn name(id: &str) -> Value {
    let attack = || attack::words::attack(id).map(|[(zh, en), _]| Words { zh, en });
    words::measure(id).map(|(name, _)| name).or_else(attack).map_or_else(|| context! { id }, said)
}

/// A limit with its sign.
fn limit(limit: &Limit) -> String {
    format!("{} {}", words::sign(limit.comparison), figure(limit.value))
}

fn source(limit: Option<&Limit>) -> Option<Value> {
    limit.filter(|limit| limit.source != "pipeline").map(|limit| both(words::source_zh(&limit.source), &limit.source))
}

/// A text that is not one of ours in both languages.
fn both(zh: String, en: &str) -> Value {
    context! { zh, en }
}

fn confidence(limit: Option<&Limit>) -> Option<String> {
    limit.and_then(|limit| limit.confidence.as_ref()).map(|confidence| confidence.0.clone())
}

fn measure(told: &Told) -> Value {
    let measure = &told.measure;
    let held = measure.limit.as_ref();
    context! {
        name => name(&measure.id),
        note => words::measure(&measure.id).map(|(_, note)| said(note)),
        exact => measure.value,
        value => figure(measure.value),
        limit => held.map(limit),
        met => told.met,
        source => source(held),
        confidence => confidence(held),
        columns => measure.columns.clone(),
        anyone => measure.basis == Basis::Release,
        basis => said(words::basis(measure.basis)),
    }
}

fn attacked(((place, attacked), chart): ((usize, &Attacked), String)) -> Value {
    let outcome = &attacked.outcome;
    let held = outcome.limit.as_ref();
    let percent = |share: f64| figure((share * 1e4).round() / 1e2);
    context! {
        place => place + 1,
        name => name(&outcome.id),
        columns => outcome.columns.clone(),
        zh => attacked.zh.clone(),
        en => attacked.en.clone(),
        exact => outcome.risk,
        risk => percent(outcome.risk),
        low => percent(outcome.interval[0]),
        high => percent(outcome.interval[1]),
        limit => held.map(|limit| format!("{} {} %", words::sign(limit.comparison), percent(limit.value))),
        source => source(held),
        confidence => confidence(held),
        met => attacked.met,
        untried => attacked.met.is_none() && (outcome.unasked() || !outcome.attempted()),
        advice => outcome.advice.clone().filter(|_| attacked.met == Some(false)),
        chart => Value::from_safe_string(chart),
    }
}

fn column(place: usize, told: &ColumnTold) -> Value {
    let count = |count: Option<u64>| count.map(|count| figure(count as f64));
    context! {
        place => place + 1,
        name => told.name.clone(),
        role => said(words::role(told.role)),
        treatment => match words::treatment(&told.treatment) {
            Some(words) => said(words),
            None if told.treatment_zh.is_empty() => both(told.treatment.clone(), &told.treatment),
            None => both(told.treatment_zh.clone(), &told.treatment),
        },
        level => told.level.as_ref().map(|level| context! {
            at => level.level, of => level.of, name => level.name.clone()
        }),
        before => count(told.distinct_before),
        after => count(told.distinct_after),
        loss => told.loss.map(|loss| format!("{loss:.3}")),
        percent => told.loss.map(|loss| (loss.clamp(0.0, 1.0) * 100.0).round()),
        facts => told.facts.as_ref().filter(|facts| !facts.is_null()).map(facts::facts),
        distribution => told.distribution.as_ref().map(|counted| context! {
            chart => Value::from_safe_string(drawn::distribution(place, told, counted)),
            before_told => counted.labels.iter().any(|label| label.before.is_some()),
            labels => counted.labels.iter().map(|label| context! {
                label => label.label.clone(), before => count(label.before), after => count(Some(label.after)),
            }).collect::<Vec<_>>(),
            others => counted.others.as_ref().map(|others| context! {
                labels => others.labels, before => count(others.before), after => count(Some(others.after)),
            }),
        }),
    }
}

fn choices(told: &Choices, k: u64) -> Value {
    let metric = Metric::ALL.into_iter().find(|metric| metric.id() == told.others.metric);
    let chosen = told.chosen.as_ref();
    // the same levels for another k withhold other classes
    let same = |choice: &Choice| {
        let told = |choice: &Choice| (choice.levels.clone(), choice.suppressed_records);
        !choice.levels.is_empty() && chosen.is_some_and(|chosen| told(chosen) == told(choice))
    };
    let row = |choice: &Choice| {
        context! {
            k => choice.smallest_class.map(|k| figure(k as f64)),
            exact => choice.value,
            value => figure(choice.value),
            withheld => figure(choice.suppressed_records as f64),
            classes => figure(choice.classes as f64),
            levels => choice.levels.iter().map(usize::to_string).collect::<Vec<_>>().join(" "),
            chosen => same(choice),
        }
    };
    let listed = told.others.by_risk.iter().any(same);
    let mut rows: Vec<Value> = told.others.by_risk.iter().map(row).collect();
    if let Some(chosen) = chosen.filter(|_| !listed) {
        let place = told.others.by_risk.partition_point(|choice| choice.smallest_class <= chosen.smallest_class);
        rows.insert(place, context! { chosen => true, ..row(chosen) });
    }
    let costs: Vec<Value> = told
        .others
        .columns
        .iter()
        .map(|cost| {
            context! { column => cost.column.clone(), now => cost.now.map(figure), removed => cost.removed.map(figure) }
        })
        .collect();
    context! {
        quasi => told.quasi.clone(),
        metric => metric.map_or_else(|| context! { id => told.others.metric.clone() }, |metric| said(words::metric(metric).0)),
        proven => told.others.proven,
        rows, costs,
        chart => drawn::trade_off(told, k, metric).map(Value::from_safe_string),
    }
}
