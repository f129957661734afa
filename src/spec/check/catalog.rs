//! `[catalog]`: what articles 10, 15, 16, 20 and 21 demand before data may be shared or opened.

use crate::detect::check_digits::credit_code_check;
use crate::spec::catalog::{AccessType, Catalog, Secrecy};
use crate::spec::findings::Check;
use crate::spec::pipeline::{Context, Purpose};
use crate::spec::words::quoted;

const SECTION: &str = "catalog";

/// Every text that may be in the section, as a path.
const TEXTS: [&[&str]; 16] = [
    &[SECTION, "title"],
    &[SECTION, "title_en"],
    &[SECTION, "code"],
    &[SECTION, "abstract"],
    &[SECTION, "abstract_en"],
    &[SECTION, "class", "scheme"],
    &[SECTION, "class", "code"],
    &[SECTION, "class", "name"],
    &[SECTION, "provider_code"],
    &[SECTION, "share_condition"],
    &[SECTION, "share_method"],
    &[SECTION, "open_condition"],
    &[SECTION, "open_method"],
    &[SECTION, "basis"],
    &[SECTION, "filing"],
    &[SECTION, "use_requirements"],
];

/// The keys of one kind of access, with the words and the article that go with it.
struct Access {
    purpose: Purpose,
    kind: &'static str,
    condition: &'static str,
    method: &'static str,
    verb: &'static str,
    none: &'static str,
    article: &'static str,
}

const SHARE: Access = Access {
    purpose: Purpose::Share,
    kind: "share_type",
    condition: "share_condition",
    method: "share_method",
    verb: "shared",
    none: "不予共享",
    article: "article 15",
};

const OPEN: Access = Access {
    purpose: Purpose::Open,
    kind: "open_type",
    condition: "open_condition",
    method: "open_method",
    verb: "opened",
    none: "不予开放",
    article: "article 21",
};

/// Reads the section. The outer `None` is a finding, the inner one an absent section that nothing demands.
pub(super) fn catalog(check: &mut Check) -> Option<Option<Catalog>> {
    let purpose: Option<Purpose> = check.part(&["purpose"]);
    if !check.has(&[SECTION]) {
        let Some(access) = purpose.and_then(matching) else { return Some(None) };
        let message = format!("data that no catalogue knows cannot be {}", access.verb);
        let help = "add `[catalog]` with `abstract`, `class`, `update` and what else article 10 asks for: \
                    `tuomin schema` lists its keys";
        check.add_help(check.at(&["purpose"]), message, help);
        return None;
    }
    texts(check);
    provider_code(check);
    secrecy(check);
    for access in [&SHARE, &OPEN] {
        types(check, access, purpose);
    }
    basis(check);
    if purpose.is_some_and(|purpose| matching(purpose).is_some()) && !check.has(&[SECTION, "use_requirements"]) {
        let help = "article 10: say in `use_requirements` what whoever uses the data must keep to";
        check.add_help(check.at_key(&[SECTION]), "the catalogue does not tell the 使用要求", help);
    }
    context(check, purpose);
    check.part(&[SECTION]).map(Some)
}

/// The access that a purpose needs; trade needs neither.
fn matching(purpose: Purpose) -> Option<&'static Access> {
    [&SHARE, &OPEN].into_iter().find(|access| access.purpose == purpose)
}

fn texts(check: &mut Check) {
    for path in TEXTS {
        if check.part::<String>(path).is_some_and(|text| text.trim().is_empty()) {
            let key = path.last().copied().unwrap_or_default();
            check.add_help(check.at(path), format!("{} is empty", quoted(key)), "fill it in, or leave it out");
        }
    }
}

fn provider_code(check: &mut Check) {
    let path = [SECTION, "provider_code"];
    let Some(code) = check.part::<String>(&path).filter(|code| !code.trim().is_empty()) else { return };
    let right = code.len() == 18 && credit_code_check(&code.as_bytes()[..17]) == code.bytes().last();
    if !right {
        let help = "it has 18 digits and capitals, the last one a check character over the others (GB 32100)";
        check.add_help(check.at(&path), "this is not a unified social credit code", help);
    }
}

/// Article 20: whatever is marked stays inside.
fn secrecy(check: &mut Check) {
    let path = [SECTION, "secret"];
    if let Some(grade) = check.part::<Secrecy>(&path).filter(|grade| *grade != Secrecy::None) {
        let message = format!("data marked {} are not released", grade.zh());
        let help = "article 20: state secrets must first lose their mark in the way that the law knows";
        check.add_help(check.at(&path), message, help);
    }
}

/// Articles 15 and 21: the type must be known for what the release is for, and allow it.
fn types(check: &mut Check, access: &Access, purpose: Option<Purpose>) {
    let path = [SECTION, access.kind];
    let wanted = purpose == Some(access.purpose);
    if wanted && !check.has(&path) {
        let message = format!("nothing says whether the data may be {}", access.verb);
        let kind = access.kind;
        let help = format!("say `{kind} = \"unconditional\"`, \"conditional\" or \"none\": {}", access.article);
        check.add_help(check.at_key(&[SECTION]), message, help);
    }
    if wanted && !check.has(&[SECTION, access.method]) {
        let message = format!("the catalogue does not tell in which way the data are {}", access.verb);
        check.add_help(check.at_key(&[SECTION]), message, format!("article 10: say it in `{}`", access.method));
    }
    let kind = check.part::<AccessType>(&path);
    let conditional = kind == Some(AccessType::Conditional);
    if wanted && kind == Some(AccessType::None) {
        let message = format!("the catalogue says {}: the data must not be {}", access.none, access.verb);
        let help = format!("another `purpose`, or another type if the authority confirms it: {}", access.article);
        check.add_help(check.at(&path), message, help);
    }
    if conditional && !check.has(&[SECTION, access.condition]) {
        let help = format!("say it in `{}`: {}", access.condition, access.article);
        check.add_help(check.at(&path), "nothing says under which condition", help);
    }
    if !conditional && kind.is_some() && check.has(&[SECTION, access.condition]) {
        let help = format!("leave it out, or say `{} = \"conditional\"`", access.kind);
        check.add_help(check.at_key(&[SECTION, access.condition]), "there is no condition with this type", help);
    }
    if wanted && conditional {
        recipient(check);
    }
}

/// Article 16: what is not for all needs a law, regulation or rule that says so.
fn basis(check: &mut Check) {
    if check.has(&[SECTION, "basis"]) {
        return;
    }
    let limited = [&SHARE, &OPEN].into_iter().find(|access| {
        check.part::<AccessType>(&[SECTION, access.kind]).is_some_and(|kind| kind != AccessType::Unconditional)
    });
    if let Some(access) = limited {
        let help = "name the law, regulation or rule in `basis`: article 16";
        check.add_help(check.at(&[SECTION, access.kind]), "this type needs a legal basis", help);
    }
}

/// Words that name nobody.
const NOBODY: [&str; 22] = [
    "公众",
    "社会公众",
    "社会",
    "全社会",
    "大众",
    "不特定对象",
    "不限",
    "任何人",
    "所有人",
    "所有政务部门",
    "各政务部门",
    "政务部门",
    "待定",
    "未知",
    "无",
    "public",
    "the public",
    "anyone",
    "anybody",
    "everyone",
    "everybody",
    "unknown",
];

/// Articles 17, 18 and 23: what is given on an application is given to the applicant.
fn recipient(check: &mut Check) {
    let path = ["declaration", "recipient"];
    if let Some(name) = check.part::<String>(&path)
        && NOBODY.contains(&name.trim().to_lowercase().as_str())
    {
        let help = "name the one who applied: a condition binds a known recipient (articles 17, 18 and 23)";
        check.add_help(check.at(&path), "this names no recipient", help);
    }
}

/// Article 21: what everybody may have is public; what is opened to one recipient is opened under a condition.
fn context(check: &mut Check, purpose: Option<Purpose>) {
    let kind = check.part::<AccessType>(&[SECTION, "open_type"]);
    let context = check.part::<Context>(&["context"]);
    if purpose == Some(Purpose::Open)
        && kind == Some(AccessType::Unconditional)
        && context.is_some_and(|context| context != Context::Public)
    {
        let help =
            "say `context = \"public\"`, or `open_type = \"conditional\"` if recipients apply (articles 21 to 23)";
        check.add_help(check.at(&["context"]), "data that are opened without condition are public", help);
    }
}

#[cfg(test)]
mod tests;
