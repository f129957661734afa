//! The law of a cluster: with one recipe it gives what one machine gives, cell by cell.

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::DataType;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rand::{RngExt, SeedableRng};

use super::super::{ApplyPlan, Counted, Engine, Made, Output, Treating};
use super::Cluster;
use crate::release::staging::{SpillFile, Staging};
use crate::secret::{Secret, stream};
use crate::source::{Source, Wanted};
use crate::spec::{
    ColumnType, HierarchySpec, NoiseKind, SourceFormat, SourceSpec, Subject, TokenAlgorithm, UnknownValues,
};
use crate::table::tally::Memory;
use crate::table::{EquivalenceTable, Hierarchy, Recoded, Recoding};
use crate::treatment::{Draws, Key, Noise, Scope, Token, Treatment};

fn wanted(name: &str, kind: ColumnType) -> Wanted {
    Wanted { name: name.into(), kind }
}

/// Files whose subjects have records in several of them, some cells null.
fn source(folder: &std::path::Path) -> Source {
    for file in 0..7 {
        let mut draws = rand::rngs::StdRng::seed_from_u64(file);
        let rows = 900 + 37 * file;
        let ids: StringArray = (0..rows).map(|_| Some(format!("id{}", draws.random_range(0..3000)))).collect();
        let ages: Int64Array =
            (0..rows).map(|_| (draws.random_range(0..9) > 0).then(|| draws.random_range(0..12))).collect();
        let cities: StringArray = (0..rows).map(|_| Some(["A", "B城", "C"][draws.random_range(0..3)])).collect();
        let amounts: Float64Array = (0..rows).map(|_| Some(f64::from(draws.random_range(0..900)) / 4.0)).collect();
        let columns: [(&str, ArrayRef); 4] =
            [("id", Arc::new(ids)), ("age", Arc::new(ages)), ("city", Arc::new(cities)), ("amount", Arc::new(amounts))];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let file = File::create(folder.join(format!("{file}.parquet"))).unwrap();
        let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
    }
    let spec = SourceSpec {
        path: folder.into(),
        format: SourceFormat::Parquet,
        subject: Subject::Column("id".into()),
        nulls: Vec::new(),
    };
    Source::open(&spec, folder).unwrap()
}

/// Every row as texts, with how often it is there.
fn rows(staging: &Staging, files: &[String]) -> BTreeMap<Vec<Option<String>>, u64> {
    let mut rows = BTreeMap::new();
    for name in files {
        let file = File::open(staging.folder().join(name)).unwrap();
        for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
            let batch = batch.unwrap();
            let text = |cells: &ArrayRef| arrow::compute::cast(cells, &DataType::Utf8).unwrap();
            let columns: Vec<ArrayRef> = batch.columns().iter().map(text).collect();
            for row in 0..batch.num_rows() {
                let cell =
                    |cells: &ArrayRef| cells.is_valid(row).then(|| cells.as_string::<i32>().value(row).to_owned());
                *rows.entry(columns.iter().map(cell).collect()).or_default() += 1;
            }
        }
    }
    rows
}

#[test]
fn a_cluster_counts_and_treats_as_one_machine_does() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    std::fs::create_dir(&data).unwrap();
    let source = source(&data);
    let cluster = Cluster::in_process(folder.path(), 2, Duration::from_secs(60)).unwrap();
    let engines = [Engine::Local, Engine::Cluster(Box::new(cluster))];
    let key = Secret::new([3; 32]);

    // pass 1, with subjects and without
    let kept = Treatment::Keep;
    let tables: Vec<Vec<EquivalenceTable>> = engines
        .iter()
        .map(|engine| {
            [true, false].map(|subjects| {
                let counted = Counted {
                    quasi: vec![wanted("age", ColumnType::Integer), wanted("city", ColumnType::Text)],
                    coarse: vec![None, None],
                    sensitive: vec![(wanted("amount", ColumnType::Number), &kept)],
                    subject: subjects.then(|| wanted("id", ColumnType::Text)),
                    subject_form: None,
                };
                engine.tally(&source, &counted, None, &Memory::spill, &key).unwrap().0
            })
        })
        .map(Vec::from)
        .collect();
    assert!(tables[0] == tables[1], "the tables are equal");
    assert!(!tables[0][0].spread.is_empty() && tables[0][0].total_records() > 6000);

    // pass 2: labels, tokens and noise of one recipe
    let counted = Counted {
        quasi: vec![wanted("age", ColumnType::Integer), wanted("city", ColumnType::Text)],
        coarse: vec![None, None],
        sensitive: Vec::new(),
        subject: Some(wanted("id", ColumnType::Text)),
        subject_form: None,
    };
    let table = engines[0].tally(&source, &counted, None, &Memory::spill, &key).unwrap().0;
    let own = |domain| Hierarchy::build(&HierarchySpec::Suppress, None, domain, UnknownValues::Suppress).unwrap();
    let hierarchies: Vec<Hierarchy> = table.domains.iter().map(own).collect();
    let suppressed: Vec<bool> = (0..table.combinations()).map(|combination| combination % 5 == 0).collect();
    let withheld: u64 =
        table.records.iter().zip(&suppressed).filter(|(_, gone)| **gone).map(|(records, _)| records).sum();
    let recoding = Recoding { levels: vec![0, 0], suppressed };
    let mut draws = stream(&key, "keys of a test", 0);
    let scope = Scope { release: "r", recipient: "x", column: "id" };
    let token = Token::new(TokenAlgorithm::HmacSm3, &Key::ephemeral(&mut draws), scope, 32).unwrap();
    let token = Treatment::Token(token);
    let noise = Treatment::Noise(Noise::new(NoiseKind::Laplace, 2.0, None, Draws::ephemeral(&mut draws)).unwrap());
    let plan = || ApplyPlan {
        wanted: vec![
            wanted("id", ColumnType::Text),
            wanted("age", ColumnType::Integer),
            wanted("city", ColumnType::Text),
            wanted("amount", ColumnType::Number),
        ],
        quasi: vec![1, 2],
        table: &table,
        recoded: Recoded::Global { hierarchies: &hierarchies, recoding: &recoding },
        outputs: vec![
            Output {
                name: "id".into(),
                made: Made::Treated { column: 0, treatment: &token, subject: None, other: None },
            },
            Output { name: "age".into(), made: Made::Label(0) },
            Output { name: "city".into(), made: Made::Label(1) },
            Output {
                name: "amount".into(),
                made: Made::Treated { column: 3, treatment: &noise, subject: Some(0), other: None },
            },
        ],
        subject: Some(0),
    };
    let kept = table.total_records() - withheld;
    let treated = engines.iter().enumerate().map(|(number, engine)| {
        let staging = Staging::new(&out.join(number.to_string()), "test", |_| Ok(None)).unwrap();
        let treating = Treating {
            kept,
            shown: 200,
            staging: &staging,
            spill: &|| SpillFile::new(folder.path()),
            seed: &|| Ok(Secret::new([9; 32])),
            landing: None,
            writing: &|| (),
        };
        let treated = engine.treat(&source, &plan(), &treating).unwrap();
        assert_eq!(treated.applied.rows, kept);
        assert!((100..400).contains(&treated.applied.sampled.positions.len()));
        // what was hashed on the way is what was written
        assert!(!treated.applied.order.pairs(&treated.applied.order).unwrap().is_empty());
        rows(&staging, &treated.files)
    });
    let treated: Vec<_> = treated.collect();
    assert_eq!(treated[0].values().sum::<u64>(), kept);
    assert!(treated[0] == treated[1], "the released rows are equal, in whatever order");
}
