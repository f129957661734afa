//! Article 18: what was got by sharing serves one's own duty, and goes to nobody else.

use crate::error::Reason;
use crate::spec::{Declaration, Purpose};

/// Why a source that is itself a release must not be released on; empty where it may.
///
/// `from` is the purpose and the declaration that the certificate of the source states. What was traded or opened is
/// bound by its contract, which nobody can check here. Who the words name is compared as text, blanks at the ends
/// aside.
///
/// # References
/// 天津市促进大数据发展应用条例, article 18.
pub fn received(from: (Purpose, &Declaration), now: &Declaration) -> Vec<Reason> {
    let (Purpose::Share, source) = from else { return Vec::new() };
    let same = |a: &str, b: &str| a.trim() == b.trim();
    let mut reasons = Vec::new();
    if !same(&source.recipient, &now.recipient) {
        reasons.push(Reason {
            condition: "article_18_third_party".into(),
            message: "the source was shared with one recipient, and this release would go to another".into(),
            help: Some("ask the provider of the source to share it with the new recipient: article 18".into()),
        });
    }
    if !same(&source.purpose_of_use, &now.purpose_of_use) {
        reasons.push(Reason {
            condition: "article_18_other_use".into(),
            message: "the source was shared for another use than this release declares".into(),
            help: Some(
                "declare the use that its certificate states, or have it shared for the new one: article 18".into(),
            ),
        });
    }
    reasons
}
