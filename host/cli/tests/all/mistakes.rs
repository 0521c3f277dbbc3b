//! What authors get wrong in JavaScript and Python, and what they are told: when they build, run, or test their units.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::fs;
use std::process::Output;

use serde_json::Value;

use crate::projects::{Author, link, repository, text, tool};

/// What an author gets wrong in JavaScript: each by the name that the mission is given, with what is told.
#[test]
fn a_mistake_in_javascript_is_told_with_its_line_and_what_to_do() {
    let Some(tool) = tool("js") else { return };
    let author = Author::new();
    author.json("", &["plugin", "new", "greeter", "--lang", "js"]);
    link(&tool, &author.path("greeter/node_modules"));
    fs::write(author.path("greeter/plugin.js"), include_str!("mistakes.js")).unwrap();
    author.json("", &["plugin", "build", "greeter"]);
    let told = |name: &str| {
        let param = format!("name={name}");
        let run = ["run", "hello", "--plugin", "greeter.wasm", "--format", "json", "--param", &param];
        let output = author.sortie("", &run);
        assert_eq!(output.status.code(), Some(1), "{name}");
        let result: Value = serde_json::from_slice(&output.stdout).unwrap();
        result["error_message"].as_str().unwrap().to_owned()
    };
    let check = |name: &str, line: u32, message: &str| {
        let told = told(name);
        assert!(told.starts_with(&format!("plugin.js:{line}:")) && told.ends_with(message), "{name}: {told}");
    };
    check("nan", 16, "the output cannot be JSON: at `/ratio` is NaN, which JSON has no number for");
    check("date", 17, "the value for `/due` cannot be JSON: at `/0` is an invalid Date");
    check("promise", 18, "the output cannot be JSON: at `/a` is a Promise: async is not supported");
    check("error", 19, "the output cannot be JSON: it is an Error: throw it, or write its message");
    check("code", 20, "such as `not_found`, not 404; it says: not found");
    check("pointer", 21, "the path of change 1 is \"due\", not a JSON Pointer: write `/due`");
    check("row", 22, "row 1 of a table has 1 cells for 2 columns");
    check("json", 23, "SyntaxError: unexpected token: 'nonsense'");
    check("object", 14, "the operation `greet` has to return an Output, or nothing, not an object");
    check("surrogate", 25, "at `/0` is a string with half of a surrogate pair, which is no character");
    check("nothing", 26, "a Failure says why in a string behind its code `not_found`, not undefined");
    check("deep", 29, "is deeper than 128 levels");
    check(
        "details",
        30,
        "the details of a Failure cannot be JSON: at `/count` is a bigint: make it a number, or write it as a string",
    );
    check("generator", 14, "the operation `greet` has to return an Output, or nothing, not an object");
    check("method", 32, "TypeError: `results` is not a function");
    check("function", 33, "TypeError: `read` is not a function");
    check("fetch", 34, "fetch is not defined: a plugin has no network: put what it needs in the state");
    check("later", 35, "setTimeout is not defined: a plugin has no timers, and async is not supported: do it at once");
    check("unread", 36, "the operation `greet` does not declare that it reads `/people`: add '/people' to its `reads`");
    // It may change it, which does not say that it is given what is there.
    check("written", 37, "the operation `greet` does not declare that it reads `/due`: add '/due' to its `reads`");
    check("slash", 38, "what is read is \"people\", not a JSON Pointer: write `/people`");
    check(
        "unwritten",
        39,
        "the operation `greet` does not declare that it writes `/people`: add '/people' to its `writes`",
    );
    check("root", 40, "the operation `greet` does not declare that it writes the whole state: add '' to its `writes`");
    no_internals_are_told(&author);
    let unplaced = "was thrown, which knows no line: throw an Error or a Failure";
    assert_eq!(told("thrown"), format!("\"no luck\" {unplaced}"));
    assert_eq!(told("bag"), format!("an object {unplaced}; it says: no luck"));
    endless_loop_is_told(&author, "`console.log`");

    let broken = |from: &str, to: &str, message: &str| {
        fs::write(author.path("greeter/plugin.js"), include_str!("mistakes.js").replacen(from, to, 1)).unwrap();
        let built = author.sortie("", &["plugin", "build", "greeter"]);
        let said = text(&built.stderr);
        assert!(!built.status.success() && said.contains(message), "{said}");
    };
    // The author's line comes first.
    let unknown =
        "plugin.js:4:16: the operation `greet` has no member `wrties`: did you mean `writes`?\n    at <anonymous>";
    broken("writes:", "wrties:", unknown);
    broken(
        "    hello: {",
        "    hello: { build: () => {} },\n    hello: {",
        "Duplicate key \"hello\" in object literal",
    );
    broken("import {", "import left from 'left-pad';\nimport {", "If it is a package, type: npm install left-pad");
    broken("export default", "export const made =", "`plugin.js` has to say `export default plugin({");
    broken("['/due']", "['due']", "what the operation `greet` writes is \"due\", not a JSON Pointer: write `/due`");
    broken("    greet: {", "    Greet: {", "the operation `Greet` has no legal name");
    broken(
        "writes: ['/due'],",
        "payload: { type: 'strin' },",
        "the schema of operation `greet` is not a JSON Schema: at `/type`, \"strin\" is not one of",
    );
    broken(
        "writes: ['/due'],",
        "payload: { proprties: {} },",
        "the schema of the operation `greet`: JSON Schema has no keyword `proprties`: did you mean `properties`?",
    );
}

/// Of the calls that led to a mistake, those of the SDK are none of the author's.
fn no_internals_are_told(author: &Author) {
    let run = ["run", "hello", "--plugin", "greeter.wasm", "--format", "json", "--param", "name=deep"];
    let result: Value = serde_json::from_slice(&author.sortie("", &run).stdout).unwrap();
    let stack = result["error_details"]["details"]["stack"].as_array().unwrap();
    assert_eq!(
        stack.iter().map(|line| line.as_str().unwrap().split(' ').nth(1)).collect::<Vec<_>>(),
        [Some("execute")]
    );
}

/// No line of an interpreter's is known where fuel ends: what was printed before that is told, and that it helps.
fn endless_loop_is_told(author: &Author, print: &str) {
    let output = author.sortie("", &["run", "hello", "--plugin", "greeter.wasm", "--param", "name=loop"]);
    let said = [text(&output.stdout), text(&output.stderr)].concat();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("greet info: it begins"), "{said}");
    let help = format!("look for a loop that does not end: what {print} prints on the way is told with the result");
    assert!(said.contains(&help), "{said}");
}

/// Ten thousand simple calls within one another work; more than there is room for are a failure that names the plugin.
#[test]
fn recursion_in_javascript_goes_deep_and_what_goes_too_deep_is_a_result() {
    let Some(tool) = tool("js") else { return };
    let author = Author::new();
    author.json("", &["plugin", "new", "walker", "--lang", "js"]);
    link(&tool, &author.path("walker/node_modules"));
    let source = "import { Output, Workflow, plugin } from './sortie.js';
        const walk = (n) => (n === 0 ? 0 : 1 + walk(n - 1));
        const copy = (tree) => ({ children: tree.children.map(copy) });
        const nested = (n) => {
          let tree = { children: [] };
          for (let i = 0; i < n; i += 1) tree = { children: [tree] };
          return tree;
        };
        export default plugin({
          missions: {
            go: { build: (params) => new Workflow('go').step('walk', 'walk', params) },
            asked: { build: (params) => new Workflow('asked').human('ask', 'Go on?').step('walk', 'walk', params) },
          },
          operations: {
            walk: {
              execute({ kind, deep }) {
                if (kind === 'map') copy(nested(deep));
                return new Output().result(kind === 'map' ? deep : walk(deep));
              },
            },
          },
        });";
    fs::write(author.path("walker/plugin.js"), source).unwrap();
    author.json("", &["plugin", "build", "walker"]);
    for (kind, deep, code) in [
        ("call", 10_000, None),
        ("map", 3_000, None),
        ("call", 1_000_000, Some("stack_limit")),
        ("map", 9_000, Some("stack_limit")),
    ] {
        let params = [format!("kind={kind}"), format!("deep={deep}")];
        let run =
            ["run", "go", "--plugin", "walker.wasm", "--format", "json", "--param", &params[0], "--param", &params[1]];
        let output = author.sortie("", &run);
        let result: Value = serde_json::from_slice(&output.stdout).unwrap();
        if code.is_some() {
            let told = author
                .sortie("", &["run", "go", "--plugin", "walker.wasm", "--param", &params[0], "--param", &params[1]]);
            let said = [text(&told.stdout), text(&told.stderr)].concat();
            assert!(said.contains("call the operation in a unit test, where Node.js names the line"), "{said}");
        }
        match code {
            None => assert_eq!(result["outputs"]["walk"], deep, "{result}"),
            Some(code) => assert_eq!((output.status.code(), &result["error_code"]), (Some(1), &Value::from(code))),
        }
    }
    what_recurses_after_a_question_is_done(
        &author,
        "walker.wasm",
        &["--param", "kind=call", "--param", "deep=1000000"],
        &["--param", "kind=call", "--param", "deep=10"],
    );
}

/// A run that waits, and then recurses too deep, fails as a result and leaves the inbox, and another run goes on.
fn what_recurses_after_a_question_is_done(author: &Author, plugin: &str, too_deep: &[&str], fine: &[&str]) {
    const JOURNAL: [&str; 4] = ["--journal", "runs.sqlite", "--format", "json"];
    let of = |output: &Output| serde_json::from_slice::<Value>(&output.stdout).unwrap();
    let begun = |params: &[&str]| {
        let asked = ["run", "asked", "--plugin", plugin, "--mode", "pause"];
        let output = author.sortie("", &[&asked, params, &JOURNAL].concat());
        assert_eq!(output.status.code(), Some(4), "{}", text(&output.stderr));
        of(&output)["run"].as_str().unwrap().to_owned()
    };
    let waiting = || -> Vec<Value> {
        let listed = of(&author.sortie("", &[&["inbox"][..], &JOURNAL].concat()));
        listed["waiting"].as_array().unwrap().iter().map(|wait| wait["run"].clone()).collect()
    };
    let answered = |run: &str| {
        let answer = ["inbox", "answer", run, "--value", "true", "--plugin", plugin];
        let output = author.sortie("", &[&answer[..], &JOURNAL].concat());
        (output.status.code(), of(&output)["error_code"].clone())
    };
    let (first, second) = (begun(too_deep), begun(fine));
    assert_eq!(waiting().len(), 2);
    assert_eq!(answered(&first), (Some(1), Value::from("stack_limit")));
    assert_eq!(waiting(), [second.as_str()]);
    assert_eq!(answered(&second), (Some(0), Value::Null));
}

/// What an author gets wrong, or would like to have, in Python: each by the name that the mission is given.
#[test]
fn a_mistake_in_python_is_told_with_its_line_and_what_to_do() {
    if tool("python").is_none() {
        return;
    }
    let author = Author::new();
    author.json("", &["plugin", "new", "greeter", "--lang", "python"]);
    fs::write(author.path("greeter/plugin.py"), include_str!("mistakes.py")).unwrap();
    author.json("", &["plugin", "build", "greeter"]);
    let told = |name: &str| {
        let param = format!("name={name}");
        let run = ["run", "hello", "--plugin", "greeter.wasm", "--format", "json", "--param", &param];
        let output = author.sortie("", &run);
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    for (name, output) in [
        ("strptime", "2026-01-08"),
        ("encode", "\u{20ac}"),
        ("warn", "warned"),
        ("logging", "logged"),
        ("lazy", "1/3"),
        ("set", "3"),
    ] {
        let result = told(name);
        assert_eq!(result["outputs"]["greet"], output, "{name}: {}", result["error_message"]);
    }
    for (name, message) in [
        ("now", "a plugin has no clock: pass the time in the params, or put it in the state"),
        ("today", "a plugin has no clock: pass the time in the params, or put it in the state"),
        (
            "open",
            "a plugin has no files: put what it needs in the params or the state, or read it while the plugin is loaded",
        ),
        (
            "stat",
            "a plugin has no files: put what it needs in the params or the state, or read it while the plugin is loaded",
        ),
        ("thread", "a plugin has no threads: do one thing after the other"),
        ("socket", "a plugin has no network: put what it needs in the state"),
        ("http", "a plugin has no network: put what it needs in the state"),
        ("urllib", "a plugin has no network: put what it needs in the state"),
        ("asyncio", "a plugin has no event loop: async is not supported"),
        ("sleep", "a plugin has no clock: pass the time in the params, or put it in the state"),
        ("subprocess", "a plugin has no processes: do it in the operation"),
        ("urandom", "a plugin has no source of randomness: use the call's `random`, which is the same every time"),
        ("nan", "the output cannot be JSON: at `/ratio` is nan, which JSON has no number for"),
        ("code", "such as `not_found`, not 42; it says: no"),
        ("input", "a plugin has no keyboard: ask a person with a human step"),
        ("surrogate", "at `/0` is a str with half of a surrogate pair, which is no character"),
        ("object", "the operation `greet` has to return an Output, or None, not a dict"),
        ("unread", "the operation `greet` does not declare that it reads `/people`: add '/people' to its `reads`"),
        ("written", "the operation `greet` does not declare that it reads `/due`: add '/due' to its `reads`"),
        ("slash", "what is read is 'people', not a JSON Pointer: write `/people`"),
        ("unwritten", "the operation `greet` does not declare that it writes `/people`: add '/people' to its `writes`"),
        (
            "seed",
            "a plugin has no source of randomness: give `Random` a seed, or use the call's `random`, which is the same every time",
        ),
        ("exit", "a plugin has no process of its own: raise a Failure"),
        ("assert", ": AssertionError"),
        ("cells", "row 1 of a table has a dict for 1 columns"),
        ("none", "the path of change 1 is None, not a JSON Pointer, such as `/tasks/0`"),
        ("elapsed", "at `/0` is a timedelta: write its total_seconds()"),
        ("generator", "the output cannot be JSON: it is a generator: make it a list"),
        ("details", "the details of a Failure cannot be JSON: at `/names` is a set: make it a list, sorted"),
        ("secrets", "a plugin has no source of randomness: use the call's `random`, which is the same every time"),
    ] {
        let result = told(name);
        let said = result["error_message"].as_str().unwrap_or_default();
        assert!(said.starts_with("plugin.py:") && said.ends_with(message), "{name}: {result}");
        assert_eq!(result["error_code"], "operation_failed", "{name}");
    }
    let recursion = told("recursion");
    let details = &recursion["error_details"]["details"];
    let stack = details["stack"].as_array().unwrap();
    assert_eq!((&stack[0]["function"], &stack[15]["function"]), (&Value::from("endless"), &Value::from("greet")));
    assert!(stack.len() == 16 && details["frames_left_out"].as_u64() > Some(100), "{details}");
    what_recurses_after_a_question_is_done(
        &author,
        "greeter.wasm",
        &["--param", "name=nested"],
        &["--param", "name=lazy"],
    );
    endless_loop_is_told(&author, "`print`");
    for (line, message) in [
        ("from datetime import datetime; NOW = datetime.now()", "a plugin has no clock"),
        ("from random import random; N = random()", "a plugin has no random numbers while it is loaded"),
        ("import random; N = random.SystemRandom().random()", "a plugin has no source of randomness"),
        ("open('written', 'w')", "a plugin cannot write files"),
        ("import pathlib; pathlib.Path('written').write_text('x')", "a plugin cannot write files"),
        ("import os; os.close(os.open('written', os.O_CREAT | os.O_WRONLY))", "a plugin has no way to write files"),
        ("import _io; _io.FileIO('written', 'w')", "a plugin cannot write files"),
        ("import posix; posix.mkdir('written')", "a plugin has no way to write files"),
    ] {
        fs::write(author.path("greeter/plugin.py"), format!("{line}\n{}", include_str!("mistakes.py"))).unwrap();
        let built = author.sortie("", &["plugin", "build", "greeter"]);
        let said = text(&built.stderr);
        assert!(!built.status.success() && said.contains(message) && said.contains("plugin.py\", line 1"), "{said}");
        assert!(!author.path("greeter/written").exists());
    }
    what_does_not_load_in_python_is_told_in_few_lines(&author);
}

/// The author's line comes first, then what is wrong, then the lines that led there: nothing of the SDK, nothing of the tool.
fn what_does_not_load_in_python_is_told_in_few_lines(author: &Author) {
    for (line, said) in [
        (
            "import left_pad",
            "plugin.py:1: ModuleNotFoundError: No module named 'left_pad'\n  File \"plugin.py\", line 1, in <module>\nif it is a package",
        ),
        (
            "def f():\nreturn 1",
            "plugin.py:2: File \"plugin.py\", line 2\n    return 1\n    ^^^^^^\nIndentationError: expected an indented block",
        ),
        (
            "import sortie\ndef f(): ...\nsortie.Plugin().mission(f)",
            "plugin.py:3: the mission `f` has to take the params: it is `f()`",
        ),
    ] {
        fs::write(author.path("greeter/plugin.py"), format!("{line}\n{}", include_str!("mistakes.py"))).unwrap();
        let told = text(&author.sortie("", &["plugin", "build", "greeter"]).stderr);
        assert!(told.starts_with(said) && told.lines().count() < 12, "{told}");
    }
}

/// What a unit test is told, by the case: in both languages the same, and as the sandbox has it.
const UNIT_TESTS: &[(&str, &str)] = &[
    ("read", "the operation `probe` does not declare that it reads `/c`: add '/c' to its `reads`"),
    ("write", "the operation `probe` does not declare that it writes `/b`: add '/b' to its `writes`"),
    ("copy", "the operation `probe` does not declare that it reads `/c`"),
    ("clock", "a plugin has no clock: pass the time in the params, or put it in the state"),
    ("gone", "change 2 (remove at `/a/x`): there is no such place in the state"),
    ("payload", "the payload of `probe` does not fit the schema: `/case` is none of"),
    ("twice", "two steps have the id `same`: give each step an id of its own"),
];

/// A schema, params, and what a unit test is told of them, in both languages; nothing, where they fit.
const SCHEMAS: &[(&str, &str, &str)] = &[
    (r#"{"properties": {"n": {"multipleOf": 0.1}}}"#, r#"{"n": 0.3}"#, ""),
    (r#"{"properties": {"n": {"multipleOf": 2}}}"#, r#"{"n": 3}"#, "`/n` is no multiple of 2"),
    (r#"{"minProperties": 2}"#, r#"{"n": 3}"#, "it is too short"),
    (
        r#"{"properties": {"n": {"uniqueItems": true}}}"#,
        r#"{"n": [{"a": 1, "b": 2}, {"b": 2, "a": 1.0}]}"#,
        "`/n` has an item twice",
    ),
    (r#"{"properties": {"n": {"enum": [{"a": 1, "b": [1]}]}}}"#, r#"{"n": {"b": [1.0], "a": 1}}"#, ""),
    (
        r#"{"properties": {"n": {"prefixItems": [{"type": "string"}], "items": false}}}"#,
        r#"{"n": ["a", 1]}"#,
        "`/n/1` may not be there",
    ),
    (
        r#"{"properties": {"n": {"contains": {"const": 1}}}}"#,
        r#"{"n": [2]}"#,
        "`/n` has 0 items of those that it has to contain",
    ),
    (r#"{"properties": {"n": {"contains": {"const": 1}, "minContains": 0}}}"#, r#"{"n": [2]}"#, ""),
    (r#"{"dependentRequired": {"a": ["b"]}}"#, r#"{"a": 1}"#, "it has no `b`"),
    (r#"{"dependentSchemas": {"a": {"required": ["c"]}}}"#, r#"{"a": 1}"#, "it has no `c`"),
    (r#"{"patternProperties": {"^x": {"type": "null"}}, "additionalProperties": false}"#, r#"{"xy": 1}"#, "`/xy` is"),
    (
        r#"{"patternProperties": {"^x": {}}, "additionalProperties": false}"#,
        r#"{"xy": 1, "a": 1}"#,
        "`/a` may not be there",
    ),
    (r#"{"propertyNames": {"maxLength": 1}}"#, r#"{"xy": 1}"#, "`/xy` is too long"),
    (
        r#"{"if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"required": ["c"]}}"#,
        r#"{"a": 1}"#,
        "it has no `b`",
    ),
    (r#"{"if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"required": ["c"]}}"#, "{}", "it has no `c`"),
    (r#"{"properties": {"n": {"pattern": "^\\d$"}}}"#, r#"{"n": "\u0663"}"#, "`/n` does not match `^\\d$`"),
    (r#"{"properties": {"n": {"pattern": "^a$"}}}"#, r#"{"n": "a\n"}"#, "`/n` does not match `^a$`"),
];

/// Writes the schemas and params for a probe to read.
fn write_schemas(author: &Author) {
    let cases = SCHEMAS.iter().map(|(schema, params, _)| format!("[{schema}, {params}]")).collect::<Vec<_>>();
    fs::write(author.path("cases.json"), format!("[{}]", cases.join(",\n"))).unwrap();
}

#[test]
fn a_unit_test_in_javascript_is_held_to_what_the_sandbox_holds() {
    let author = Author::new();
    fs::copy(repository().join("plugin-sdk/js/sortie.js"), author.path("sortie.js")).unwrap();
    let source = "import fs from 'node:fs';
        import { Output, Workflow, plugin } from './sortie.js';
        const cases = ['read', 'write', 'copy', 'clock', 'gone'];
        const payload = { type: 'object', properties: { case: { enum: cases } }, required: ['case'] };
        const probe = { payload, reads: ['/a'], writes: ['/a'], execute: ({ case: of }, call) => {
          if (of === 'write') return new Output().set('/b', 1);
          if (of === 'copy') return new Output().change({ op: 'copy', from: '/c', path: '/a' });
          if (of === 'gone') return new Output().set('/a', {}).remove('/a/x');
          return new Output().result(of === 'clock' ? Date.now() : call.get('/c') ?? 'none');
        } };
        const twice = { build: () => new Workflow('w').step('same', 'probe').human('same', 'Really?') };
        const made = plugin({ missions: { twice }, operations: { probe } });
        for (const of of [...cases, 'payload']) {
          try {
            console.log(made.execute('probe', { case: of }, { state: { a: 1, c: 2 } }).output);
          } catch (error) {
            const [, line] = error.stack.split('\\n');
            console.log(of === 'gone' ? `${/probe.mjs:\\d+/.exec(line)}: ${error.message}` : error.message);
          }
        }
        const built = (params, of, build = () => new Workflow('w')) => {
          try {
            plugin({ missions: { m: { params, build } } }).build('m', of);
            console.log('');
          } catch (error) {
            console.log(error.message);
          }
        };
        built(true, {}, twice.build);
        for (const [schema, params] of JSON.parse(fs.readFileSync('cases.json'))) built(schema, params);";
    write_schemas(&author);
    fs::write(author.path("probe.mjs"), source).unwrap();
    told_in_unit_tests(&author.command("node", "").arg("probe.mjs").output().unwrap());
}

#[test]
fn a_unit_test_in_python_is_held_to_what_the_sandbox_holds() {
    let author = Author::new();
    fs::copy(repository().join("plugin-sdk/python/sortie.py"), author.path("sortie.py")).unwrap();
    let source = r#"
import json
from datetime import datetime
from sortie import Output, Plugin, Workflow
plugin = Plugin()
CASES = ["read", "write", "copy", "clock", "gone"]
PAYLOAD = {"type": "object", "properties": {"case": {"enum": CASES}}, "required": ["case"]}

@plugin.operation(payload=PAYLOAD, reads=["/a"], writes=["/a"])
def probe(payload, call):
    case = payload["case"]
    if case == "write":
        return Output().set("/b", 1)
    if case == "copy":
        return Output().change({"op": "copy", "from": "/c", "path": "/a"})
    if case == "gone":
        return Output().set("/a", {}).remove("/a/x")
    return Output().result(str(datetime.now()) if case == "clock" else call.get("/c", "none"))

for case in [*CASES, "payload"]:
    try:
        print(plugin.execute("probe", {"case": case}, {"a": 1, "c": 2}).output)
    except Exception as error:
        print(error)

def built(schema, params, workflow=lambda: Workflow("w")):
    plugin = Plugin()
    try:
        plugin.mission(lambda params: workflow(), name="m", params=schema)
        plugin.build("m", params)
        print()
    except Exception as error:
        print(error)

built(True, {}, lambda: Workflow("w").step("same", "probe").human("same", "Really?"))
for schema, params in json.load(open("cases.json")):
    built(schema, params)
"#;
    write_schemas(&author);
    fs::write(author.path("probe.py"), source).unwrap();
    told_in_unit_tests(&author.command("python3", "").arg("probe.py").output().unwrap());
}

fn told_in_unit_tests(output: &Output) {
    let said = text(&output.stdout);
    assert!(output.status.success(), "{said}{}", text(&output.stderr));
    assert_eq!(said.lines().count(), UNIT_TESTS.len() + SCHEMAS.len(), "{said}");
    for (line, (case, expected)) in said.lines().zip(UNIT_TESTS) {
        // Of a change, the place where it was made is told.
        let place = ["probe.mjs:8: ", "probe.py:17: "].iter().find_map(|place| line.strip_prefix(place));
        assert_eq!(place.is_some(), *case == "gone", "{line}");
        assert!(place.unwrap_or(line).starts_with(expected), "{case}: {line}");
    }
    for (line, (schema, params, expected)) in said.lines().skip(UNIT_TESTS.len()).zip(SCHEMAS) {
        let misfit = line.strip_prefix("the params of `m` do not fit the schema: ").unwrap_or(line);
        assert!(misfit.starts_with(expected) && misfit.is_empty() == expected.is_empty(), "{schema} {params}: {line}");
    }
}
