//! Codes by their first characters: 120101 → 1201** → 12**** → `*`.

use super::levels::{level, over_domain, values};
use super::{Domain, Hierarchy, HierarchyError};

/// Builds one level per prefix length; hidden characters show as `*`, so that a code keeps its length.
///
/// Lengths count characters, not bytes, and must fall from level to level. A code shorter than the
/// longest prefix is an error: it would be released whole where others are cut.
pub(super) fn build(lengths: &[usize], domain: &Domain) -> Result<Hierarchy, HierarchyError> {
    if let Some(at) = lengths.windows(2).position(|pair| pair[1] >= pair[0]) {
        let message = format!("{} characters are not fewer than {}", lengths[at + 1], lengths[at]);
        return Err(HierarchyError::NotARefinement { level: at + 2, message });
    }
    let longest = lengths.first().copied().unwrap_or(0);
    let short = domain.values().iter().flatten().filter(|code| code.chars().count() < longest).count();
    if short > 0 {
        let expected = "codes at least as long as the longest prefix";
        return Err(HierarchyError::Type { values: short as u64, expected });
    }
    let mut levels = vec![values(domain)];
    for &length in lengths {
        let texts = domain.values().iter().map(|code| code.as_deref().map(|code| cut(code, length)));
        levels.push(level(format!("{length} characters"), texts));
    }
    Ok(over_domain(domain, levels))
}

fn cut(code: &str, length: usize) -> String {
    code.chars().enumerate().map(|(i, c)| if i < length { c } else { '*' }).collect()
}
