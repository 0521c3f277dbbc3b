//! The coefficients of a `.taskrc`, Taskwarrior's configuration.

use crate::coefficients::{Coefficient, Coefficients};

/// What a configuration says of the urgency.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Configuration {
    /// The coefficients, where they differ from the defaults.
    pub coefficients: Coefficients,
    /// What could not be used, a sentence each.
    pub remarks: Vec<String>,
}

/// Reads the lines `name = value` of a configuration. All that is not about the urgency is passed over; of a setting
/// that stands there twice the last counts. Files that it includes are not read, as a mission reads no files.
pub fn read(text: &str) -> Configuration {
    let mut configuration = Configuration::default();
    for (index, line) in text.lines().enumerate() {
        let line = line.split_once('#').map_or(line, |(before, _)| before).trim();
        if let Some(file) = line.strip_prefix("include ") {
            let file = file.trim();
            // Themes, holidays and locales come with Taskwarrior, and say nothing of the urgency.
            if ![".theme", ".rc"].iter().any(|ending| file.ends_with(ending)) || file.contains("urgency") {
                configuration.remarks.push(format!("the taskrc includes {file}, which was not read"));
            }
            continue;
        }
        let Some((name, value)) = line.split_once('=') else { continue };
        if let Some(name) = name.trim().strip_prefix("urgency.")
            && set(&mut configuration.coefficients, name, value.trim()).is_none()
        {
            let line = index + 1;
            configuration.remarks.push(format!("line {line} of the taskrc sets no coefficient that is known: {name}"));
        }
    }
    configuration
}

/// Sets what `urgency.NAME` names; nothing, where it names nothing or the value is none.
fn set(coefficients: &mut Coefficients, name: &str, value: &str) -> Option<()> {
    if name == "inherit" {
        coefficients.inherit = matches!(value.to_lowercase().as_str(), "on" | "yes" | "y" | "true" | "1");
        return Some(());
    }
    if name == "age.max" {
        coefficients.age_max = value.parse().ok().filter(|days| *days <= 1_000_000)?;
        return Some(());
    }
    let coefficient = Coefficient::try_from(value.parse::<f64>().ok()?).ok()?;
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
                // The name that Taskwarrior had before 2.4.
                "next" => &mut c.next,
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
            include ~/.urgencyrc
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
        ";
        let configuration = read(text);
        let expected = serde_json::from_value(json!({
            "next": 10, "due": 11, "age_max": 50, "inherit": true, "priority": {"H": 5, "3": 1},
            "uda": {"estimate": 4, "size.big": 2},
            "user": {"tag": {"bank": 2.5}, "project": {"home.garden": -1}, "keyword": {"call": 3}},
        }));
        assert_eq!(configuration.coefficients, expected.unwrap());
        assert_eq!(
            configuration.remarks,
            [
                "the taskrc includes ~/.urgencyrc, which was not read",
                "line 17 of the taskrc sets no coefficient that is known: dew.coefficient",
                "line 18 of the taskrc sets no coefficient that is known: blocked.coefficient",
            ]
        );
    }
}
