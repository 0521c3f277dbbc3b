//! What a mission used its fuel for, as the tools that show profiles read it.
//!
//! A profile is a function of the run: the same input gives the same file, on every machine. Fuel is what is counted, not time.

mod flame_graph;
mod speedscope;

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use sortie_host::{Fuel, Registry, StepProfile};
use sortie_json::passes_as_itself;

use crate::symbols::Symbols;

/// What the fuel of a mission's builder is shown under.
const BUILDER: &str = "builder";
/// What the fuel of a step is shown under that none of the plugin's functions used: a unit for the instance, missions
/// within it, the host's work on its changes, what was charged for a call that was ended.
const OUTSIDE: &str = "[outside the plugin's functions]";
/// A name that is longer is cut.
const LONGEST_NAME: usize = 240;
/// The names of all chains of calls together, in bytes: 64 MiB.
const MOST_BYTES: usize = 64 << 20;

/// How a profile is written.
///
/// ```
/// use sortie_runner::ProfileFormat;
///
/// assert_eq!(ProfileFormat::of("run.svg".as_ref()), Some(ProfileFormat::FlameGraph));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProfileFormat {
    /// A line for each chain of calls, its functions separated by semicolons, and the fuel: what flame graphs are made of.
    Folded,
    /// A flame graph that needs nothing else: any browser shows it.
    FlameGraph,
    /// The file format of speedscope.app, which other viewers read too.
    Speedscope,
}

impl ProfileFormat {
    /// The format that the ending of a file's name asks for: `.folded`, `.svg` or `.json`.
    #[must_use]
    pub fn of(file: &Path) -> Option<Self> {
        match file.extension()?.to_str()? {
            "folded" => Some(Self::Folded),
            "svg" => Some(Self::FlameGraph),
            "json" => Some(Self::Speedscope),
            _ => None,
        }
    }
}

/// The fuel of a mission by the chains of calls in which it was used.
///
/// ```
/// use serde_json::json;
/// use sortie_host::{ExecutionContext, Host, HumanPolicy};
/// use sortie_runner::{MissionProfile, ProfileFormat};
///
/// let host = Host::builder().first_party().profile().build()?;
/// let draft = host.build_mission("echo", &json!({"word": "hi"}))?;
/// let finished = draft.start(&ExecutionContext::new(json!({}))?)?.finish(&HumanPolicy::Mark)?;
/// let profile = MissionProfile::of("echo", &finished.profiles, &host.registry());
/// assert!(profile.fuel() > 0);
/// assert!(profile.text(ProfileFormat::Folded).contains("echo"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissionProfile {
    /// Callers before what they call; of what one calls, what used most before the rest.
    rows: Vec<Row>,
    /// The plugins whose functions have no names here.
    nameless: Vec<String>,
}

/// A function within a chain of calls.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    name: String,
    depth: usize,
    /// The fuel of all rows of its depth before it, and of what is between them.
    start: Fuel,
    own: Fuel,
    total: Fuel,
}

impl MissionProfile {
    /// The profile of a mission of this name, or of a workflow, from its calls.
    #[must_use]
    pub fn of(mission: &str, profiles: &[StepProfile], registry: &Registry) -> Self {
        let mut tree = Tree::new(mission);
        let (mut nameless, mut symbols) = (BTreeSet::new(), HashMap::new());
        for StepProfile { step_id, plugin, fuel, profile } in profiles {
            let step = tree.child(0, if step_id.is_empty() { BUILDER } else { step_id });
            let symbols = symbols
                .entry(plugin.as_str())
                .or_insert_with(|| registry.plugin(plugin).map(Symbols::of).unwrap_or_default());
            let mut places = Vec::with_capacity(profile.nodes.len());
            for node in &profile.nodes {
                let caller = node.caller.and_then(|caller| places.get(caller).copied()).unwrap_or(step);
                let name = symbols.name(&node.frame).map_or_else(
                    || {
                        if node.frame.main {
                            nameless.insert(plugin.clone());
                        }
                        format!("function {}", node.frame.function)
                    },
                    str::to_owned,
                );
                let place = tree.child(caller, &name);
                tree.add(place, node.fuel);
                places.push(place);
            }
            let rest = fuel.saturating_sub(profile.fuel());
            if rest > 0 {
                let outside = tree.child(step, OUTSIDE);
                tree.add(outside, rest);
            }
        }
        Self { rows: tree.into_rows(MOST_BYTES), nameless: nameless.into_iter().collect() }
    }

    /// All the fuel.
    #[must_use]
    pub fn fuel(&self) -> Fuel {
        self.rows.first().map_or(0, |row| row.total)
    }

    /// The plugins whose functions have no names here, but numbers.
    #[must_use]
    pub fn nameless(&self) -> &[String] {
        &self.nameless
    }

    /// The text of a file.
    #[must_use]
    pub fn text(&self, format: ProfileFormat) -> String {
        match format {
            ProfileFormat::Folded => self.folded(),
            ProfileFormat::FlameGraph => flame_graph::text(&self.rows),
            ProfileFormat::Speedscope => speedscope::text(&self.rows),
        }
    }

    fn folded(&self) -> String {
        let (mut text, mut chain): (String, Vec<&str>) = (String::new(), Vec::new());
        for row in &self.rows {
            chain.truncate(row.depth);
            chain.push(&row.name);
            if row.own > 0 {
                text.push_str(&format!("{} {}\n", chain.join(";"), row.own));
            }
        }
        text
    }
}

/// Chains of calls, those of the same names as one.
struct Tree {
    nodes: Vec<Node>,
    places: HashMap<(usize, String), usize>,
}

struct Node {
    name: String,
    parent: usize,
    own: Fuel,
    children: Vec<usize>,
}

impl Tree {
    fn new(root: &str) -> Self {
        let root = Node { name: shown(root), parent: 0, own: 0, children: Vec::new() };
        Self { nodes: vec![root], places: HashMap::new() }
    }

    fn child(&mut self, parent: usize, name: &str) -> usize {
        let name = shown(name);
        let next = self.nodes.len();
        let place = *self.places.entry((parent, name.clone())).or_insert(next);
        if place == next {
            self.nodes.push(Node { name, parent, own: 0, children: Vec::new() });
            if let Some(parent) = self.nodes.get_mut(parent) {
                parent.children.push(place);
            }
        }
        place
    }

    fn add(&mut self, place: usize, fuel: Fuel) {
        if let Some(node) = self.nodes.get_mut(place) {
            node.own = node.own.saturating_add(fuel);
        }
    }

    /// The rows, whose chains have names of so many bytes together: what is called beyond that counts for its caller.
    fn into_rows(self, most_bytes: usize) -> Vec<Row> {
        let mut totals: Vec<Fuel> = self.nodes.iter().map(|node| node.own).collect();
        // A child stands behind its parent.
        for (place, node) in self.nodes.iter().enumerate().skip(1).rev() {
            let total = totals.get(place).copied().unwrap_or(0);
            if let Some(parent) = totals.get_mut(node.parent) {
                *parent = parent.saturating_add(total);
            }
        }
        let total = |place: usize| totals.get(place).copied().unwrap_or(0);
        let mut left = most_bytes;
        let (mut rows, mut ahead) = (Vec::new(), vec![Ahead::default()]);
        while let Some(Ahead { place, depth, start, chain }) = ahead.pop() {
            let Some(node) = self.nodes.get(place).filter(|_| total(place) > 0 || place == 0) else { continue };
            let mut children = node.children.clone();
            let name = |place: &usize| self.nodes.get(*place).map_or("", |node| node.name.as_str());
            if depth > 0 {
                children.sort_by_key(|child| (Reverse(total(*child)), name(child)));
            }
            let (mut own, mut at, mut placed) = (node.own, start, Vec::new());
            for child in children {
                let chain = chain + node.name.len() + name(&child).len();
                let Some(less) = left.checked_sub(chain) else {
                    own = own.saturating_add(total(child));
                    continue;
                };
                left = less;
                placed.push(Ahead { place: child, depth: depth + 1, start: at, chain: chain - name(&child).len() });
                at = at.saturating_add(total(child));
            }
            rows.push(Row { name: node.name.clone(), depth, start, own, total: total(place) });
            ahead.extend(placed.into_iter().rev());
        }
        rows
    }
}

/// A function that comes to be a row.
#[derive(Default)]
struct Ahead {
    place: usize,
    depth: usize,
    start: Fuel,
    /// What the names of its callers have together, in bytes.
    chain: usize,
}

/// A name as it can stand in each of the formats: text of plugins is foreign.
fn shown(name: &str) -> String {
    let letters = name.chars().map(|letter| match letter {
        ';' => ',',
        letter if !passes_as_itself(letter) => ' ',
        letter => letter,
    });
    let mut name: String = letters.take(LONGEST_NAME).collect();
    if name.trim().is_empty() {
        "?".clone_into(&mut name);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile() -> MissionProfile {
        profile_of(MOST_BYTES)
    }

    fn profile_of(most_bytes: usize) -> MissionProfile {
        let mut tree = Tree::new("m");
        let step = tree.child(0, "s");
        let one = tree.child(step, "one<[u8; 4]>");
        let two = tree.child(one, "t\nw\u{202e}o");
        tree.add(one, 3);
        tree.add(two, 40);
        let other = tree.child(step, "three & \"more\"");
        tree.add(other, 50);
        let again = tree.child(step, "one<[u8; 4]>");
        tree.add(again, 4);
        let nothing = tree.child(step, "nothing");
        tree.add(nothing, 0);
        MissionProfile { rows: tree.into_rows(most_bytes), nameless: Vec::new() }
    }

    #[test]
    fn chains_of_the_same_names_are_one_line_and_what_used_nothing_is_none() {
        let expected = "m;s;three & \"more\" 50\nm;s;one<[u8, 4]> 7\nm;s;one<[u8, 4]>;t w o 40\n";
        assert_eq!((profile().text(ProfileFormat::Folded).as_str(), profile().fuel()), (expected, 97));
    }

    #[test]
    fn chains_have_as_many_bytes_of_names_as_they_may_and_what_is_beyond_counts_for_callers() {
        let folded = |most_bytes| {
            let profile = profile_of(most_bytes);
            (profile.text(ProfileFormat::Folded), profile.fuel())
        };
        // Of `m` with `s`, with `three & "more"`, with `one<[u8, 4]>`, with `nothing` (which used nothing), and with `t w o`.
        let all = 2 + 16 + 14 + 9 + 19;
        assert_eq!(folded(all), folded(MOST_BYTES));
        let less = "m;s;three & \"more\" 50\nm;s;one<[u8, 4]> 47\n";
        assert_eq!(folded(all - 1), (less.to_owned(), 97));
        assert_eq!(folded(0), ("m 97\n".to_owned(), 97));
    }

    #[test]
    fn a_flame_graph_has_a_box_for_each_function_and_its_names_are_escaped() {
        let text = profile().text(ProfileFormat::FlameGraph);
        assert_eq!(text.matches("<rect").count(), 6, "{text}");
        assert!(text.contains("three &amp; &quot;more&quot;") && text.contains("50 (51.54 %)"), "{text}");
    }

    #[test]
    fn speedscopes_weights_add_up() {
        let text = profile().text(ProfileFormat::Speedscope);
        let file: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        let profile = &file["profiles"][0];
        assert_eq!(profile["endValue"], 97);
        let weights =
            profile["weights"].as_array().map(|weights| weights.iter().filter_map(serde_json::Value::as_u64).sum());
        assert_eq!(weights, Some(97));
        assert_eq!(profile["samples"][2], serde_json::json!([0, 1, 3, 4]));
        assert_eq!(file["shared"]["frames"][4]["name"], "t w o");
    }

    #[test]
    fn the_ending_of_a_name_tells_the_format() {
        let of = |name: &str| ProfileFormat::of(Path::new(name));
        assert_eq!(of("a/b.svg"), Some(ProfileFormat::FlameGraph));
        assert_eq!(
            (of("b.speedscope.json"), of("b.folded")),
            (Some(ProfileFormat::Speedscope), Some(ProfileFormat::Folded))
        );
        assert_eq!((of("b"), of("b.txt")), (None, None));
    }
}
