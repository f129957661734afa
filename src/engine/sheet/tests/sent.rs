use std::sync::atomic::AtomicBool;

use arrow::array::RecordBatch;

use super::plans::{Project, SUBJECT, counted, plan, project, treatments};
use super::{key, refused_unless_whole, shows_no_key};
use crate::engine::apply::{Applier, Reading};
use crate::engine::sheet::{ApplySheet, CountSheet};
use crate::engine::{self, ApplyPlan, Made};
use crate::source::{Batch, Source};
use crate::table::Recoded;
use crate::table::tally::Memory;
use crate::treatment::Treatment;

/// What pass 2 gives, batch by batch.
fn treated(source: &Source, plan: &ApplyPlan, reading: Reading) -> Vec<(Vec<u32>, RecordBatch)> {
    let worker = (Applier::new(plan, reading).unwrap(), Vec::new());
    let treat = |(applier, done): &mut (Applier, Vec<(Vec<u32>, RecordBatch)>), batch: &Batch| {
        let treated = applier.treat(batch)?;
        done.push((treated.kept, treated.cells));
        Ok(())
    };
    source.scan(&plan.wanted, vec![worker], &AtomicBool::new(false), treat).unwrap().0.remove(0).1
}

fn first_batch(source: &Source, plan: &ApplyPlan) -> Batch {
    let keep = |batches: &mut Vec<Batch>, batch: &Batch| {
        batches.push(batch.clone());
        Ok(())
    };
    source.scan(&plan.wanted, vec![Vec::new()], &AtomicBool::new(false), keep).unwrap().0.remove(0).remove(0)
}

fn subject(treatment: &Treatment) -> Option<usize> {
    treatment.needs().subject.then_some(SUBJECT)
}

fn both(project: &Project) -> [Recoded<'_>; 2] {
    let hierarchies = &project.hierarchies[..];
    [
        Recoded::Global { hierarchies, recoding: &project.global },
        Recoded::Local { hierarchies, recoding: &project.local },
    ]
}

#[test]
fn both_sides_treat_the_same_rows_to_the_same_cells() {
    let project = project();
    for recoded in both(&project) {
        let treatments = treatments(&project, recoded);
        let plan = plan(&project, recoded, &treatments, subject);
        let bytes = ApplySheet::pack(&plan).unwrap();
        let sheet = ApplySheet::from_bytes(bytes.expose()).unwrap();
        let theirs = sheet.plan();
        let source = Source::from_shared(&project.source.shared().unwrap()).unwrap();
        for reading in [Reading::Released, Reading::Compared] {
            let (here, there) = (treated(&project.source, &plan, reading), treated(&source, &theirs, reading));
            assert_eq!(here, there);
            let kept: usize = here.iter().map(|(kept, _)| kept.len()).sum();
            assert!(kept > 0 && kept < 60, "some are withheld: {kept}");
        }
        assert_eq!(
            (theirs.wanted.clone(), &theirs.quasi, theirs.subject),
            (plan.wanted.clone(), &plan.quasi, plan.subject)
        );
        assert_eq!(theirs.table, plan.table);
        assert_eq!(theirs.labels(), plan.labels());
        assert_eq!(theirs.coded_schema().unwrap(), plan.coded_schema().unwrap());
        assert_eq!(theirs.recoded.classes(theirs.table), recoded.classes(plan.table));
        assert_eq!(sheet.to_bytes().unwrap().expose(), bytes.expose());
    }
}

#[test]
fn both_sides_count_the_same_table() {
    let project = project();
    let [global, _] = both(&project);
    let treatments = treatments(&project, global);
    let of_text = |(_, treatment): (usize, Treatment)| {
        matches!(treatment, Treatment::Keep | Treatment::Pram(_) | Treatment::Token(_) | Treatment::Redact(_))
            .then_some(treatment)
    };
    let treatments: Vec<Treatment> = treatments.into_iter().filter_map(of_text).collect();
    for coarse in [false, true] {
        let counted = counted(&treatments, coarse);
        let bytes = CountSheet::pack(&counted, &key()).unwrap();
        let sheet = CountSheet::from_bytes(bytes.expose()).unwrap();
        assert_eq!(sheet.key().expose(), key().expose());
        assert_eq!(sheet.counted().coarse, counted.coarse);
        let here = engine::tally(&project.source, &counted, &Memory::spill, &key()).unwrap();
        let there = engine::tally(&project.source, &sheet.counted(), &Memory::spill, sheet.key()).unwrap();
        assert_eq!(here, there);
        assert_eq!((here.total_records(), here.total_subjects()), (60, 20));
        assert_eq!(here.sensitive.len(), treatments.len());
        assert_eq!(sheet.to_bytes().unwrap().expose(), bytes.expose());
    }
}

#[test]
fn nothing_but_the_whole_bytes_is_taken() {
    let project = project();
    for recoded in both(&project) {
        // what redacts has no bytes of its own, and takes long to be made
        let mut treatments = treatments(&project, recoded);
        treatments.retain(|(_, treatment)| !matches!(treatment, Treatment::Redact(_)));
        let plan = plan(&project, recoded, &treatments, subject);
        let batch = first_batch(&project.source, &plan);
        let used = |sheet: &ApplySheet| {
            let plan = sheet.plan();
            // a scan gives the columns that were wanted
            if plan.wanted.len() == batch.cells.num_columns() {
                let _ = Applier::new(&plan, Reading::Released).and_then(|mut applier| applier.treat(&batch));
            }
        };
        refused_unless_whole(ApplySheet::pack(&plan).unwrap().expose(), 29, ApplySheet::from_bytes, used);
    }
    let bytes = CountSheet::pack(&counted(&[Treatment::Keep], true), &key()).unwrap();
    let used = |sheet: &CountSheet| {
        let labellers: Vec<_> = sheet.counted().coarse.iter().flatten().map(|finest| finest.labeller()).collect();
        for value in [None, Some("35".to_owned()), Some("和平".to_owned())] {
            labellers.iter().for_each(|label| drop(label(&value)));
        }
    };
    refused_unless_whole(bytes.expose(), 1, CountSheet::from_bytes, used);
    let apply = ApplySheet::from_bytes(bytes.expose()).unwrap_err();
    assert!(apply.to_string().contains("another kind"), "{apply}");
}

#[test]
fn no_sheet_shows_a_key_or_a_cell() {
    let project = project();
    let [global, _] = both(&project);
    let treatments = treatments(&project, global);
    let bytes = ApplySheet::pack(&plan(&project, global, &treatments, subject)).unwrap();
    let apply = ApplySheet::from_bytes(bytes.expose()).unwrap();
    let bytes = CountSheet::pack(&counted(&[Treatment::Keep], true), &key()).unwrap();
    let count = CountSheet::from_bytes(bytes.expose()).unwrap();
    for print in [format!("{apply:?}"), format!("{apply:#?}"), format!("{count:?}"), format!("{bytes:?}")] {
        shows_no_key(&print);
        assert!(!print.contains("和平") && !print.contains("流感"), "{print}");
    }
    assert_eq!(format!("{count:?}"), r#"CountSheet { quasi: ["区", "岁"], sensitive: ["病"], subject: ["户号"], .. }"#);
}

#[test]
fn parts_that_do_not_go_together_are_refused_where_they_are_made() {
    let project = project();
    let [global, local] = both(&project);
    let treatments = treatments(&project, global);
    let refused = |recoded, spoil: &dyn Fn(&mut ApplyPlan)| {
        let mut plan = plan(&project, recoded, &treatments, subject);
        spoil(&mut plan);
        let error = ApplySheet::pack(&plan).unwrap_err();
        assert_eq!(error.exit_code(), 1, "{error}");
    };
    let (high, short) = (vec![1, 9], project.global.suppressed[1..].to_vec());
    let high = crate::table::Recoding { levels: high, ..project.global.clone() };
    let short = crate::table::Recoding { suppressed: short, ..project.global.clone() };
    let mut narrow = project.local.clone();
    narrow.columns.pop();
    let hierarchies = &project.hierarchies[..];
    refused(Recoded::Global { hierarchies, recoding: &high }, &|_| ());
    refused(Recoded::Global { hierarchies, recoding: &short }, &|_| ());
    refused(Recoded::Global { hierarchies: &hierarchies[1..], recoding: &project.global }, &|_| ());
    refused(Recoded::Local { hierarchies, recoding: &narrow }, &|_| ());
    refused(local, &|plan| plan.quasi = vec![1]);
    refused(local, &|plan| plan.quasi = vec![1, 9]);
    refused(global, &|plan| plan.subject = Some(9));
    refused(global, &|plan| plan.outputs[0].made = Made::Label(2));
    let lonely = |wanted: fn(&Treatment) -> bool| {
        let found = treatments.iter().find(|(_, treatment)| wanted(treatment)).unwrap();
        let (column, treatment) = found;
        move |plan: &mut ApplyPlan<'_>| {
            let place = plan.outputs.iter_mut().find_map(|output| match &mut output.made {
                Made::Treated { treatment: same, subject, other, .. } if std::ptr::eq(*same, treatment) => {
                    Some((subject, other))
                }
                _ => None,
            });
            let (subject, other) = place.unwrap_or_else(|| panic!("column {column} is not released"));
            (*subject, *other) = (None, None);
        }
    };
    refused(global, &lonely(|treatment| matches!(treatment, Treatment::Shift(_))));
    refused(global, &lonely(|treatment| matches!(treatment, Treatment::Grid(_))));
    let mut odd = counted(&[], false);
    odd.coarse.pop();
    assert_eq!(CountSheet::pack(&odd, &key()).unwrap_err().exit_code(), 1);
}
