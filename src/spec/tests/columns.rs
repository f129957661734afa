//! Roles, types and hierarchies of columns.

use super::*;

#[test]
fn roles_allow_only_their_treatments() {
    let released = "identifier `x` would be released";
    for treatment in ["\"keep\"", "\"generalize\"", "{ round = 10 }", "{ mask = { keep_first = 3 } }"] {
        let text = and(&format!("[columns.x]\nrole = \"identifier\"\ntype = \"text\"\ntreatment = {treatment}"));
        assert!(told(&text).iter().any(|told| told.ends_with(released)), "{treatment}: {:?}", told(&text));
    }
    let column = |role: &str, more: &str| and(&format!("[columns.x]\nrole = \"{role}\"\n{more}"));
    only(
        &column("quasi", "treatment = \"keep\""),
        "\"keep\" -- quasi-identifier `x` can only be generalized or dropped",
    );
    only(
        &column("quasi", "treatment = { generalize = { level = 1 } }\nhierarchy = { prefix = [1] }"),
        "{ generalize = { level = 1 } } -- the level of quasi-identifier `x` cannot be fixed: the search chooses it",
    );
    only(&column("sensitive", ""), "x -- nothing says what becomes of column `x`");
    only(
        &column("insensitive", "treatment = \"generalize\""),
        "\"generalize\" -- nothing says how coarse column `x` becomes",
    );
    only(
        &column("sensitive", "treatment = { generalize = { level = 1 } }"),
        "{ generalize = { level = 1 } } -- there is no hierarchy to generalize by",
    );
    only(
        &column("sensitive", "treatment = { generalize = { level = 3 } }\nhierarchy = { prefix = [2] }"),
        "3 -- there is no level 3: the last one, `*`, is 2",
    );
    only(
        &column("sensitive", "treatment = \"keep\"\nhierarchy = { prefix = [2] }"),
        "hierarchy -- column `x` has a hierarchy but is not generalized",
    );
    only(
        &column("sensitive", "treatment = { mask = { keep_first = 30, keep_last = 3 } }"),
        "{ keep_first = 30, keep_last = 3 } -- a mask that keeps 33 characters hides nothing",
    );
    only(
        &column("sensitive", "treatment = { mask = { with = \"0\" } }"),
        "\"0\" -- a masked character must not look like a value",
    );
    let columns = EXAMPLE.find("[columns.").unwrap();
    only(&format!("{}[columns]\n", &EXAMPLE[..columns]), "columns -- no column is declared");
    let dropped = "[columns.age]\nrole = \"quasi\"\ntreatment = \"drop\"\n";
    only(&format!("{}{dropped}", &EXAMPLE[..columns]), "columns -- no column is released");
    only(
        &EXAMPLE.replace("\"quasi\"", "\"identifier\"").replace("hierarchy =", "# "),
        "columns -- no column is a quasi-identifier",
    );
}

#[test]
fn types_and_hierarchies_must_fit() {
    let quasi = |more: &str| and(&format!("[columns.x]\nrole = \"quasi\"\n{more}"));
    only(&quasi("type = \"text\"\nhierarchy = { date = [\"year\"] }"), "\"text\" -- a `date` hierarchy needs dates");
    only(
        &quasi("type = \"date\"\nhierarchy = { interval = { widths = [1] } }"),
        "\"date\" -- a `interval` hierarchy needs numbers",
    );
    only(&quasi("type = \"integer\"\nhierarchy = { prefix = [2] }"), "\"integer\" -- a `prefix` hierarchy needs text");
    only(&quasi("type = \"text\"\nformat = \"%Y\""), "\"%Y\" -- `format` is for dates only");
    for format in ["%Y-%m", "%Y-%Q-%d", "%H:%M", ""] {
        only(
            &quasi(&format!("format = \"{format}\"")),
            &format!("\"{format}\" -- this form does not hold a whole date"),
        );
    }
    only(&quasi("unknown = \"suppress\""), "\"suppress\" -- `unknown` is for hierarchy tables only");
    let hierarchy = |hierarchy: &str| quasi(&format!("hierarchy = {hierarchy}"));
    only(&hierarchy("{ table = \"\" }"), "\"\" -- the path of the table is empty");
    only(&hierarchy("{ prefix = [4, 4] }"), "4 -- prefix lengths must shrink");
    only(&hierarchy("{ prefix = [4, 0] }"), "0 -- `prefix` must be at least 1");
    only(&hierarchy("{ interval = { widths = [0] } }"), "0 -- a width must be above 0");
    only(&hierarchy("{ interval = { widths = [4, 2] } }"), "2 -- widths must grow");
    only(&hierarchy("{ interval = { widths = [4, 6] } }"), "6 -- 6 is not a multiple of 4, the width before");
    only(&hierarchy("{ interval = { widths = [4], bottom = 9, top = 9 } }"), "9 -- `top` must be above `bottom`");
    only(&hierarchy("{ date = [\"moon\"] }"), "\"moon\" -- `moon` is not a period");
    only(
        &hierarchy("{ date = [\"2-year\", \"5-year\"] }"),
        "\"5-year\" -- a 5-year is not made of several of the period before",
    );
    for fine in
        ["{ date = [\"month\", \"half\", \"year\", \"5-year\", \"decade\"] }", "{ interval = { widths = [0.1, 0.3] } }"]
    {
        assert_eq!(told(&hierarchy(fine)), Vec::<String>::new());
    }
    only(&EXAMPLE.replace("round = 10 }", "round = 10 }\ntype = \"text\""), "\"text\" -- only numbers can be rounded");
}
