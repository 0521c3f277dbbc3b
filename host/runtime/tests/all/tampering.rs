//! Bundles that somebody changed.
#![expect(clippy::unwrap_used, reason = "a test may end where its input is not as it must be")]

use serde_json::{Value, json};
use sortie_host::Bundle;
use sortie_host::json::{ContentHash, Json};

use crate::support::sandbox;

/// What verifying says of a bundle: nothing, if it is as it should be.
pub(crate) fn judged(bundle: &Value) -> Result<(), String> {
    let bundle: Bundle = serde_json::from_value(bundle.clone()).map_err(|error| error.to_string())?;
    match bundle.verify(sandbox()) {
        Ok(None) => Ok(()),
        Ok(Some(difference)) => Err(difference.path.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

/// The pointers of all values of a document.
fn pointers(value: &Value, at: &str, into: &mut Vec<String>) {
    into.push(at.to_owned());
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| pointers(member, &format!("{at}/{name}"), into));
        }
        Value::Array(elements) => {
            elements.iter().enumerate().for_each(|(index, element)| pointers(element, &format!("{at}/{index}"), into));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn altered(value: &Value) -> Value {
    match value {
        Value::Null => json!("something"),
        Value::Bool(yes) => json!(!yes),
        Value::Number(number) => json!(number.as_u64().map_or(0, |number| number + 1)),
        Value::String(text) => json!(format!("{text}x")),
        Value::Array(_) => json!({}),
        Value::Object(_) => json!([]),
    }
}

/// What somebody could take for the same value, and is of another kind.
fn other_kinds(value: &Value) -> Vec<Value> {
    let mut kinds = vec![json!([value]), json!({"": value})];
    match value {
        Value::Null => kinds.extend([json!(false), json!(""), json!(0), json!({}), json!([])]),
        Value::Bool(yes) => kinds.extend([json!(yes.to_string()), json!(u8::from(*yes))]),
        Value::Number(number) => kinds.push(json!(number.to_string())),
        Value::String(text) => {
            let as_number = text.parse::<u32>().ok().map(|number| json!(number));
            kinds.extend([json!(format!(" {text}")), Value::Null].into_iter().chain(as_number));
        }
        Value::Array(elements) => {
            let turned: Vec<_> = elements.iter().rev().cloned().collect();
            kinds.extend((turned != *elements).then(|| json!(turned)));
        }
        Value::Object(_) => kinds.push(Value::Null),
    }
    kinds
}

/// Alters, adds to and removes each value of a bundle that is right, and requires that verifying tells of it each time. Gives
/// how many values there are.
pub(crate) fn notices_every_change(bundle: &Value) -> usize {
    assert_eq!(judged(bundle), Ok(()));
    let mut all = Vec::new();
    pointers(bundle, "", &mut all);
    for at in &all {
        let with = |change: &dyn Fn(&mut Value)| {
            let mut changed = bundle.clone();
            change(changed.pointer_mut(at).unwrap());
            judged(&changed)
        };
        assert!(with(&|value| *value = altered(value)).is_err(), "altered at {at}");
        for kind in other_kinds(bundle.pointer(at).unwrap()) {
            assert!(with(&|value| *value = kind.clone()).is_err(), "{kind} at {at}");
        }
        let added = with(&|value| match value {
            Value::Object(members) => drop(members.insert("one_more".to_owned(), json!(1))),
            Value::Array(elements) => elements.push(elements.first().cloned().unwrap_or_default()),
            other => *other = altered(other),
        });
        assert!(added.is_err(), "added at {at}");
        let Some((parent, name)) = at.rsplit_once('/') else { continue };
        let mut changed = bundle.clone();
        match changed.pointer_mut(parent).unwrap() {
            Value::Object(members) => drop(members.remove(name)),
            Value::Array(elements) => drop(elements.remove(name.parse::<usize>().unwrap())),
            _ => unreachable!("a value within is in one of these"),
        }
        assert!(judged(&changed).is_err(), "removed at {at}");
    }
    all.len()
}

/// How many texts were noticed to be another bundle, and how many were the same in another form.
#[derive(Default)]
pub(crate) struct AlteredTexts {
    pub(crate) noticed: usize,
    pub(crate) same: usize,
}

/// A value in another form or of another kind, as text.
fn respelt(value: &Value) -> Vec<String> {
    let in_an_array = format!("[{value}]");
    let mut forms = match value {
        Value::Null => vec!["false".to_owned(), "\"\"".to_owned(), "0".to_owned(), "{}".to_owned()],
        Value::Bool(yes) => vec![u8::from(*yes).to_string(), format!("\"{yes}\""), "null".to_owned()],
        Value::Number(number) => {
            let forms = ["{}.0", "{}e0", "{}.5", "0{}", "+{}", "{}e400"];
            forms.iter().map(|form| form.replace("{}", &number.to_string())).collect()
        }
        Value::String(text) => {
            let escaped: Vec<String> = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
            let escaped = escaped.concat();
            let forms = ["{}\\u0000", "{}\\ud800", "{}\\uffff", "{}\n"];
            let altered = forms.iter().map(|form| format!("\"{}\"", form.replace("{}", &escaped)));
            altered.chain([format!("\"{escaped}\""), "null".to_owned(), format!("'{text}'")]).collect()
        }
        Value::Array(elements) if elements.is_empty() => vec!["{}".to_owned(), "null".to_owned()],
        Value::Array(_) => vec!["[]".to_owned(), "null".to_owned(), value.to_string().replacen(']', ",]", 1)],
        Value::Object(members) => {
            let members: Vec<String> =
                members.iter().map(|(name, member)| format!("{}:{member}", Value::from(name.as_str()))).collect();
            let reordered: Vec<String> = members.iter().rev().cloned().collect();
            let mut forms = vec!["null".to_owned(), format!("{{{}}}", reordered.join(" ,\n"))];
            // Each member twice, and one more that nobody knows, of each kind.
            for member in &members {
                forms.push(format!("{{{},{member}}}", members.join(",")));
            }
            for more in ["null", "[]"] {
                forms.push(format!("{{{}}}", [members.clone(), vec![format!("\"\":{more}")]].concat().join(",")));
            }
            forms
        }
    };
    forms.push(in_an_array);
    forms
}

/// Writes each value of a bundle that is right in other forms, and the whole in others, and requires of each text that it be
/// refused, or be told of, or have the same canonical form, and then be right.
pub(crate) fn tries_texts(bundle: &Value) -> AlteredTexts {
    /// Stands in the place of what is written in another form.
    const HERE: &str = "this is written in another form";
    assert_eq!(judged(bundle), Ok(()));
    let whole = bundle.to_string();
    let hash = ContentHash::of(bundle);
    let mut all = Vec::new();
    pointers(bundle, "", &mut all);
    let mut found = AlteredTexts::default();
    let mut tried = |text: &[u8], what: &str| {
        let read = Json::read(text).ok();
        let is_bundle = read.clone().and_then(|json| Bundle::try_from(json.into_value()).ok());
        if read.is_some_and(|json| ContentHash::of(json.value()) == hash) {
            found.same += 1;
            assert_eq!(is_bundle.as_ref(), serde_json::from_value(bundle.clone()).ok().as_ref(), "{what}");
            return;
        }
        found.noticed += 1;
        let verified = is_bundle.map(|bundle| bundle.verify(sandbox()));
        assert!(!matches!(verified, Some(Ok(None))), "{what}: is verified");
    };
    for at in &all {
        let value = bundle.pointer(at).unwrap();
        let mut marked = bundle.clone();
        *marked.pointer_mut(at).unwrap() = json!(HERE);
        let marked = marked.to_string();
        for form in respelt(value) {
            let what = format!("{at}: {}", form.chars().take(200).collect::<String>());
            tried(marked.replacen(&format!("\"{HERE}\""), &form, 1).as_bytes(), &what);
        }
    }
    for (before, behind) in [(" ", "\n"), ("\t", "\r\n"), ("\u{feff}", ""), ("", "\u{feff}"), ("", "\0")] {
        tried(format!("{before}{whole}{behind}").as_bytes(), &format!("{before:?} and {behind:?}"));
    }
    for behind in [whole.as_str(), "{}", "x", ",", "}", "// a remark", "\u{a0}"] {
        tried(format!("{whole}{behind}").as_bytes(), "something behind it");
    }
    tried(whole.get(..whole.len() - 1).unwrap().as_bytes(), "cut");
    tried(&whole.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(), "UTF-16");
    tried(&[whole.as_bytes(), b"\xe9"].concat(), "Latin 1");
    found
}

/// The bundle with another audit, and the hash that belongs to it, as the book describes it.
pub(crate) fn with_audit(mut bundle: Value, audit: Value) -> Value {
    let hash = ContentHash::of(&json!({"audit": audit, "receipt": bundle["result"]["receipt"]["id"]}));
    bundle["result"]["receipt"]["audit"] = audit;
    bundle["audit_hash"] = json!(hash);
    bundle
}
