//! What the samples of the eight further providers must have in common, and the traps of each.

use std::collections::{BTreeMap, HashMap, HashSet};

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Float64Type, Int64Type};

use super::*;
use crate::detect::check_digits::{credit_code_check, luhn, organisation_code_check, resident_id_check};

const ROWS: u64 = 12_288;

/// The dataset, its subject, identifiers of a subject beside it, and other columns that no record of it changes.
const SUBJECTS: [(&str, &str, &[&str], &[&str]); 8] = [
    (
        "residential_water",
        "户号",
        &["水表编号", "身份证号", "联系电话"],
        &["户主姓名", "用水地址", "区", "社区", "用水性质"],
    ),
    (
        "residential_gas",
        "用户编号",
        &["燃气表号", "燃气卡号", "身份证号", "联系电话"],
        &["户名", "用气地址", "区", "用气类型"],
    ),
    ("district_heating", "供热户号", &["房屋编码", "身份证号", "手机号"], &["户名", "房屋地址", "区", "换热站"]),
    ("transit_cards", "卡号", &["身份证号", "手机号"], &["持卡人", "卡种"]),
    ("school_enrolment", "学籍号", &["身份证号", "监护人电话"], &["姓名", "出生日期"]),
    ("elderly_care", "老人编号", &["身份证号", "紧急联系电话"], &["姓名", "居住地址", "区", "能力等级", "慢性病"]),
    ("online_orders", "user_id", &["login_phone", "device_imei"], &["district", "gender", "member_level"]),
    ("employment_insurance", "社会保障号码", &["个人编号", "手机号", "银行账号"], &["姓名", "户籍性质", "文化程度"]),
];

fn text<'a>(data: &'a RecordBatch, column: &str) -> Vec<Option<&'a str>> {
    data.column_by_name(column).unwrap().as_string::<i32>().iter().collect()
}

fn full<'a>(data: &'a RecordBatch, column: &str) -> Vec<&'a str> {
    text(data, column).into_iter().map(Option::unwrap).collect()
}

fn integers(data: &RecordBatch, column: &str) -> Vec<i64> {
    data.column_by_name(column).unwrap().as_primitive::<Int64Type>().values().to_vec()
}

fn numbers(data: &RecordBatch, column: &str) -> Vec<Option<f64>> {
    data.column_by_name(column).unwrap().as_primitive::<Float64Type>().iter().collect()
}

fn cents(amount: f64) -> i64 {
    (amount * 100.0).round() as i64
}

/// Rows of each subject.
fn by_subject<'a>(data: &'a RecordBatch, subject: &str) -> BTreeMap<&'a str, Vec<usize>> {
    let mut rows: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    full(data, subject).into_iter().enumerate().for_each(|(row, cell)| rows.entry(cell).or_default().push(row));
    rows
}

#[test]
fn identifiers_belong_to_one_subject_each_and_records_of_a_subject_agree() {
    // from the start, and far down a large table
    for (name, subject, identifiers, same) in SUBJECTS {
        for start in [0, 30_000_000] {
            let data = batch(name, 11, start..start + ROWS).unwrap();
            let subjects = full(&data, subject);
            for column in identifiers.iter().chain(same) {
                let mut said: HashMap<&str, Option<&str>> = HashMap::new();
                for (subject, cell) in subjects.iter().zip(text(&data, column)) {
                    assert_eq!(*said.entry(subject).or_insert(cell), cell, "{name}: {column} changes");
                }
            }
            for column in identifiers {
                let mut owner: HashMap<&str, &str> = HashMap::new();
                for (subject, cell) in subjects.iter().zip(text(&data, column)) {
                    let Some(cell) = cell else { continue };
                    assert_eq!(owner.insert(cell, subject).unwrap_or(subject), *subject, "{name}: {column} is shared");
                }
            }
        }
    }
}

#[test]
fn subjects_far_apart_are_different() {
    for (name, subject, identifiers, _) in SUBJECTS {
        let parts = [0, 9_000_000, 34_000_000].map(|start| batch(name, 5, start..start + ROWS).unwrap());
        for column in identifiers.iter().chain([&subject]) {
            let sets: Vec<HashSet<&str>> =
                parts.iter().map(|part| text(part, column).into_iter().flatten().collect()).collect();
            assert!(sets[0].is_disjoint(&sets[1]) && sets[1].is_disjoint(&sets[2]), "{name}: {column}");
        }
    }
}

#[test]
fn most_subjects_have_several_records_where_that_is_so() {
    for (name, subject, of) in [
        ("residential_water", "户号", 5.0..6.0),
        ("residential_gas", "用户编号", 3.2..4.0),
        ("district_heating", "供热户号", 2.4..3.0),
        ("transit_cards", "卡号", 9.0..12.0),
        ("school_enrolment", "学籍号", 1.0..1.01),
        ("elderly_care", "老人编号", 2.5..4.0),
        ("online_orders", "user_id", 2.0..3.0),
        ("employment_insurance", "社会保障号码", 1.1..1.2),
    ] {
        let data = batch(name, 2, 0..ROWS).unwrap();
        let mean = ROWS as f64 / by_subject(&data, subject).len() as f64;
        assert!(of.contains(&mean), "{name}: {mean}");
    }
}

#[test]
fn check_digits_are_right_and_ids_agree_with_birth_and_sex() {
    for (name, id, birth, sex) in [
        ("school_enrolment", "身份证号", Some("出生日期"), Some("性别")),
        ("elderly_care", "身份证号", Some("出生日期"), Some("性别")),
        ("employment_insurance", "社会保障号码", Some("出生日期"), Some("性别")),
        ("residential_water", "身份证号", None, None),
        ("transit_cards", "身份证号", None, None),
    ] {
        let data = batch(name, 3, 0..ROWS).unwrap();
        let births = birth.map(|birth| full(&data, birth));
        let sexes = sex.map(|sex| full(&data, sex));
        for (row, id) in text(&data, id).into_iter().enumerate() {
            let Some(id) = id else { continue };
            assert_eq!(resident_id_check(&id.as_bytes()[..17]), Some(id.as_bytes()[17]));
            if let (Some(births), Some(sexes)) = (&births, &sexes) {
                assert_eq!(id[6..14], births[row].replace('-', ""), "{name}");
                assert_eq!(sexes[row], if id.as_bytes()[16] % 2 == 1 { "男" } else { "女" });
            }
        }
    }
    for (name, column, length) in
        [("transit_cards", "卡号", 19), ("online_orders", "device_imei", 15), ("employment_insurance", "银行账号", 19)]
    {
        let data = batch(name, 3, 0..ROWS).unwrap();
        assert!(full(&data, column).iter().all(|cell| cell.len() == length && luhn(cell.as_bytes())), "{column}");
    }
    for (name, column) in [("elderly_care", "机构信用代码"), ("employment_insurance", "单位信用代码")] {
        let data = batch(name, 3, 0..ROWS).unwrap();
        for code in text(&data, column).into_iter().flatten() {
            assert_eq!(organisation_code_check(&code.as_bytes()[8..16]), Some(code.as_bytes()[16]));
            assert_eq!(credit_code_check(&code.as_bytes()[..17]), Some(code.as_bytes()[17]));
        }
    }
}

#[test]
fn free_text_names_people_now_and_then_and_blanks_stand_around_names() {
    for (name, remark, person) in [
        ("residential_water", "抄表备注", "户主姓名"),
        ("residential_gas", "备注", "户名"),
        ("district_heating", "备注", "户名"),
        ("school_enrolment", "备注", "姓名"),
        ("elderly_care", "服务记录", "姓名"),
        ("online_orders", "review", "receiver_name"),
        ("employment_insurance", "备注", "姓名"),
    ] {
        let data = batch(name, 4, 0..ROWS).unwrap();
        let remarks = text(&data, remark);
        let phones = remarks.iter().flatten().filter(|remark| remark.contains("，电话1")).count();
        assert!((10..150).contains(&phones), "{name}: {phones}");
        assert!(remarks.iter().filter(|remark| remark.is_none()).count() > ROWS as usize * 3 / 4, "{name}");
        let blanks = text(&data, person).into_iter().flatten().filter(|name| name.trim() != *name).count();
        assert!((50..1_000).contains(&blanks), "{name}: {blanks}");
    }
}

#[test]
fn identifiers_are_restated_by_other_columns() {
    let water = batch("residential_water", 6, 0..500).unwrap();
    let gas = batch("residential_gas", 6, 0..500).unwrap();
    let heat = batch("district_heating", 6, 0..500).unwrap();
    let school = batch("school_enrolment", 6, 0..500).unwrap();
    for row in 0..500 {
        assert!(full(&water, "水表编号")[row].ends_with(full(&water, "户号")[row]));
        assert!(full(&gas, "燃气表号")[row].contains(full(&gas, "用户编号")[row]));
        let code: String = full(&heat, "房屋编码")[row].chars().filter(char::is_ascii_digit).collect();
        assert_eq!(code, full(&heat, "供热户号")[row]);
        if let Some(id) = text(&school, "身份证号")[row] {
            assert_eq!(full(&school, "学籍号")[row], format!("G{id}"));
        }
    }
}

#[test]
fn meters_of_water_go_on_where_they_stopped_and_some_pipes_burst() {
    let data = batch("residential_water", 7, 0..ROWS).unwrap();
    let (months, before) = (full(&data, "账期"), integers(&data, "上期读数"));
    let (after, used) = (integers(&data, "本期读数"), integers(&data, "用水量"));
    for rows in by_subject(&data, "户号").into_values() {
        let mut rows: Vec<usize> = rows;
        rows.sort_by_key(|&row| months[row]);
        for pair in rows.windows(2).filter(|pair| months[pair[0]] != months[pair[1]]) {
            // windows at the end of the rows are not whole: only neighbours in time are compared
            let next = months[pair[0]][5..].parse::<u32>().unwrap() + 1 == months[pair[1]][5..].parse::<u32>().unwrap();
            assert!(!next || after[pair[0]] == before[pair[1]]);
        }
    }
    assert!((0..used.len()).all(|row| used[row] == after[row] - before[row] && used[row] >= 0));
    assert!(used.iter().any(|&used| used > 100) && used.contains(&0));
    assert!(numbers(&data, "应缴水费").iter().zip(&used).all(|(bill, used)| (bill.unwrap() > 0.0) == (*used > 0)));
}

#[test]
fn heat_is_paid_by_area_and_rooms_under_roofs_are_colder() {
    let data = batch("district_heating", 8, 0..ROWS).unwrap();
    let (areas, fees, ways) = (numbers(&data, "建筑面积"), numbers(&data, "应缴热费"), full(&data, "计费方式"));
    let (stopped, floors, degrees) = (full(&data, "停供"), full(&data, "楼层位置"), numbers(&data, "平均室温"));
    for row in (0..areas.len()).filter(|&row| ways[row] == "按面积" && stopped[row] == "否") {
        assert_eq!(cents(fees[row].unwrap()), cents(areas[row].unwrap()) * 25);
    }
    let mean = |floor: &str| {
        let of: Vec<f64> =
            (0..floors.len()).filter(|&row| floors[row] == floor).filter_map(|row| degrees[row]).collect();
        of.iter().sum::<f64>() / of.len() as f64
    };
    assert!(mean("中间层") > mean("顶层") + 0.5);
    assert!(degrees.iter().flatten().any(|&degrees| degrees < 18.0), "some homes are too cold");
    assert!((0..areas.len()).all(|row| stopped[row] == "否" || degrees[row].is_none()));
    assert!(integers(&data, "建成年份").iter().any(|&year| year < 1965), "few old houses");
}

#[test]
fn balances_fall_with_each_tap_and_only_registered_cards_have_names() {
    let data = batch("transit_cards", 9, 0..ROWS).unwrap();
    let (kinds, balances, holders) = (full(&data, "卡种"), numbers(&data, "卡内余额"), text(&data, "持卡人"));
    for row in 0..kinds.len() {
        assert_eq!(holders[row].is_some(), matches!(kinds[row], "学生卡" | "老年卡" | "爱心卡"));
    }
    let (hours, times) = (full(&data, "统计小时"), full(&data, "交易时间"));
    assert!(hours.iter().zip(times).all(|(hour, time)| time.len() == 8 && time.starts_with(hour)));
    assert!(full(&data, "交易日期").iter().all(|day| ("2024-10-14"..="2024-10-20").contains(day)));
    let taps = by_subject(&data, "卡号");
    assert!(taps.values().any(|rows| rows.len() == 40) && taps.values().any(|rows| rows.len() == 1));
    let chains = taps.values().filter(|rows| rows.len() > 5 && kinds[rows[0]] == "普通卡");
    let different = |rows: &Vec<usize>| rows.iter().map(|&row| cents(balances[row].unwrap())).collect::<HashSet<_>>();
    assert!(chains.clone().count() > 100);
    let chained = chains.clone().filter(|rows| different(rows).len() * 10 >= rows.len() * 8).count();
    assert!(chained * 10 > chains.count() * 8, "a balance tells the taps of a card apart");
    let rare = full(&data, "线路").iter().filter(|line| **line == "夜间2路").count();
    assert!((1..100).contains(&rare));
    let rail = full(&data, "出行方式");
    assert!(text(&data, "车牌号").iter().zip(rail).all(|(plate, way)| plate.is_some() == (way == "公交")));
}

#[test]
fn grades_follow_ages_and_some_pupils_are_rare() {
    let data = batch("school_enrolment", 10, 0..40_960).unwrap();
    let (grades, stages, births) = (integers(&data, "年级"), full(&data, "学段"), full(&data, "出生日期"));
    for row in 0..grades.len() {
        let stage = match grades[row] {
            1..=6 => "小学",
            7..=9 => "初中",
            _ => "高中",
        };
        assert_eq!(stages[row], stage);
        let year: i64 = births[row][..4].parse().unwrap();
        assert!((2017 - year..=2020 - year).contains(&grades[row]) || grades[row] == 1 || grades[row] == 12);
    }
    let peoples = full(&data, "民族");
    assert!((1..30).contains(&peoples.iter().filter(|people| **people == "鄂伦春族").count()));
    let impaired = text(&data, "残疾类别").iter().filter(|kind| kind.is_some()).count();
    assert!((200..700).contains(&impaired), "{impaired}");
    assert!(text(&data, "身份证号").iter().any(Option::is_none));
    let sight = numbers(&data, "左眼视力");
    let mean = |wanted: &str| {
        let of: Vec<f64> = (0..sight.len()).filter(|&row| stages[row] == wanted).filter_map(|row| sight[row]).collect();
        of.iter().sum::<f64>() / of.len() as f64
    };
    assert!(mean("小学") > mean("初中") && mean("初中") > mean("高中"));
}

#[test]
fn the_old_are_cared_for_and_few_are_a_hundred() {
    let data = batch("elderly_care", 12, 0..40_960).unwrap();
    let (ages, grades) = (integers(&data, "年龄"), full(&data, "能力等级"));
    assert!(ages.iter().all(|age| (60..=106).contains(age)));
    assert!((1..400).contains(&ages.iter().filter(|age| **age >= 100).count()));
    let weak = |from: i64, to: i64| {
        let of: Vec<usize> = (0..ages.len()).filter(|&row| (from..to).contains(&ages[row])).collect();
        of.iter().filter(|&&row| grades[row] != "能力完好").count() as f64 / of.len() as f64
    };
    assert!(weak(85, 107) > weak(60, 70) + 0.1, "{} {}", weak(85, 107), weak(60, 70));
    let fees = numbers(&data, "服务费用");
    for (row, subsidy) in numbers(&data, "政府补贴").into_iter().enumerate() {
        let share = ["能力完好", "轻度失能", "中度失能", "重度失能", "完全失能"].iter().position(|g| *g == grades[row]);
        assert_eq!(cents(subsidy.unwrap()), cents(fees[row].unwrap()) * 20 * share.unwrap() as i64 / 100);
    }
}

#[test]
fn orders_add_up_and_few_are_large() {
    let data = batch("online_orders", 13, 0..ROWS).unwrap();
    let (prices, sums, pieces) = (numbers(&data, "unit_price"), numbers(&data, "amount"), integers(&data, "quantity"));
    for row in 0..pieces.len() {
        assert_eq!(cents(sums[row].unwrap()), cents(prices[row].unwrap()) * pieces[row]);
    }
    assert!((1..200).contains(&pieces.iter().filter(|pieces| **pieces >= 20).count()));
    let (orders, parcels): (HashSet<&str>, HashSet<&str>) =
        (full(&data, "order_id").into_iter().collect(), full(&data, "tracking_no").into_iter().collect());
    assert_eq!((orders.len() as u64, parcels.len() as u64), (ROWS, ROWS));
    let own = full(&data, "login_phone").iter().zip(full(&data, "receiver_phone")).filter(|(a, b)| **a == *b).count();
    assert!((ROWS as usize * 9 / 10..ROWS as usize).contains(&own), "most receive what they order");
}

#[test]
fn employments_follow_each_other_and_bases_have_a_floor_and_a_ceiling() {
    let data = batch("employment_insurance", 14, 0..ROWS).unwrap();
    let (begun, ended) = (full(&data, "参保起始日期"), text(&data, "停保日期"));
    let (bases, firms) = (numbers(&data, "缴费基数"), text(&data, "单位信用代码"));
    let twice = by_subject(&data, "社会保障号码").into_values().filter(|rows| rows.len() == 2);
    let mut changed = 0;
    for mut rows in twice {
        rows.sort_by_key(|&row| begun[row]);
        assert!(ended[rows[0]].unwrap() < begun[rows[1]], "one employment after the other");
        changed += 1;
    }
    assert!(changed > 1_000);
    assert!((0..begun.len()).all(|row| ended[row].is_none_or(|end| begun[row] <= end)));
    assert_eq!(
        ended.iter().map(Option::is_some).collect::<Vec<_>>(),
        text(&data, "停保原因").iter().map(Option::is_some).collect::<Vec<_>>()
    );
    let bases: Vec<f64> = bases.into_iter().flatten().collect();
    assert!(bases.iter().all(|base| (4_857.0..=25_350.0).contains(base)));
    assert!(bases.iter().filter(|base| **base == 4_857.0).count() > 500, "many at the floor");
    assert!(bases.contains(&25_350.0), "few at the ceiling");
    let mut employees: HashMap<&str, usize> = HashMap::new();
    firms.iter().flatten().for_each(|firm| *employees.entry(firm).or_default() += 1);
    assert!(employees.values().any(|&people| people == 1) && employees.values().any(|&people| people > 5));
}
