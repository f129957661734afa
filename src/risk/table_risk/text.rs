//! The risks of a table as people read them.

use std::fmt::{self, Display, Formatter};

use super::{NamedSet, TableRisk};
use crate::risk::figure;
use crate::risk::individual::Method;
use crate::risk::population::{Estimator, PopulationUniques};

/// Sets of columns that are listed; the value has all.
const LISTED: usize = 20;

impl Display for TableRisk {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.size(f)?;
        if self.smallest.is_none() {
            return Ok(());
        }
        self.attackers(f)?;
        self.uniques(f)?;
        self.columns(f)?;
        self.sets(f)?;
        self.suda(f)?;
        self.individual(f)
    }
}

impl TableRisk {
    fn size(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (records, subjects) = (count(self.records), count(self.subjects));
        writeln!(f, "{records} records of {subjects} subjects, {} quasi columns", self.columns.len())?;
        let (Some(least), Some(most), Some(mean)) = (self.smallest, self.largest, self.mean) else {
            return writeln!(f, "no classes: nothing is known of the risk");
        };
        let classes = figure(self.sizes.classes() as f64);
        let (least, most, mean) = (count(least), count(most), figure(mean));
        writeln!(f, "{classes} classes of {least} to {most} subjects, {mean} on average")
    }

    fn attackers(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let above = format!("above {}", figure(self.tau));
        writeln!(f, "\nprobability of being found\n  {:>11}  {:>11}  {above:>13}", "highest", "average")?;
        for (risk, who) in [
            (&self.prosecutor, "prosecutor: knows who is in the data"),
            (&self.journalist, "journalist: knows the population"),
        ] {
            let (highest, average) = (figure(risk.highest), figure(risk.average));
            writeln!(f, "  {highest:>11}  {average:>11}  {:>13}  {who}", percent(risk.share_above))?;
        }
        let (all, none) = (figure(self.marketer), "");
        writeln!(f, "  {none:>11}  {all:>11}  {none:>13}  marketer: links the whole table")?;
        let (most, least) = (count(self.at_highest), count(self.at_lowest));
        let (highest, lowest) = (figure(self.prosecutor.highest), figure(self.lowest));
        writeln!(f, "  {most} subjects have the highest risk of {highest}, {least} the lowest of {lowest}")?;
        writeln!(f, "\nsubjects by their risk (prosecutor)")?;
        let mut above = 0.0;
        for interval in &self.distribution {
            if interval.share > 0.0 {
                let (above, up_to) = (figure(above), figure(interval.up_to));
                writeln!(f, "  {:>11}  above {above} up to {up_to}", percent(interval.share))?;
            }
            above = interval.up_to;
        }
        Ok(())
    }

    fn uniques(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let share = percent(self.sample_uniques_share);
        writeln!(f, "\nalone with their values\n  {} subjects of the data ({share})", count(self.sample_uniques))?;
        let Some(population) = &self.population else {
            return writeln!(f, "  how many of the population: tell its size or the sampling fraction to know");
        };
        let (people, sampled) = (figure(population.population.round()), percent(population.sampling_fraction));
        writeln!(f, "  of the population of {people} ({sampled} sampled), as estimated by")?;
        let chosen = population.chosen.map_or(String::new(), |chosen| format!(", here {}", estimator(chosen)));
        for (name, people) in [
            (estimator(Estimator::Pitman), population.pitman),
            (estimator(Estimator::Zayatz), population.zayatz),
            (estimator(Estimator::Snb), population.snb),
            (&format!("the rule of Dankar et al.{chosen}"), population.dankar),
        ] {
            writeln!(f, "  {:>26}  {name}", estimate(people, population))?;
        }
        Ok(())
    }

    fn columns(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.columns.is_empty() {
            return Ok(());
        }
        writeln!(f, "\ncolumns: distinct values per record, pairs of records told apart, subjects singled out,")?;
        writeln!(f, "share of the SUDA scores")?;
        writeln!(
            f,
            "  {:>9}  {:>11}  {:>10}  {:>11}  {:>9}",
            "values", "distinction", "separation", "singled out", "SUDA"
        )?;
        for column in &self.columns {
            let suda = column.suda_percent.map_or(String::new(), |share| percent(share / 100.0));
            writeln!(
                f,
                "  {:>9}  {:>11}  {:>10}  {:>11}  {suda:>9}  {}",
                count(column.values),
                percent(column.distinction),
                percent(column.separation),
                percent(column.singled_out),
                column.column,
            )?;
        }
        Ok(())
    }

    fn sets(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.worst.is_empty() {
            return Ok(());
        }
        writeln!(f, "\nsets of columns that single out most")?;
        self.worst.iter().try_for_each(|set| row(f, set))?;
        let (share, found) = (percent(self.quasi_identifier_share), self.quasi_identifiers.len());
        writeln!(f, "\nsmallest sets, of at most {}, that single out more than {share}: {found}", self.largest_sets)?;
        self.quasi_identifiers.iter().take(LISTED).try_for_each(|set| row(f, set))?;
        match found.saturating_sub(LISTED) {
            0 => Ok(()),
            more => writeln!(f, "  … and {more} more"),
        }
    }

    fn suda(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Some(suda) = &self.suda else {
            return writeln!(f, "\nSUDA: not measured, there are too many columns");
        };
        writeln!(f, "\nSUDA: {} combinations are alone by at most {} columns", count(suda.uniques), suda.sizes.len())?;
        for (i, &sets) in suda.sizes.iter().enumerate() {
            writeln!(f, "  {:>11}  minimal sets of {}", count(sets), i + 1)?;
        }
        let (highest, fraction) = (figure(suda.highest_dis), percent(suda.fraction));
        writeln!(f, "  {highest:>11}  highest DIS-SUDA score, if {fraction} of the population are in the data")
    }

    fn individual(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Some(individual) = &self.individual else { return Ok(()) };
        let method = match individual.method {
            Method::Approximate => "approximate",
            Method::Exact => "exact",
        };
        writeln!(f, "\nindividual risk from sampling weights ({method})")?;
        let (expected, rate) = (figure(individual.global.expected), percent(individual.global.rate));
        writeln!(f, "  {expected:>11}  records expected to be re-identified ({rate})")?;
        writeln!(f, "  {:>11}  highest risk of a record", figure(individual.highest))?;
        let (above, tau) = (percent(individual.share_above), figure(self.tau));
        writeln!(f, "  {above:>11}  of the records above {tau}")
    }
}

fn row(f: &mut Formatter<'_>, set: &NamedSet) -> fmt::Result {
    writeln!(f, "  {:>11}  {}", percent(set.singled_out), set.columns.join(", "))
}

fn estimator(estimator: Estimator) -> &'static str {
    match estimator {
        Estimator::Pitman => "Pitman",
        Estimator::Zayatz => "Zayatz",
        Estimator::Snb => "slide negative binomial",
    }
}

fn estimate(people: Option<f64>, population: &PopulationUniques) -> String {
    match people {
        Some(people) => format!("{} ({})", figure(people.round()), percent(people / population.population)),
        None => "did not converge".into(),
    }
}

fn count(count: u64) -> String {
    figure(count as f64)
}

/// A share in percent with three digits or more.
fn percent(share: f64) -> String {
    if !share.is_finite() {
        return figure(share);
    }
    let value = share * 100.0;
    let decimals = if value == 0.0 { 0 } else { (2 - value.abs().log10().floor() as i32).clamp(0, 12) as usize };
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text} %")
}
