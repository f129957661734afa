//! [`Points`]: the trails of few subjects column by column, to see what rests on which column.

use rand::Rng;

use super::{Trails, kept};
use crate::error::{Error, Result};
use crate::risk::attack::change::{Change, TRIED, drops};
use crate::risk::attack::distinct::mix;
use crate::risk::attack::{Cells, Rows};

/// The released records of some subjects, with the cells that make their points.
///
/// Memory is bounded: beyond so many records one subject in 2, 4, 8 … is kept, with all of its records.
#[derive(Debug, Clone)]
pub struct Points {
    records: Vec<(u64, Box<[u64]>)>,
    level: u32,
    limit: usize,
}

impl Points {
    /// Keeps at most `limit` records.
    pub fn with_limit(limit: usize) -> Self {
        Self { records: Vec::new(), level: 0, limit: limit.max(1) }
    }

    /// Takes further records: `subjects[i]` and `columns[c][i]`, by their hashes, are of one and the same.
    ///
    /// # Errors
    /// [`Error::Internal`] if a column has not as many cells as there are subjects.
    pub fn feed(&mut self, subjects: &[u64], columns: &[&[u64]]) -> Result<()> {
        if columns.iter().any(|cells| cells.len() != subjects.len()) {
            return Err(Error::Internal("subjects and cells of trails are not aligned".into()));
        }
        for (row, &subject) in subjects.iter().enumerate() {
            if kept(mix(subject), self.level) {
                self.records.push((mix(subject), columns.iter().map(|cells| cells[row]).collect()));
                if self.records.len() > self.limit {
                    self.settle();
                }
            }
        }
        Ok(())
    }

    /// Adds records that were taken elsewhere.
    pub fn merge(&mut self, other: Self) {
        self.level = self.level.max(other.level);
        self.records.extend(other.records);
        self.settle();
    }

    fn settle(&mut self) {
        let level = self.level;
        self.records.retain(|record| kept(record.0, level));
        self.records.sort_unstable();
        self.records.dedup();
        while self.records.len() > self.limit && self.level < 63 {
            self.level += 1;
            let level = self.level;
            self.records.retain(|record| kept(record.0, level));
        }
    }

    /// Changes after which fewer trails are alone: of the columns that make the points (`names`) those with the most
    /// different cells dropped, one after the other; at last the token, without which there are no trails.
    ///
    /// Both sides of such a change are counted among the kept subjects, at most `sampled` of them, with draws that begin
    /// anew each time.
    pub fn changes<'a, R: Rng>(
        &'a self,
        id: &'a str,
        names: &'a [String],
        token: &'a str,
        sampled: usize,
        draws: impl Fn() -> R + 'a,
    ) -> impl Iterator<Item = Vec<Change>> + 'a {
        let run = move |dropped: &[usize]| {
            let outcomes = self.trails(dropped).unicity(sampled, &mut draws(), names);
            outcomes.into_iter().find(|outcome| outcome.id == id)
        };
        let before = run(&[]);
        let dropped =
            drops(names, self.finest(names), move |dropped| (dropped.len() < names.len()).then(|| run(dropped))?);
        let compared = move |change: Change| match &before {
            Some(before) => change.compared(before.clone()),
            None => change,
        };
        let dropped = dropped.map(move |group| group.into_iter().map(&compared).collect());
        dropped.chain(std::iter::once_with(move || vec![Change::drop_all([token], id)]))
    }

    fn finest(&self, names: &[String]) -> Vec<usize> {
        let cells = |column: usize| self.records.iter().map(move |record| record.1[column] as u32).collect();
        let columns = names.iter().enumerate().map(|(column, name)| (name.clone(), Cells::Codes(cells(column))));
        Rows::new(columns.collect()).map_or_else(|_| Vec::new(), |rows| rows.finest(0..names.len(), TRIED))
    }

    /// The trails without some of the columns.
    fn trails(&self, dropped: &[usize]) -> Trails {
        let mut trails = Trails::default();
        for (subject, cells) in &self.records {
            let left = cells.iter().enumerate().filter(|(column, _)| !dropped.contains(column));
            let point = left.fold(0, |point: u64, (_, &cell)| mix(point.rotate_left(1) ^ mix(cell)));
            trails.add(*subject, point);
        }
        trails
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::ChaCha20Rng;

    use super::*;
    use crate::risk::{Comparison, Limit};

    /// Subjects with four records each: a month, an amount that only few share, and a place that all have.
    fn records(subjects: u64) -> (Vec<u64>, [Vec<u64>; 3]) {
        let rows = || (0..subjects * 4).map(|row| (row / 4, row % 4));
        let column = |cell: fn(u64, u64) -> u64| rows().map(|(subject, record)| cell(subject, record)).collect();
        (column(|s, _| s), [column(|_, r| r), column(|s, r| mix(s * 4 + r) % 50), column(|_, _| 7)])
    }

    fn names() -> Vec<String> {
        ["month", "amount", "place"].map(str::to_owned).to_vec()
    }

    fn draws() -> ChaCha20Rng {
        ChaCha20Rng::seed_from_u64(4)
    }

    #[test]
    fn the_column_that_makes_trails_alone_is_named() {
        let (subjects, [month, amount, place]) = records(400);
        let mut points = Points::with_limit(1 << 15);
        points.feed(&subjects[..700], &[&month[..700], &amount[..700], &place[..700]]).unwrap();
        let mut rest = Points::with_limit(1 << 15);
        rest.feed(&subjects[700..], &[&month[700..], &amount[700..], &place[700..]]).unwrap();
        points.merge(rest);
        let names = names();
        let limit = Limit { comparison: Comparison::AtMost, value: 0.09, source: "t".into(), confidence: None };
        let outcome = points.trails(&[]).unicity(usize::MAX, &mut draws(), &names).remove(3).held(limit.clone());
        assert!(outcome.risk > 0.9, "{outcome:?}");
        // the change by hand: without the amount all have the same four points
        let mut bare = Trails::default();
        bare.feed(&subjects, &month).unwrap();
        let after = bare.unicity(usize::MAX, &mut draws(), &names).remove(3);
        assert_eq!((after.successes, after.trials), (0, 400));
        let changes = || points.changes("trail_unicity_4", &names, "token", usize::MAX, draws);
        assert_eq!(
            outcome.clone().helped("trails that are alone", |_| changes()).advice.unwrap(),
            format!("drop `amount`: trails that are alone fall from {} to 0 of 400", outcome.successes)
        );
        let last = changes().last().unwrap();
        assert_eq!((last[0].change.as_str(), last[0].after.risk), ("drop `token`", 0.0));
    }

    #[test]
    fn too_many_records_keep_whole_subjects() {
        let (subjects, [month, amount, place]) = records(2000);
        let mut points = Points::with_limit(1000);
        points.feed(&subjects, &[&month, &amount, &place]).unwrap();
        assert!(points.records.len() <= 1000 && points.records.len() > 200);
        assert!(points.records.chunk_by(|a, b| a.0 == b.0).all(|trail| trail.len() == 4));
        assert!(points.feed(&[1], &[&[]]).is_err());
    }
}
