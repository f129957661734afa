//! `tuomin risk`: the risks of any table, as it is; or every attack on a release, with its source in hand.

mod release;

use std::path::{Path, PathBuf};

use super::counting::people;
use super::meaning::Meaning;
use super::prepare::random_secret;
use crate::engine::{self, Counted};
use crate::error::{Error, Result};
use crate::risk::individual::Method;
use crate::risk::population::Population;
use crate::risk::{RiskQuestion, TableRisk, in_population, table_risk};
use crate::source::{Source, Wanted};
use crate::spec::{ColumnType, Encoding, SheetName, SheetSpec, SourceFormat, SourceSpec, Subject};
use crate::table::EquivalenceTable;
use crate::table::tally::Memory;
use crate::treatment::Treatment;

pub use release::attack;

/// Measure the risk of re-identification in any table, or attack a release with its source in hand
#[derive(clap::Args)]
pub struct Arguments {
    /// A file (CSV, NDJSON, Parquet, Arrow IPC or a workbook), a folder of Parquet, or a pattern with `*`
    #[arg(required_unless_present = "release")]
    data: Option<PathBuf>,
    /// The folder of a release to attack instead
    #[arg(long, requires = "source", conflicts_with = "data", value_name = "DIR")]
    pub release: Option<PathBuf>,
    /// The pipeline file that the release was made by; it names the source
    #[arg(long, requires = "release", value_name = "PIPELINE")]
    pub source: Option<PathBuf>,
    /// The producer's public key in PEM; without it the local key is trusted
    #[arg(long, requires = "release", value_name = "FILE")]
    pub key: Option<PathBuf>,
    #[command(flatten)]
    pub meaning: Meaning,
    /// The quasi-identifiers, separated by commas; all columns but the others named here unless it is given
    #[arg(long, value_delimiter = ',')]
    quasi: Vec<String>,
    /// The column that tells the subjects apart; every record is one unless it is given
    #[arg(long)]
    subject: Option<String>,
    /// The column with the sampling weight of each record, for individual risk
    #[arg(long)]
    weight: Option<String>,
    /// The risk that is tolerated for one subject
    #[arg(long, default_value_t = 0.2)]
    tau: f64,
    /// How many people the population has that the data are a sample of
    #[arg(long, conflicts_with = "sampling_fraction")]
    population: Option<u64>,
    /// Which share of the population the data hold
    #[arg(long)]
    sampling_fraction: Option<f64>,
    /// A table of the whole population with the same quasi columns, read like the data
    #[arg(long, conflicts_with_all = ["population", "sampling_fraction"])]
    population_data: Option<PathBuf>,
    /// How many columns a set may have that is looked at for singling out
    #[arg(long, default_value_t = 3)]
    largest: usize,
    /// The share of subjects that a set of columns must single out to be called a quasi-identifier
    #[arg(long, default_value_t = 0.0)]
    share: f64,
    /// Compute individual risk exactly instead of as sdcMicro does
    #[arg(long)]
    exact: bool,
    /// The character between CSV cells
    #[arg(long, default_value = ",")]
    delimiter: char,
    /// The encoding of CSV text
    #[arg(long, default_value = "utf-8", value_parser = ["utf-8", "gb18030", "gbk"])]
    encoding: String,
    /// The sheet of a workbook, by name or number; the first one unless it is given
    #[arg(long)]
    sheet: Option<String>,
    /// Print the result as JSON, for programs
    #[arg(long)]
    pub json: bool,
}

/// Measures a table.
///
/// # Errors
/// Those of the source; columns that are not there; settings without sense.
pub fn risk(arguments: &Arguments) -> Result<TableRisk> {
    let data = arguments.data.as_ref().ok_or_else(|| usage("there is no table to measure", "name a file"))?;
    let source = Source::open(&spec(arguments, data)?, Path::new("."))?;
    let others = [&arguments.subject, &arguments.weight];
    let other = |name: &String| others.iter().any(|other| other.as_ref() == Some(name));
    let quasi: Vec<String> = match arguments.quasi.is_empty() {
        true => source.columns.iter().filter(|name| !other(name)).cloned().collect(),
        false => arguments.quasi.clone(),
    };
    let named = quasi.iter().chain(others.into_iter().flatten());
    if let Some(missing) = named.into_iter().find(|name| !source.columns.contains(name)) {
        return Err(source.missing(missing));
    }
    if let Some(twice) = quasi.iter().find(|name| other(name) || quasi.iter().filter(|n| n == name).count() > 1) {
        return Err(usage(format!("column `{twice}` is named twice"), "each column has one part"));
    }
    let text = |name: &String| Wanted { name: name.clone(), kind: ColumnType::Text };
    let weight = arguments.weight.as_ref().map(|name| Wanted { name: name.clone(), kind: ColumnType::Number });
    let counted = Counted {
        coarse: quasi.iter().map(|_| None).collect(),
        quasi: quasi.iter().map(text).collect(),
        sensitive: weight.into_iter().map(|weight| (weight, &Treatment::Keep)).collect(),
        subject: arguments.subject.as_ref().map(text),
        subject_form: None,
    };
    let table = engine::tally(&source, &counted, &Memory::spill, &random_secret()?)?;
    let weights = arguments.weight.as_ref().map(|name| weights(&table, name)).transpose()?;
    let population =
        |data: &PathBuf| people(&Source::open(&spec(arguments, data)?, Path::new("."))?, &counted, &Memory::spill);
    let all = arguments.population_data.as_ref().map(population).transpose()?;
    let known = all
        .as_ref()
        .map(|all| {
            in_population(&table, all).ok_or_else(|| Error::Internal("a column of the population was lost".into()))
        })
        .transpose()?;
    let size = arguments.population.or(all.map(|all| all.total_subjects()));
    let population = size.map(Population::Size);
    Ok(table_risk(
        &table,
        &RiskQuestion {
            tau: arguments.tau,
            population: population.or(arguments.sampling_fraction.map(Population::Fraction)),
            known: known.as_deref(),
            largest: arguments.largest,
            share: arguments.share,
            weights: weights.as_deref(),
            method: if arguments.exact { Method::Exact } else { Method::Approximate },
        },
    ))
}

fn usage(message: impl Into<String>, help: &str) -> Error {
    Error::Usage { message: message.into(), help: Some(help.into()) }
}

fn spec(arguments: &Arguments, data: &Path) -> Result<SourceSpec> {
    let share = |value: f64| value > 0.0 && value <= 1.0;
    if !share(arguments.tau) || !arguments.sampling_fraction.is_none_or(share) {
        return Err(usage("a risk or sampling fraction is not above 0 and at most 1", "say `0.2` for a fifth"));
    }
    if !(0.0..=1.0).contains(&arguments.share) || arguments.largest == 0 {
        return Err(usage("`--share` must lie from 0 to 1 and `--largest` be at least 1", "leave them out"));
    }
    let encoding = match arguments.encoding.as_str() {
        "gb18030" => Encoding::Gb18030,
        "gbk" => Encoding::Gbk,
        _ => Encoding::Utf8,
    };
    let delimiter = u8::try_from(arguments.delimiter)
        .map_err(|_| usage("the delimiter is not an ASCII character", "usual ones are `,`, `;` and `|`"))?;
    super::init::local(data)?;
    let told = SourceFormat::of_name(&data.to_string_lossy(), delimiter, encoding);
    let format = in_sheet(told.unwrap_or(SourceFormat::Parquet), &arguments.sheet)?;
    Ok(SourceSpec { path: data.into(), format, subject: Subject::Row, nulls: Vec::new() })
}

/// The format with the sheet that was named, by its name or its number.
///
/// # Errors
/// A sheet of what is no workbook.
pub(super) fn in_sheet(format: SourceFormat, sheet: &Option<String>) -> Result<SourceFormat> {
    match (format, sheet) {
        (format, None) => Ok(format),
        (SourceFormat::Sheet(spec), Some(sheet)) => {
            let named = sheet.parse().map_or_else(|_| SheetName::Name(sheet.clone()), SheetName::Number);
            Ok(SourceFormat::Sheet(SheetSpec { sheet: Some(named), ..spec }))
        }
        (_, Some(_)) => Err(usage("only a workbook has sheets", "leave `--sheet` out")),
    }
}

/// Per combination the sum of its records' weights, read from the column that tells them apart.
fn weights(table: &EquivalenceTable, name: &str) -> Result<Vec<f64>> {
    let [sensitive] = &table.sensitive[..] else { return Err(Error::Internal("the weights were not counted".into())) };
    let wrong = || Error::Input {
        message: format!("column `{name}` has cells that are no sampling weight"),
        place: None,
        help: Some("a weight is a number of at least 1: how many people a record stands for".into()),
    };
    let weight = |text: &Option<String>| {
        let weight = text.as_ref().and_then(|text| text.parse::<f64>().ok());
        weight.filter(|&weight| weight.is_finite() && weight > 0.0).ok_or_else(wrong)
    };
    let values = sensitive.domain.values().iter().map(weight).collect::<Result<Vec<f64>>>()?;
    Ok(sensitive.codes.iter().zip(&table.records).map(|(&code, &n)| values[code as usize] * n as f64).collect())
}
