//! Plans with every treatment and either recoding, over a table of 60 records.

use std::collections::HashMap;

use rand::SeedableRng;
use rand::rngs::ChaCha20Rng;

use super::{key, write_csv};
use crate::detect::Kind;
use crate::engine::{self, ApplyPlan, Counted, Made, Output};
use crate::source::{Source, Wanted};
use crate::spec::{
    Centre, ColumnType, Encoding, HierarchySpec, NoiseKind, SourceFormat, SourceSpec, Subject, TokenAlgorithm,
    UnknownValues,
};
use crate::table::tally::Memory;
use crate::table::{EquivalenceTable, Finest, Hierarchy, LocalColumn, LocalRecoding, Recoded, Recoding};
use crate::treatment::{
    Draws, Fpe, Generalize, Grid, Key, KeyId, Mask, Microaggregate, Noise, Numbers, Pram, Redact, Round, Scope, Shift,
    Swap, Token, TopBottom, Treatment,
};

/// The columns by their place in the file.
pub const SUBJECT: usize = 0;
const DISTRICT: usize = 1;
const AGE: usize = 2;
const POWER: usize = 3;
const DATE: usize = 4;
const PHONE: usize = 5;
const LONGITUDE: usize = 6;
const LATITUDE: usize = 7;
const ILLNESS: usize = 8;

pub fn wanted() -> Vec<Wanted> {
    let date = ColumnType::Date { format: "%Y-%m-%d".into() };
    use ColumnType::{Integer, Number, Text};
    [
        ("户号", Text),
        ("区", Text),
        ("岁", Integer),
        ("用电", Number),
        ("日期", date),
        ("电话", Text),
        ("经度", Number),
        ("纬度", Number),
        ("病", Text),
    ]
    .into_iter()
    .map(|(name, kind)| Wanted { name: name.into(), kind })
    .collect()
}

pub struct Project {
    /// The file is there as long as this.
    _folder: tempfile::TempDir,
    pub source: Source,
    pub table: EquivalenceTable,
    pub hierarchies: Vec<Hierarchy>,
    pub global: Recoding,
    pub local: LocalRecoding,
}

/// The text of a hierarchy of districts.
const DISTRICTS: &str = "和平;中心;*\n河东;中心;*\n河西;环城;*\n";

fn districts() -> HierarchySpec {
    HierarchySpec::Table { path: "区.csv".into() }
}

/// Counts districts and ages by the households; with `coarse`, by the parts of the city.
pub fn counted(treatments: &[Treatment], coarse: bool) -> Counted<'_> {
    let columns = wanted();
    let finest = |column: usize, hierarchy, table: Option<&str>| Finest {
        column: columns[column].name.clone(),
        hierarchy,
        table: table.map(Into::into),
        unknown: UnknownValues::Suppress,
        level: 1,
    };
    let tens = HierarchySpec::Interval { widths: vec![10.0], origin: 0.0, bottom: None, top: None };
    let coarse = match coarse {
        true => vec![Some(finest(DISTRICT, districts(), Some(DISTRICTS))), Some(finest(AGE, tens, None))],
        false => vec![None, None],
    };
    Counted {
        quasi: vec![columns[DISTRICT].clone(), columns[AGE].clone()],
        coarse,
        sensitive: treatments.iter().map(|treatment| (columns[ILLNESS].clone(), treatment)).collect(),
        subject: Some(columns[SUBJECT].clone()),
        subject_form: Some(Kind::Mobile),
    }
}

pub fn project() -> Project {
    let folder = tempfile::tempdir().unwrap();
    write_csv(folder.path());
    let spec = SourceSpec {
        path: "a.csv".into(),
        format: SourceFormat::Csv { delimiter: b',', encoding: Encoding::Utf8 },
        subject: Subject::Row,
        nulls: vec!["NA".into()],
    };
    let source = Source::open(&spec, folder.path()).unwrap();
    let table = engine::tally(&source, &counted(&[Treatment::Keep], false), &Memory::spill, &key()).unwrap();
    let build = |spec: &HierarchySpec, text, column: usize| {
        Hierarchy::build(spec, text, &table.domains[column], UnknownValues::Error).unwrap()
    };
    let interval = HierarchySpec::Interval { widths: vec![10.0, 20.0], origin: 0.0, bottom: None, top: Some(60.0) };
    let hierarchies = vec![build(&districts(), Some(DISTRICTS), 0), build(&interval, None, 1)];
    let outside = |row: usize| hierarchies[0].label(1, table.codes[0][row]) == Some("环城");
    let suppressed: Vec<bool> = (0..table.combinations()).map(outside).collect();
    // where the district is not known, the age is not told
    let ages = &hierarchies[1].levels[1];
    let star = ages.labels.len() as u32;
    let unknown = |row: usize| table.domains[0].values()[table.codes[0][row] as usize].is_none();
    let age = |row: usize| if unknown(row) { star } else { ages.label_of[table.codes[1][row] as usize] };
    let district = &hierarchies[0].levels[0];
    let local = LocalRecoding {
        columns: vec![
            LocalColumn {
                labels: district.labels.clone(),
                sizes: district.sizes.clone(),
                label_of: table.codes[0].iter().map(|&code| district.label_of[code as usize]).collect(),
            },
            LocalColumn {
                labels: ages.labels.iter().cloned().chain([Some("*".into())]).collect(),
                sizes: ages.sizes.iter().copied().chain([hierarchies[1].domain_size]).collect(),
                label_of: (0..table.combinations()).map(age).collect(),
            },
        ],
        suppressed: suppressed.clone(),
    };
    Project { _folder: folder, source, table, hierarchies, global: Recoding { levels: vec![1, 2], suppressed }, local }
}

/// A treatment of each kind, with the column that it takes.
pub fn treatments(project: &Project, recoded: Recoded) -> Vec<(usize, Treatment)> {
    let source = &project.source;
    let scope = Scope { release: "r", recipient: "数据交易所", column: "c" };
    let kept = || Key::kept(key(), KeyId::of(&key()));
    // seeds and keys of this generator are in no print
    let mut random = ChaCha20Rng::from_seed([213; 32]);
    let fit = |column: usize| {
        let counted = Counted::column(wanted()[column].clone(), Some(wanted()[SUBJECT].clone()), None);
        engine::tally(source, &counted, &Memory::spill, &key()).unwrap()
    };
    let ages = Numbers::of(&fit(AGE)).unwrap();
    let parts = HashMap::from(["和平", "河东", "河西"].map(|name| (name.to_owned(), u32::from(name == "河西"))));
    let parts = Generalize::fixed(parts, ["中心", "环城"].map(|label| Some(label.into())).into(), UnknownValues::Error);
    let keep = [(ILLNESS, Treatment::Keep)];
    let plan = plan(project, recoded, &keep, |_| None);
    let (domain, members) = engine::members(source, &plan).unwrap();
    let cells = engine::typed(&ColumnType::Text, domain.values()).unwrap();
    let mut draws = || Draws::ephemeral(&mut random);
    let laplace = Noise::new(NoiseKind::Laplace, 3.0, Some(0.5), draws()).unwrap();
    let discrete = Noise::new(NoiseKind::DiscreteLaplace, 2.0, None, draws()).unwrap();
    let shift = Shift::new(20, draws()).unwrap();
    let pram = Pram::fit(&fit(ILLNESS), 0.5, true, 2, draws()).unwrap();
    let swap = Swap::exchange(cells, members, &mut random).unwrap();
    let sha = Token::new(TokenAlgorithm::HmacSha256, &Key::ephemeral(&mut random), scope, 12).unwrap();
    let sm3 = Token::new(TokenAlgorithm::HmacSm3, &kept(), scope, 16).unwrap().of_kind(Some(Kind::Mobile));
    vec![
        (LATITUDE, Treatment::Keep),
        (PHONE, Treatment::Mask(Mask::new(3, 4, '*').unwrap())),
        (POWER, Treatment::Round(Round::new(0.5).unwrap())),
        (DISTRICT, Treatment::Generalize(parts.unwrap().at_level("part", 1, 2))),
        (SUBJECT, Treatment::Token(sm3)),
        (PHONE, Treatment::Token(sha)),
        (AGE, Treatment::TopBottom(TopBottom::fit(&ages, Some(0.1), Some(0.9), 2).unwrap())),
        (AGE, Treatment::Microaggregate(Microaggregate::fit(&ages, 3, Centre::Median).unwrap())),
        (POWER, Treatment::Noise(laplace)),
        (AGE, Treatment::Noise(discrete)),
        (DATE, Treatment::Shift(shift)),
        (ILLNESS, Treatment::Pram(pram)),
        (ILLNESS, Treatment::Swap(swap)),
        (LONGITUDE, Treatment::Grid(Grid::new(Some("纬度".into()), 6).unwrap())),
        (PHONE, Treatment::Fpe(Fpe::new("0123456789", &kept(), scope).unwrap())),
        (ILLNESS, Treatment::Redact(Redact::new())),
    ]
}

/// Releases the labels of both quasi columns and these treated ones.
pub fn plan<'a>(
    project: &'a Project,
    recoded: Recoded<'a>,
    treatments: &'a [(usize, Treatment)],
    subject: impl Fn(&Treatment) -> Option<usize>,
) -> ApplyPlan<'a> {
    let label = |quasi: usize| Output { name: format!("label {quasi}"), made: Made::Label(quasi) };
    let treated = |(at, (column, treatment)): (usize, &'a (usize, Treatment))| {
        let other = treatment.needs().other.map(|_| LATITUDE);
        let made = Made::Treated { column: *column, treatment, subject: subject(treatment), other };
        Output { name: format!("treated {at}"), made }
    };
    ApplyPlan {
        wanted: wanted(),
        quasi: vec![DISTRICT, AGE],
        table: &project.table,
        recoded,
        outputs: [0, 1].map(label).into_iter().chain(treatments.iter().enumerate().map(treated)).collect(),
        subject: Some(SUBJECT),
    }
}
