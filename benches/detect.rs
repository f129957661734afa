//! Detectors on labelled columns: precision and recall per kind as Markdown, what is taken for what, and megabytes per
//! second.
//!
//!     cargo bench --profile release --bench detect
#![expect(clippy::print_stdout, reason = "a bench is a report")]

use std::collections::BTreeMap;
use std::time::Instant;

use rayon::prelude::*;
use tuomin::detect::{Column, ColumnFinding, Detector, Kind, Sort};
use tuomin::sample::labelled::{Header, Labelled, Maker, Noise, Spec, Truth, specs};

/// Tables that columns are made for.
const SEEDS: u64 = 3;
/// Cells of a column.
const ROWS: u64 = 400;

fn main() {
    let detector = Detector::new();
    let judged = judged(&detector);
    table(&judged);
    roles(&judged);
    confusions(&judged);
    speed(&detector);
}

/// A column, and what was found in it.
struct Judged {
    spec: Spec,
    header: Header,
    finding: ColumnFinding,
}

impl Judged {
    fn kind(&self) -> Option<Kind> {
        self.finding.kind.as_ref().map(|candidate| candidate.kind)
    }

    fn right(&self) -> bool {
        self.kind().is_some_and(|kind| self.spec.kinds().contains(&kind))
    }

    /// Whether the column can be told at all.
    fn fair(&self) -> bool {
        self.spec.by_values || self.header != Header::Meaningless
    }

    fn names_somebody(&self) -> bool {
        self.kind().is_some_and(|kind| kind.sort() == Sort::Identifier)
    }

    fn holds_somebody(&self) -> bool {
        self.names_somebody() || self.finding.inside.iter().any(|inside| inside.kind.sort() == Sort::Identifier)
    }
}

fn find(detector: &Detector, labelled: &Labelled) -> ColumnFinding {
    let mut column = Column::new(&labelled.header);
    labelled.cells.iter().for_each(|cell| column.feed(detector, cell.as_deref()));
    column.finish()
}

fn judged(detector: &Detector) -> Vec<Judged> {
    let all = (1..=SEEDS).flat_map(|seed| specs().into_iter().map(move |spec| (seed, spec)));
    let all: Vec<_> = all.collect();
    let judge = |&(seed, spec): &(u64, Spec)| {
        let maker = Maker::new(seed);
        let kinds = Header::ALL.iter().flat_map(|&header| Noise::ALL.iter().map(move |&noise| (header, noise)));
        let column = |(header, noise)| {
            let finding = find(detector, &maker.column(&spec, header, noise, ROWS));
            Judged { spec, header, finding }
        };
        kinds.map(column).collect::<Vec<_>>()
    };
    all.par_iter().flat_map_iter(judge).collect()
}

/// A share with two decimals, rounded down so that 1.00 is all of them; a dash for nothing of nothing.
fn share(judged: &[&Judged], right: impl Fn(&Judged) -> bool) -> String {
    let part = judged.iter().filter(|judged| right(judged)).count();
    match judged.len() {
        0 => "-".into(),
        whole => format!("{:.2}", (part * 100 / whole) as f64 / 100.0),
    }
}

/// A kind of column with its figures: columns that are of it, precision, recall.
struct Line {
    kind: &'static str,
    columns: usize,
    precision: String,
    recall: String,
}

/// The figures of all kinds. Columns that nothing could tell, without a header and with values that many kinds have,
/// are left out.
fn lines(judged: &[Judged]) -> Vec<Line> {
    let line = |&kind: &Kind| {
        let first = |j: &&Judged| j.spec.kinds().first() == Some(&kind) && j.fair();
        let truly: Vec<&Judged> = judged.iter().filter(first).collect();
        let found: Vec<&Judged> = judged.iter().filter(|j| j.kind() == Some(kind) && j.fair()).collect();
        let line = Line {
            kind: kind.word(),
            columns: truly.len(),
            precision: share(&found, Judged::right),
            recall: share(&truly, Judged::right),
        };
        (!truly.is_empty() || !found.is_empty()).then_some(line)
    };
    Kind::ALL.iter().filter_map(line).collect()
}

fn table(judged: &[Judged]) {
    let lines = lines(judged);
    println!(
        "{} made-up columns of {ROWS} cells: {} sorts of columns, {} of them distractors; headers in Chinese, pinyin, \
         English and without meaning; clean, broken, sparse, and with full-width digits and blanks",
        judged.len(),
        specs().len(),
        specs().iter().filter(|spec| spec.truth == Truth::Nothing).count(),
    );
    let (perfect, others): (Vec<&Line>, Vec<&Line>) =
        lines.iter().partition(|line| line.precision == "1.00" && line.recall == "1.00");
    let columns = perfect.iter().map(|line| line.columns).sum();
    let kind = format!("{} kinds", perfect.len());
    println!("\nfor the README\n");
    markdown(
        [(kind.as_str(), columns, "1.00", "1.00")]
            .into_iter()
            .chain(others.iter().map(|line| (line.kind, line.columns, line.precision.as_str(), line.recall.as_str()))),
    );
    println!("\nall kinds\n");
    markdown(lines.iter().map(|line| (line.kind, line.columns, line.precision.as_str(), line.recall.as_str())));
}

fn markdown<'l>(lines: impl Iterator<Item = (&'l str, usize, &'l str, &'l str)>) {
    println!("| kind | columns | precision | recall |\n|---|---:|---:|---:|");
    lines.for_each(|(kind, columns, precision, recall)| println!("| {kind} | {columns} | {precision} | {recall} |"));
}

/// What counts for a release, whatever the kind is called.
fn roles(judged: &[Judged]) {
    println!("\nwhat a release needs to know");
    let line = |what: &str, of: Vec<&Judged>, is: fn(&Judged) -> bool| {
        println!("{what:<64} {:>8} columns {:>8}", of.len(), share(&of, is));
    };
    let of = |truth: Truth, told: fn(&Judged) -> bool| {
        judged.iter().filter(|j| j.spec.truth == truth && told(j)).collect::<Vec<_>>()
    };
    let named = |j: &Judged| j.header != Header::Meaningless;
    let by_values = |j: &Judged| j.header == Header::Meaningless && j.spec.by_values;
    let hopeless = |j: &Judged| j.header == Header::Meaningless && !j.spec.by_values;
    line("identifiers with a header, seen as some identifier", of(Truth::Identifier, named), Judged::names_somebody);
    line("identifiers by values, seen as some identifier", of(Truth::Identifier, by_values), Judged::names_somebody);
    line(
        "identifiers that values cannot tell, seen all the same",
        of(Truth::Identifier, hopeless),
        Judged::names_somebody,
    );
    line("carriers in which identifiers are found", of(Truth::Carrier, |_| true), Judged::holds_somebody);
    let alarm: fn(&Judged) -> bool = |j| j.names_somebody() && !j.right();
    line("distractors with a header, wrongly seen as identifiers", of(Truth::Nothing, named), alarm);
    line("distractors by values, wrongly seen as identifiers", of(Truth::Nothing, by_values), alarm);
    let inside: fn(&Judged) -> bool = |j| !j.names_somebody() && j.holds_somebody();
    line("distractors with identifiers wrongly found inside", of(Truth::Nothing, |_| true), inside);
}

fn confusions(judged: &[Judged]) {
    println!("\ntaken for something else (columns): what it is, its headers, what it was taken for");
    let mut wrong: BTreeMap<(&str, &str, String), usize> = BTreeMap::new();
    for j in judged.iter().filter(|j| j.fair() && !j.right()) {
        let inside = j.finding.inside.first().map(|inside| format!(" with {} inside", inside.kind)).unwrap_or_default();
        let header = if j.header == Header::Meaningless { "values" } else { "header" };
        let found = j.kind().map_or_else(|| "nothing".to_owned(), |kind| kind.word().to_owned());
        *wrong.entry((j.spec.name, header, found + &inside)).or_default() += 1;
    }
    let mut wrong: Vec<_> = wrong.into_iter().collect();
    wrong.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    for ((name, header, found), count) in wrong.into_iter().take(60) {
        println!("{count:>6}  {name:<24} {header:<8} {found}");
    }
}

/// Columns of all kinds, whose makers are not measured; of each the best of several runs, for others may use the
/// machine.
fn speed(detector: &Detector) {
    let maker = Maker::new(99);
    let columns: Vec<Labelled> =
        specs().iter().map(|spec| maker.column(spec, Header::Chinese, Noise::Broken, 4_000)).collect();
    let size = |column: &Labelled| column.cells.iter().flatten().map(String::len).sum::<usize>() as f64 / 1e6;
    let megabytes: f64 = columns.iter().map(size).sum();
    let judge = |column: &Labelled| drop(std::hint::black_box(find(detector, column)));
    let named = columns.iter().zip(specs());
    let each: Vec<_> = named.map(|(column, spec)| (size(column), best(|| judge(column)), spec.name)).collect();
    let one: f64 = each.iter().map(|(_, seconds, _)| seconds).sum();
    let all = best(|| columns.par_iter().for_each(judge));
    println!(
        "\nspeed over {} columns of 4,000 cells, {megabytes:.1} MB: {:.0} MB/s per core, {:.0} MB/s on {} threads",
        columns.len(),
        megabytes / one,
        megabytes / all,
        rayon::current_num_threads()
    );
    let mut rates: Vec<_> = each.iter().map(|(size, seconds, name)| (size / seconds, name)).collect();
    rates.sort_by(|a, b| a.0.total_cmp(&b.0));
    let slow: Vec<String> = rates.iter().take(12).map(|(rate, name)| format!("{name} {rate:.1}")).collect();
    println!("slowest, MB/s: {}", slow.join(", "));
}

/// Seconds that the fastest of eight runs takes.
fn best(run: impl Fn()) -> f64 {
    let seconds = |_| {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64()
    };
    (0..8).map(seconds).fold(f64::INFINITY, f64::min)
}
