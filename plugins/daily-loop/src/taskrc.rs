//! The coefficients of a `.taskrc`, Taskwarrior's configuration.

use std::collections::{BTreeMap, BTreeSet};

use crate::coefficients::{Coefficient, Coefficients};
use crate::facts::UNKNOWN_VIRTUAL;

/// What a configuration says of the urgency.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Configuration {
    /// The coefficients, where they differ from the defaults.
    pub coefficients: Coefficients,
    /// The names of the attributes that it defines.
    pub attributes: BTreeSet<String>,
    /// The values of those that are texts and whose values it puts into an order, the greatest first.
    pub values: BTreeMap<String, Vec<String>>,
    /// What could not be used, a sentence each.
    pub remarks: Vec<String>,
}

/// Reads the lines `name = value` of a configuration. All that is not about the urgency is passed over; of a setting
/// that stands there twice the last counts. Files that it includes are not read, as a mission reads no files.
pub fn read(text: &str) -> Configuration {
    let mut configuration = Configuration::default();
    let (mut context, mut contexts) = ("", Vec::new());
    // Numbers, dates and durations are compared as such, whatever values there are.
    let mut unordered = BTreeSet::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.split_once('#').map_or(line, |(before, _)| before).trim();
        if let Some(file) = line.strip_prefix("include ") {
            let file = file.trim();
            if !comes_with_taskwarrior(file) {
                configuration.remarks.push(format!(
                    "the taskrc includes {file}, which a mission cannot read: give as `taskrc` what `task _show` prints"
                ));
            }
            continue;
        }
        let Some((name, value)) = line.split_once('=') else { continue };
        let (name, value) = (name.trim(), value.trim());
        if name == "context" {
            context = value;
        } else if let Some(name) = name.strip_prefix("context.") {
            contexts.push((name, value));
        }
        if let Some((attribute, property)) = name.strip_prefix("uda.").and_then(|name| name.split_once('.')) {
            configuration.attributes.insert(attribute.to_owned());
            if property == "values" {
                let values = value.split(',').map(|value| value.trim().to_owned()).collect();
                configuration.values.insert(attribute.to_owned(), values);
            } else if property == "type" && value != "string" {
                unordered.insert(attribute.to_owned());
            }
        }
        let Some(name) = name.strip_prefix("urgency.") else { continue };
        let line = index + 1;
        let number = beginning(value);
        if set(&mut configuration.coefficients, name, value, number).is_none() {
            configuration.remarks.push(format!("line {line} of the taskrc sets no coefficient that is known: {name}"));
        } else if let Some(tag) = unknown_tag(name) {
            configuration
                .remarks
                .push(format!("line {line} of the taskrc is about +{tag}, which only Taskwarrior knows"));
        } else if name != "inherit" && !is_number(value) {
            configuration.remarks.push(format!(
                "line {line} of the taskrc has {value:?} where a number belongs: it counts as {number}, as in Taskwarrior"
            ));
        }
    }
    let is_ordered = |name: &String, values: &Vec<String>| !unordered.contains(name) && *values != [""];
    configuration.values.retain(|name, values| is_ordered(name, values));
    configuration.remarks.extend(of_context(context, &contexts));
    configuration
}

/// What to remark of the context that is active, which `task next` applies and `task export` does not.
fn of_context(context: &str, contexts: &[(&str, &str)]) -> Option<String> {
    if context.is_empty() {
        return None;
    }
    let is_its = |name: &str| name == context || name.strip_suffix(".read") == Some(context);
    let filter = contexts.iter().rev().find(|(name, _)| is_its(name)).map(|(_, filter)| *filter);
    let remedy = filter.map(|filter| format!(": give its filter, {filter:?}, as `filter`")).unwrap_or_default();
    Some(format!("the taskrc has the context {context}, which is not applied here{remedy}"))
}

/// Whether a text can be a configuration: each line is a setting, an include, a comment or blank.
pub fn is_one(text: &str) -> bool {
    let lines = text.lines().map(|line| line.split_once('#').map_or(line, |(before, _)| before).trim());
    lines.filter(|line| !line.is_empty()).all(|line| line.contains('=') || line.starts_with("include "))
}

/// Whether an included file is a theme or a list of holidays: they come with Taskwarrior, and say nothing of the urgency.
fn comes_with_taskwarrior(file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap_or(file);
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    extension == "theme" || (extension == "rc" && stem.starts_with("holidays."))
}

/// The virtual tag that a coefficient is for, where it is none that is known here.
fn unknown_tag(name: &str) -> Option<&str> {
    let tag = name.strip_prefix("user.tag.")?.strip_suffix(".coefficient")?;
    UNKNOWN_VIRTUAL.contains(&tag).then_some(tag)
}

fn is_number(value: &str) -> bool {
    value.parse::<f64>().is_ok_and(f64::is_finite)
}

/// The number that a text begins with, or 0: what Taskwarrior takes a value for.
fn beginning(value: &str) -> f64 {
    let numeric = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
    let end = value.find(|c| !numeric(c)).unwrap_or(value.len());
    let number = |end: usize| value.get(..end)?.parse::<f64>().ok().filter(|number| number.is_finite());
    (1..=end.min(LONGEST)).rev().find_map(number).unwrap_or_default()
}

/// How many characters of a number are looked at.
const LONGEST: usize = 64;

/// Sets what `urgency.NAME` names to a value, which begins with that number; nothing, where it names nothing.
fn set(coefficients: &mut Coefficients, name: &str, value: &str, number: f64) -> Option<()> {
    if name == "inherit" {
        coefficients.inherit = matches!(value.to_lowercase().as_str(), "on" | "yes" | "y" | "true" | "1");
        return Some(());
    }
    if name == "age.max" {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is within the bounds of u32")]
        let days = (0.0..=1_000_000.0).contains(&number).then_some(number as u32)?;
        coefficients.age_max = days;
        return Some(());
    }
    let coefficient = Coefficient::try_from(number).ok()?;
    let name = name.strip_suffix(".coefficient")?;
    let c = coefficients;
    match name.split_once('.') {
        Some(("user", rest)) => {
            let (kind, of) = rest.split_once('.')?;
            let user = match kind {
                "tag" if of == "next" => {
                    c.next = coefficient;
                    return Some(());
                }
                "tag" => &mut c.user.tag,
                "project" => &mut c.user.project,
                "keyword" => &mut c.user.keyword,
                _ => return None,
            };
            user.insert(of.to_owned(), coefficient);
        }
        Some(("uda", rest)) => match rest.split_once('.') {
            Some(("priority", value)) => {
                c.priority.insert(value.to_owned(), coefficient);
            }
            Some(_) | None => {
                c.uda.insert(rest.to_owned(), coefficient);
            }
        },
        Some(_) => return None,
        None => {
            *match name {
                "due" => &mut c.due,
                "blocking" => &mut c.blocking,
                "scheduled" => &mut c.scheduled,
                "active" => &mut c.active,
                "age" => &mut c.age,
                "annotations" => &mut c.annotations,
                "tags" => &mut c.tags,
                "project" => &mut c.project,
                "waiting" => &mut c.waiting,
                "blocked" => &mut c.blocked,
                _ => return None,
            } = coefficient;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_configuration_sets_coefficients() {
        let text = "
            # [Created by task 2.6.2]
            data.location=~/.task
            include light-256.theme
            include /usr/share/taskwarrior/holidays.de-DE.rc
            include ~/.urgency.rc
            urgency.user.tag.next.coefficient=10   # less
            urgency.user.tag.bank.coefficient=2.5
            urgency.user.project.home.garden.coefficient=-1
            urgency.user.keyword.call.coefficient=3
            urgency.uda.priority.H.coefficient=5
            urgency.uda.priority.3.coefficient=1
            urgency.uda.estimate.coefficient=4
            urgency.uda.size.big.coefficient=2
            urgency.due.coefficient = 11
            urgency.age.max=50
            urgency.inherit=on
            urgency.dew.coefficient=1
            urgency.blocked.coefficient=much
            urgency.tags.coefficient=2,5
            urgency.active.coefficient=
            urgency.user.tag.UDA.coefficient=1
            urgency.next.coefficient=1
            urgency.scheduled.coefficient=1e9
        ";
        let configuration = read(text);
        assert_eq!(configuration.attributes, BTreeSet::new());
        let expected = serde_json::from_value(json!({
            "next": 10, "due": 11, "blocked": 0, "tags": 2, "active": 0, "age_max": 50, "inherit": true, "priority": {"H": 5, "3": 1},
            "uda": {"estimate": 4, "size.big": 2},
            "user": {"tag": {"bank": 2.5, "UDA": 1}, "project": {"home.garden": -1}, "keyword": {"call": 3}},
        }));
        assert_eq!(configuration.coefficients, expected.unwrap());
        assert_eq!(
            configuration.remarks,
            [
                "the taskrc includes ~/.urgency.rc, which a mission cannot read: give as `taskrc` what `task _show` prints",
                "line 18 of the taskrc sets no coefficient that is known: dew.coefficient",
                "line 19 of the taskrc has \"much\" where a number belongs: it counts as 0, as in Taskwarrior",
                "line 20 of the taskrc has \"2,5\" where a number belongs: it counts as 2, as in Taskwarrior",
                "line 21 of the taskrc has \"\" where a number belongs: it counts as 0, as in Taskwarrior",
                "line 22 of the taskrc is about +UDA, which only Taskwarrior knows",
                "line 23 of the taskrc sets no coefficient that is known: next.coefficient",
                "line 24 of the taskrc sets no coefficient that is known: scheduled.coefficient",
            ]
        );
    }

    #[test]
    fn attributes_are_defined() {
        let text = "uda.state.type=string\nuda.state.values=open,shut\nuda.size.label=Size\nuda.odd=1\nurgency.uda.x.coefficient=1";
        assert_eq!(read(text).attributes, ["size".to_owned(), "state".to_owned()].into());
        let text =
            format!("{text}\nuda.n.values=3,1\nuda.n.type=numeric\nuda.none.values=\nuda.state.values=open, ,shut\n");
        let values = ["open", "", "shut"].map(str::to_owned).to_vec();
        assert_eq!(read(&text).values, [("state".to_owned(), values)].into());
    }

    #[test]
    fn an_active_context_is_remarked() {
        let remarks = |text: &str| read(text).remarks;
        let defined = "context.work.read=project:work or +next\ncontext.work.write=project:work\n";
        assert_eq!(remarks(defined), <[String; 0]>::default());
        assert_eq!(
            remarks(&format!("{defined}context=work")),
            [
                "the taskrc has the context work, which is not applied here: give its filter, \"project:work or +next\", as `filter`"
            ]
        );
        assert_eq!(remarks("context=home\ncontext.home=+home\ncontext="), <[String; 0]>::default());
        assert_eq!(remarks("context=home"), ["the taskrc has the context home, which is not applied here"]);
    }

    #[test]
    fn a_number_is_what_a_value_begins_with() {
        for (value, number) in [
            ("1.5", 1.5),
            ("+3", 3.0),
            ("1e1", 10.0),
            ("5x", 5.0),
            ("1,5", 1.0),
            ("-.5.5", -0.5),
            ("", 0.0),
            ("e", 0.0),
        ] {
            assert!((beginning(value) - number).abs() < 1e-9, "{value}");
        }
    }

    #[test]
    fn the_name_of_a_file_is_no_configuration() {
        assert!(is_one("") && is_one("# none\n\ninclude x\n a = b\n") && !is_one("~/.taskrc") && !is_one("a=1\nb"));
    }
}
