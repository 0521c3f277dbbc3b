//! The interface as editors of JavaScript and Python know it: declarations that are generated from the WIT, and kept in
//! `plugin-sdk/js/interface.d.ts` and `plugin-sdk/python/interface.pyi`. `SORTIE_BLESS=1` writes them.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use wit_parser::{Docs, Function, Interface, Resolve, Type, TypeDefKind, TypeId};

/// A language that declarations are written in.
trait Language {
    /// What begins the file.
    fn head(&self, package: &str) -> String;
    fn comment(&self, docs: &Docs, indent: &str) -> String;
    fn alias(&self, name: &str, of: &str) -> String;
    fn record(&self, name: &str, fields: &[(String, String)]) -> String;
    /// A variant, by the names of its cases and the types of their values.
    fn variant(&self, name: &str, cases: &[(&str, String)]) -> String;
    fn words(&self, name: &str, words: &[&str]) -> String;
    fn function(&self, function: &Function, parameters: &[(String, String)], result: &str) -> String;
    fn list(&self, of: &str) -> String;
    fn option(&self, of: &str) -> String;
    fn primitive(&self, of: Type) -> &'static str;
    /// What a function without a result gives.
    fn nothing(&self) -> &'static str;
    fn field(&self, name: &str) -> String;
}

struct TypeScript;
struct Python;

fn camel(name: &str) -> String {
    let word = |word: &str| word.chars().next().map_or_else(String::new, |c| c.to_uppercase().to_string() + &word[1..]);
    name.split('-').map(word).collect()
}

impl Language for TypeScript {
    fn head(&self, package: &str) -> String {
        format!("// {package}, generated from `plugin.wit` of Sortie's plugin SDK: what crosses the boundary.\n")
    }
    fn comment(&self, docs: &Docs, indent: &str) -> String {
        let lines: Vec<&str> = docs.contents.iter().flat_map(|text| text.trim().lines()).collect();
        match lines.as_slice() {
            [] => String::new(),
            [line] => format!("{indent}/** {line} */\n"),
            lines => {
                lines.iter().fold(format!("{indent}/**\n"), |text, line| text + indent + " * " + line + "\n")
                    + indent
                    + " */\n"
            }
        }
    }
    fn alias(&self, name: &str, of: &str) -> String {
        format!("export type {name} = {of};\n")
    }
    fn record(&self, name: &str, fields: &[(String, String)]) -> String {
        let fields: Vec<String> = fields.iter().map(|(comment, field)| format!("{comment}  {field};\n")).collect();
        format!("export interface {name} {{\n{}}}\n", fields.concat())
    }
    fn variant(&self, name: &str, cases: &[(&str, String)]) -> String {
        let case = |(case, of): &(&str, String)| format!("\n  | {{ tag: '{case}'; val: {of} }}");
        format!("export type {name} ={};\n", cases.iter().map(case).collect::<String>())
    }
    fn words(&self, name: &str, words: &[&str]) -> String {
        let words: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
        self.alias(name, &words.join(" | "))
    }
    fn function(&self, function: &Function, parameters: &[(String, String)], result: &str) -> String {
        let name = self.field(&function.name);
        let parameters: Vec<String> = parameters.iter().map(|(name, of)| format!("{name}: {of}")).collect();
        format!("export function {name}({}): {result};\n", parameters.join(", "))
    }
    fn list(&self, of: &str) -> String {
        format!("{of}[]")
    }
    fn option(&self, of: &str) -> String {
        format!("{of} | undefined")
    }
    fn primitive(&self, of: Type) -> &'static str {
        match of {
            Type::String => "string",
            Type::Bool => "boolean",
            Type::U64 | Type::S64 => "bigint",
            _ => "number",
        }
    }
    fn nothing(&self) -> &'static str {
        "void"
    }
    fn field(&self, name: &str) -> String {
        let camel = camel(name);
        camel[..1].to_lowercase() + &camel[1..]
    }
}

impl Language for Python {
    fn head(&self, package: &str) -> String {
        format!(
            "# {package}, generated from `plugin.wit` of Sortie's plugin SDK: what crosses the boundary.\n\
             from dataclasses import dataclass\nfrom typing import List, Literal, Optional, Union\n"
        )
    }
    fn comment(&self, docs: &Docs, indent: &str) -> String {
        let lines = docs.contents.iter().flat_map(|text| text.trim().lines());
        lines.map(|line| format!("{indent}# {line}").trim_end().to_owned() + "\n").collect()
    }
    fn alias(&self, name: &str, of: &str) -> String {
        format!("{name} = {of}\n")
    }
    fn record(&self, name: &str, fields: &[(String, String)]) -> String {
        let fields: Vec<String> = fields.iter().map(|(comment, field)| format!("{comment}    {field}\n")).collect();
        format!("@dataclass\nclass {name}:\n{}", fields.concat())
    }
    fn variant(&self, name: &str, cases: &[(&str, String)]) -> String {
        let class =
            |(case, of): &(&str, String)| format!("@dataclass\nclass {name}_{}:\n    value: {of}\n\n", camel(case));
        let names: Vec<String> = cases.iter().map(|(case, _)| format!("{name}_{}", camel(case))).collect();
        cases.iter().map(class).collect::<String>() + &format!("{name} = Union[{}]\n", names.join(", "))
    }
    fn words(&self, name: &str, words: &[&str]) -> String {
        let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        self.alias(name, &format!("Literal[{}]", words.join(", ")))
    }
    fn function(&self, function: &Function, parameters: &[(String, String)], result: &str) -> String {
        let name = self.field(&function.name);
        let parameters: Vec<String> = parameters.iter().map(|(name, of)| format!("{name}: {of}")).collect();
        format!("def {name}({}) -> {result}: ...\n", parameters.join(", "))
    }
    fn list(&self, of: &str) -> String {
        format!("List[{of}]")
    }
    fn option(&self, of: &str) -> String {
        format!("Optional[{of}]")
    }
    fn primitive(&self, of: Type) -> &'static str {
        match of {
            Type::String => "str",
            Type::Bool => "bool",
            _ => "int",
        }
    }
    fn nothing(&self) -> &'static str {
        "None"
    }
    fn field(&self, name: &str) -> String {
        let snake = name.replace('-', "_");
        if snake == "from" { "from_".to_owned() } else { snake }
    }
}

struct Generator<'r, L> {
    resolve: &'r Resolve,
    language: L,
}

impl<L: Language> Generator<'_, L> {
    fn file(&self, package: &str) -> String {
        let mut text = self.language.head(package);
        for (_, interface) in &self.resolve.interfaces {
            self.interface(interface, &mut text);
        }
        text
    }

    fn interface(&self, interface: &Interface, text: &mut String) {
        let name = interface.name.as_deref().unwrap();
        write!(text, "\n{}", self.language.comment(&Docs { contents: Some(format!("interface `{name}`")) }, ""))
            .unwrap();
        for (name, id) in &interface.types {
            let of_another = matches!(self.resolve.types[*id].kind, TypeDefKind::Type(Type::Id(_)));
            if !of_another {
                write!(text, "\n{}", self.definition(&camel(name), *id)).unwrap();
            }
        }
        for function in interface.functions.values() {
            let parameters: Vec<(String, String)> = function
                .params
                .iter()
                .map(|parameter| (self.language.field(&parameter.name), self.type_of(parameter.ty)))
                .collect();
            // A result's error is thrown, or raised.
            let result = function.result.map_or_else(|| self.language.nothing().to_owned(), |of| self.type_of(of));
            let comment = self.language.comment(&function.docs, "");
            write!(text, "\n{comment}{}", self.language.function(function, &parameters, &result)).unwrap();
        }
    }

    fn definition(&self, name: &str, id: TypeId) -> String {
        let definition = &self.resolve.types[id];
        let comment = self.language.comment(&definition.docs, "");
        comment
            + &match &definition.kind {
                TypeDefKind::Record(record) => {
                    let indent = self.language.record("", &[(String::new(), "#".to_owned())]);
                    let indent = indent.lines().find_map(|line| line.trim_end_matches(';').strip_suffix('#')).unwrap();
                    let field = |field: &wit_parser::Field| {
                        let declared = format!("{}: {}", self.language.field(&field.name), self.type_of(field.ty));
                        (self.language.comment(&field.docs, indent), declared)
                    };
                    self.language.record(name, &record.fields.iter().map(field).collect::<Vec<_>>())
                }
                TypeDefKind::Variant(variant) => {
                    let case = |case: &'_ wit_parser::Case| self.type_of(case.ty.unwrap());
                    let cases: Vec<_> = variant.cases.iter().map(|of| (of.name.as_str(), case(of))).collect();
                    self.language.variant(name, &cases)
                }
                TypeDefKind::Enum(words) => {
                    let words: Vec<&str> = words.cases.iter().map(|word| word.name.as_str()).collect();
                    self.language.words(name, &words)
                }
                TypeDefKind::Type(of) => self.language.alias(name, &self.type_of(*of)),
                other => panic!("the interface has a {}, which has no declaration yet", other.as_str()),
            }
    }

    fn type_of(&self, of: Type) -> String {
        let Type::Id(id) = of else { return self.language.primitive(of).to_owned() };
        let definition = &self.resolve.types[id];
        match (&definition.name, &definition.kind) {
            (Some(name), _) => camel(name),
            (None, TypeDefKind::List(of)) => self.language.list(&self.type_of(*of)),
            (None, TypeDefKind::Option(of)) => self.language.option(&self.type_of(*of)),
            (None, TypeDefKind::Result(result)) => {
                result.ok.map_or_else(|| self.language.nothing().to_owned(), |of| self.type_of(of))
            }
            (None, other) => panic!("the interface has a {}, which has no declaration yet", other.as_str()),
        }
    }
}

#[test]
fn the_declarations_for_editors_are_those_of_the_interface() {
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugin-sdk");
    let mut resolve = Resolve::default();
    let package = resolve.push_str("plugin.wit", &fs::read_to_string(sdk.join("wit/plugin.wit")).unwrap()).unwrap();
    let package = resolve.packages[package].name.to_string();
    let files = [
        ("js/interface.d.ts", Generator { resolve: &resolve, language: TypeScript }.file(&package)),
        ("python/interface.pyi", Generator { resolve: &resolve, language: Python }.file(&package)),
    ];
    for (file, generated) in files {
        let path = sdk.join(file);
        if std::env::var_os("SORTIE_BLESS").is_some() {
            fs::write(&path, &generated).unwrap();
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == generated,
            "`plugin-sdk/{file}` is not what the interface says: run this test with SORTIE_BLESS=1"
        );
    }
}
