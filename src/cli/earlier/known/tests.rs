use super::*;
use crate::spec::Period;

fn set(labels: &[&str]) -> Labels {
    labels.iter().map(|label| Some((*label).to_owned())).collect()
}

fn known(values: &[&str], hierarchy: HierarchySpec) -> Known {
    let values = values.iter().map(|value| Some((*value).to_owned())).collect();
    Known::new(Domain::sorted("c", values).0, hierarchy, None, [])
}

fn bands(widths: &[f64]) -> HierarchySpec {
    HierarchySpec::Interval { widths: widths.to_vec(), origin: 0.0, bottom: None, top: None }
}

/// The values of the source and beyond it that a label stands for.
fn under(cover: &Cover, label: &str) -> usize {
    match cover {
        Cover::Equal => panic!("labels were taken for equal or apart"),
        Cover::Values(values) => values[&Some(label.to_owned())].len(),
    }
}

#[test]
fn labels_of_one_level_are_equal_or_apart() {
    let ages = known(&["20", "21", "35", "36"], bands(&[10.0, 20.0]));
    let same = set(&["[20, 30)", "[30, 40)"]);
    let (cover, unknown) = ages.cover(&same, &same, Shown::Labels).unwrap();
    assert!(matches!(cover, Cover::Equal) && unknown.is_empty());
    let (cover, unknown) = ages.cover(&set(&["[20, 40)"]), &same, Shown::Labels).unwrap();
    assert!(unknown.is_empty());
    assert_eq!((under(&cover, "[20, 40)"), under(&cover, "[20, 30)")), (4, 2));
}

#[test]
fn labels_of_other_hierarchies_are_explained_by_their_text() {
    let ages = known(&["20", "24", "29", "31"], bands(&[10.0]));
    let (cover, unknown) =
        ages.cover(&set(&["[20, 25)", "[90, 95)", "≥30"]), &set(&["[20, 30)"]), Shown::Labels).unwrap();
    assert!(unknown.is_empty());
    assert_eq!((under(&cover, "[20, 25)"), under(&cover, "≥30")), (2, 1));
    assert_eq!(under(&cover, "[90, 95)"), 1, "nobody of the present source");
    let (_, unknown) = ages.cover(&set(&["young", "[20, 30)"]), &set(&["[20, 30)"]), Shown::Labels).unwrap();
    assert_eq!(unknown, set(&["young"]));
    let days = known(&["1990-01-05", "1991-03-01"], HierarchySpec::Date { periods: vec![Period::Month] });
    let (cover, unknown) = days.cover(&set(&["1990-Q1", "19xx"]), &set(&["1990-01"]), Shown::Labels).unwrap();
    assert_eq!((under(&cover, "1990-Q1"), unknown), (1, set(&["19xx"])));
    // no text of this column is a number: the label means something else
    let cities = known(&["Heping", "Hexi"], HierarchySpec::Suppress);
    let (_, unknown) = cities.cover(&set(&["[20, 30)", "*"]), &set(&["Heping"]), Shown::Labels).unwrap();
    assert_eq!(unknown, set(&["[20, 30)"]));
}

#[test]
fn values_that_are_gone_are_explained_and_labels_are_not_taken_for_values() {
    let cities = known(&["Heping", "Hexi"], HierarchySpec::Suppress);
    let (cover, unknown) = cities.cover(&set(&["Hexi", "Nankai"]), &set(&["*"]), Shown::Values).unwrap();
    assert!(unknown.is_empty());
    assert_eq!((under(&cover, "*"), under(&cover, "Nankai")), (3, 1));
    for shown in [Shown::Labels, Shown::Mixed] {
        assert_eq!(cities.cover(&set(&["Nankai"]), &set(&["*"]), shown).unwrap().1, set(&["Nankai"]));
    }
    let codes = known(&["120101", "120202"], HierarchySpec::Prefix { lengths: vec![4, 2] });
    let (cover, unknown) = codes.cover(&set(&["1201**", "120***"]), &set(&["1202**"]), Shown::Labels).unwrap();
    assert!(unknown.is_empty());
    assert_eq!((under(&cover, "120***"), under(&cover, "1201**")), (2, 1));
    let (_, unknown) = cities.cover(&[None].into(), &set(&["Hexi"]), Shown::Labels).unwrap();
    assert!(unknown.is_empty(), "an empty cell is an empty cell");
}

#[test]
fn a_table_explains_its_values_and_labels_without_any_row() {
    let values = Domain::sorted("c", vec![Some("a".into()), Some("b".into())]).0;
    let table = "a;north;*\nb;north;*\nc;south;*\n".to_owned();
    let spec = HierarchySpec::Table { path: "t.csv".into() };
    let areas = Known::new(values, spec, Some(table), []);
    let (cover, unknown) = areas.cover(&set(&["south", "c", "west"]), &set(&["north", "*"]), Shown::Labels).unwrap();
    assert_eq!(unknown, set(&["west"]));
    assert_eq!((under(&cover, "south"), under(&cover, "*"), under(&cover, "north")), (1, 3, 2));
}

#[test]
fn means_explain_nothing_but_themselves() {
    let values = ["30", "31", "40", "44"];
    let domain = Domain::sorted("c", values.iter().map(|value| Some((*value).to_owned())).collect()).0;
    let released = [("30.5", 0), ("30.5", 1), ("42", 2), ("42", 3)].map(|(label, code)| (Some(label.to_owned()), code));
    let own = set(&["30.5", "42"]);
    let means = Known::new(domain, HierarchySpec::Suppress, None, released);
    let (cover, unknown) = means.cover(&own, &own, Shown::Centers).unwrap();
    assert!(matches!(cover, Cover::Equal) && unknown.is_empty(), "the same release once more");
    let (_, unknown) = means.cover(&set(&["30.5", "40"]), &own, Shown::Centers).unwrap();
    assert_eq!(unknown, set(&["40"]), "although there is such a value");
    let (cover, unknown) = means.cover(&set(&["[30, 40]"]), &own, Shown::Values).unwrap();
    assert_eq!((under(&cover, "[30, 40]"), under(&cover, "42"), unknown.len()), (3, 2, 0));
}
