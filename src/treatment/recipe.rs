//! [`Recipe`]: what happens to every column, in the order of the release.

use std::fmt;

use super::Treatment;

/// The treatments of all declared columns. Prints one line per column, without key and without cells.
#[derive(Debug, Default)]
pub struct Recipe {
    pub columns: Vec<RecipeColumn>,
}

/// One column; without a treatment it is not released.
#[derive(Debug)]
pub struct RecipeColumn {
    pub name: String,
    pub treatment: Option<Treatment>,
}

impl Recipe {
    /// The columns that are released.
    pub fn released(&self) -> impl Iterator<Item = (&str, &Treatment)> {
        self.columns.iter().filter_map(|column| Some((column.name.as_str(), column.treatment.as_ref()?)))
    }
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.columns.iter().map(|column| screen_width(&column.name)).max().unwrap_or(0);
        for column in &self.columns {
            let gap = width - screen_width(&column.name) + 3;
            write!(f, "{}{:gap$}", column.name, "")?;
            match &column.treatment {
                Some(treatment) => writeln!(f, "{treatment}")?,
                None => writeln!(f, "drop")?,
            }
        }
        Ok(())
    }
}

/// Columns of a terminal: two for a Chinese character.
fn screen_width(text: &str) -> usize {
    text.chars().map(|c| if ('\u{1100}'..='\u{ffef}').contains(&c) { 2 } else { 1 }).sum()
}
