use proptest::prelude::*;

use super::*;

fn quasi(count: usize) -> Vec<String> {
    (0..count).map(|c| format!("q{c}")).collect()
}

fn classes(rows: &[(&[&str], u64, &[&str])]) -> Classes {
    let class = |subjects, values: &[&str]| Class {
        subjects,
        sensitive: vec![values.iter().map(|v| Some((*v).to_owned())).collect()],
    };
    rows.iter()
        .map(|(labels, subjects, values)| {
            (labels.iter().map(|l| Some((*l).to_owned())).collect(), class(*subjects, values))
        })
        .collect()
}

/// Ages 20 to 29, with labels such as `20-24`.
fn ages(labels: &[&str]) -> Cover {
    let span = |label: &str| {
        let (from, to) = label.split_once('-').unwrap();
        from.parse::<u32>().unwrap()..=to.parse().unwrap()
    };
    Cover::of(labels.iter().flat_map(|label| span(label).map(|age| (Some((*label).to_owned()), age))))
}

#[test]
fn one_subject_who_came_shows() {
    let old = classes(&[(&["a"], 5, &["x", "y"]), (&["b"], 9, &["x", "y"])]);
    let new = classes(&[(&["a"], 6, &["x", "y", "z"]), (&["b"], 9, &["x", "y"])]);
    let names = quasi(1);
    let compared = Compared::new(&old, &new, &[Cover::Equal], &names, 5).unwrap();
    let found = compared.differences();
    assert_eq!((found.successes, found.trials, found.subjects_at_risk), (1, 2, Some(1)));
    assert_eq!(compared.intersections().successes, 0, "equal classes have their subjects in common");
    let same = Compared::new(&old, &old, &[Cover::Equal], &names, 5).unwrap();
    assert_eq!((same.differences().successes, same.differences().trials), (0, 2));
    assert_eq!(same.sensitive(&["s".into()])[0].successes, 0);
    let grown = classes(&[(&["a"], 10, &["x"]), (&["b"], 9, &["y"])]);
    assert_eq!(Compared::new(&old, &grown, &[Cover::Equal], &names, 5).unwrap().differences().successes, 0);
}

#[test]
fn what_a_finer_release_leaves_out_shows() {
    let cover = [ages(&["20-29", "20-24", "25-29"])];
    let names = quasi(1);
    let old = classes(&[(&["20-29"], 12, &["x", "y"])]);
    // two of the twelve were withheld
    let new = classes(&[(&["20-24"], 5, &["x", "y"]), (&["25-29"], 5, &["x", "y"])]);
    let found = Compared::new(&old, &new, &cover, &names, 5).unwrap().differences();
    assert_eq!((found.successes, found.trials, found.subjects_at_risk), (1, 1, Some(2)));
    // the same the other way round: from fine to coarse
    let found = Compared::new(&new, &old, &cover, &names, 5).unwrap().differences();
    assert_eq!((found.successes, found.trials, found.subjects_at_risk), (1, 1, Some(2)));
}

#[test]
fn shifted_bands_pin_people_in_their_overlap() {
    // 20-24 | 25-29 against 20-25 | 26-29 with one subject aged 25: all others are known to be where they were
    let cover = [ages(&["20-24", "25-29", "20-25", "26-29"])];
    let names = quasi(1);
    let old = classes(&[(&["20-24"], 5, &["x", "y"]), (&["25-29"], 6, &["x", "z"])]);
    let new = classes(&[(&["20-25"], 6, &["x", "y"]), (&["26-29"], 5, &["x", "z"])]);
    let compared = Compared::new(&old, &new, &cover, &names, 5).unwrap();
    let found = compared.intersections();
    assert_eq!((found.successes, found.trials, found.subjects_at_risk), (1, 3, Some(1)));
    let [sensitive] = &compared.sensitive(&["s".into()])[..] else { panic!() };
    assert_eq!((sensitive.successes, sensitive.trials), (1, 3), "aged 25: only x is in both");
    assert_eq!(sensitive.columns, ["q0", "s"]);
}

#[test]
fn withholding_what_is_hit_leaves_what_an_attack_after_it_finds() {
    let names = quasi(1);
    let old = classes(&[(&["a"], 5, &["x", "y"]), (&["b"], 9, &["x", "y"]), (&["c"], 7, &["x"])]);
    let new = classes(&[(&["a"], 6, &["x", "y", "z"]), (&["b"], 9, &["x", "y"]), (&["c"], 7, &["x", "z"])]);
    let left = |withheld: &str| {
        let mut left = new.clone();
        left.retain(|labels, _| labels[0].as_deref() != Some(withheld));
        left
    };
    let of = |asked| changes(&old, &new, &[Cover::Equal], &names, 5, asked).unwrap();
    let groups = of(Asked::Differences);
    let (without_a, without_c) = (left("a"), left("c"));
    let compared = |new| Compared::new(&old, new, &[Cover::Equal], &names, 5).unwrap();
    assert_eq!(
        groups,
        [[Change::new("withhold 1 of 3 classes, with 6 of 22 subjects", compared(&without_a).differences())]]
    );
    assert_eq!((groups[0][0].after.successes, groups[0][0].after.trials), (0, 2));
    // everybody in `c` has x in both releases
    let groups = of(Asked::Sensitive(0, "s"));
    let after = compared(&without_c).sensitive(&["s".into()]).remove(0);
    assert_eq!(groups[0], [Change::new("withhold 1 of 3 classes, with 7 of 22 subjects", after)]);
    assert_eq!((groups[0][0].after.successes, groups[1][0].change.as_str()), (0, "drop `s`"));
    // nothing would be left
    let one = classes(&[(&["a"], 6, &["x"])]);
    assert!(changes(&old, &one, &[Cover::Equal], &names, 5, Asked::Differences).unwrap().is_empty());
}

#[test]
fn nothing_to_compare_does_not_pass_and_unknown_labels_are_told() {
    let names = quasi(1);
    let none = Classes::new();
    let some = classes(&[(&["a"], 5, &["x"])]);
    let idle = Compared::new(&none, &none, &[Cover::Equal], &names, 5).unwrap();
    assert!(!idle.differences().attempted() && !idle.intersections().attempted());
    let apart = classes(&[(&["b"], 5, &["x"])]);
    let found = Compared::new(&some, &apart, &[Cover::Equal], &names, 5).unwrap().differences();
    assert_eq!((found.trials, found.not_asked, found.risk), (0, 1, 0.0), "no class in common");
    let unknown = [ages(&["20-24"])];
    let found = Compared::new(&some, &some, &unknown, &names, 5).unwrap().differences();
    assert_eq!((found.trials, found.not_asked), (1, 2));
    assert!(Compared::new(&some, &some, &[Cover::Equal, Cover::Equal], &quasi(2), 5).is_err());
}

proptest! {
    /// Subjects with an age and a place, in two releases of the same people, cut in two ways.
    #[test]
    fn the_bounds_hold_the_true_counts(
        people in prop::collection::vec((0_u32..12, 0_u32..3), 1..60), widths in (1_u32..7, 1_u32..7), shift in 0_u32..3,
        k in 1_u64..6,
    ) {
        let band = |age: u32, width: u32, shift: u32| Some(format!("{width}/{shift}:{}", (age + shift) / width));
        let label = |&(age, place): &(u32, u32), width, shift| vec![band(age, width, shift), Some(place.to_string())];
        let count = |width, shift| {
            let mut classes = Classes::new();
            for person in &people {
                classes.entry(label(person, width, shift)).or_default().subjects += 1;
            }
            classes
        };
        let (old, new) = (count(widths.0, 0), count(widths.1, shift));
        let bands = (0..12).flat_map(|age| [(band(age, widths.0, 0), age), (band(age, widths.1, shift), age)]);
        let covers = [Cover::of(bands), Cover::Equal];
        let names = quasi(2);
        let compared = Compared::new(&old, &new, &covers, &names, k).unwrap();
        let sure = compared.sure();
        let mut pairs = 0;
        let mut seen = 0;
        for (i, a) in old.keys().enumerate() {
            let mut overlapping = Vec::new();
            compared.overlaps.each(i, |j| overlapping.push(j));
            for (j, b) in new.keys().enumerate() {
                let common = people.iter().filter(|p| &label(p, widths.0, 0) == a && &label(p, widths.1, shift) == b);
                let common = common.count() as u64;
                let shares = (0..12).any(|age| {
                    Some(&band(age, widths.0, 0)) == a.first() && Some(&band(age, widths.1, shift)) == b.first()
                }) && a[1] == b[1];
                prop_assert_eq!(overlapping.contains(&j), shares);
                if shares {
                    pairs += 1;
                    let (least, most) = (compared.least(i, j), compared.most(i, j, &sure));
                    prop_assert!(least <= common && common <= most, "{} in {}..={}", common, least, most);
                    seen += u64::from((1..k).contains(&most));
                } else {
                    prop_assert_eq!(common, 0);
                }
            }
        }
        let found = compared.intersections();
        prop_assert_eq!((found.successes, found.trials), (seen, pairs));
        for change in changes(&old, &new, &covers, &names, k, Asked::Intersections).unwrap().concat() {
            prop_assert_eq!(change.after.successes, 0);
        }
        prop_assert_eq!(compared.differences().successes, 0, "the same people: nobody came or went");
    }
}
