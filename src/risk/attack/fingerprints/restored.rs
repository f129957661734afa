//! Dependent columns and the order of rows, as outcomes beside those of the other attacks.

use super::AttackOutcome;
use crate::risk::attack::{Baseline, BaselineKind};
use crate::risk::linkage::Link;
use crate::risk::order::RowOrder;

/// `dependent_columns`: of so many pairs watched, those in which a released column determines one of the source.
///
/// A pair whose values never came twice is counted: a column without repeats determines every other. `names` are the
/// released columns. That a released column follows from the source alone is no success: any treatment does that.
pub fn dependent_columns(links: &[Link], watched: u64, names: &[String]) -> AttackOutcome {
    let restoring: Vec<&Link> = links.iter().filter(|link| link.determines.is_some()).collect();
    let mut columns: Vec<String> = restoring.iter().filter_map(|link| names.get(link.released).cloned()).collect();
    columns.dedup();
    AttackOutcome::new("dependent_columns", restoring.len() as u64, watched, None).on(columns)
}

/// `row_order_kept`: of the sampled rows next to each other in the source, those that still are in the release; two
/// are expected by chance.
pub fn row_order_kept(order: &RowOrder) -> AttackOutcome {
    let trials = order.rows.saturating_sub(1) as u64;
    let successes = (order.neighbours * trials as f64).round() as u64;
    let chance = Baseline { successes: 2.min(trials), trials, what: BaselineKind::NaiveGuess };
    AttackOutcome::new("row_order_kept", successes, trials, Some(chance))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::risk::linkage::Dependence;
    use crate::risk::order::row_order;

    #[test]
    fn a_renamed_column_restores_its_source_and_a_coarse_one_does_not() {
        let found = |released: &[u64]| {
            let mut dependence = Dependence::new([(0, 0)]);
            dependence.feed(&[released], &[&[1, 2, 3, 4, 1]]).unwrap();
            dependent_columns(&dependence.alive(), 1, &["code".into()])
        };
        assert_eq!((found(&[7, 8, 9, 6, 7]).successes, found(&[7, 8, 9, 6, 7]).columns), (1, vec!["code".to_owned()]));
        assert_eq!((found(&[7, 7, 9, 9, 7]).successes, found(&[7, 7, 9, 9, 7]).trials), (0, 1));
        assert!(!dependent_columns(&[], 0, &[]).attempted());
    }

    #[test]
    fn kept_rows_are_all_successes() {
        let rows = |step: i32| (0..100).map(|i| (f64::from(i), f64::from(i * step % 101))).collect::<Vec<_>>();
        assert_eq!(row_order_kept(&row_order(&rows(1))).risk, 1.0);
        let mixed = row_order_kept(&row_order(&rows(37)));
        assert!(mixed.risk < 0.05, "{mixed:?}");
        assert!(!row_order_kept(&row_order(&[])).attempted());
    }
}
