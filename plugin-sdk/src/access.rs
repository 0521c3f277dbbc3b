//! What the operation that is being executed declares to read and to change. The host refuses the rest, too, but does not
//! know the author's line: here a mistake is told with the place that made it, in the sandbox and in unit tests.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use jsonptr::Pointer;
use sortie_interface::Region;

use crate::change::Change;
use crate::logging::mistake;
use crate::node::Node;

/// What an operation declares: what `#[operation]` makes of its arguments.
#[derive(Debug)]
pub struct DeclaredAccess {
    /// The operation's name.
    pub name: &'static str,
    /// What it reads.
    pub reads: &'static [DeclaredRegion],
    /// What it changes.
    pub writes: &'static [DeclaredRegion],
}

/// A [`Region`] that is known when the plugin is compiled, and is a JSON Pointer as the macros have checked. Closed, as the plugin
/// interface is.
#[derive(Debug, Clone, Copy)]
pub enum DeclaredRegion {
    /// A JSON Pointer into the state.
    State(&'static str),
    /// Where in the payload such pointers are.
    Payload(&'static str),
}

impl DeclaredAccess {
    /// What the manifest says of it: what is read, and what is changed.
    #[must_use]
    pub fn regions(&self) -> (Vec<Region>, Vec<Region>) {
        let pointer = |text| Pointer::from_static(text).to_buf();
        let region = |region: &DeclaredRegion| match *region {
            DeclaredRegion::State(at) => Region::State(pointer(at)),
            DeclaredRegion::Payload(at) => Region::Payload(pointer(at)),
        };
        (self.reads.iter().map(region).collect(), self.writes.iter().map(region).collect())
    }
}

/// The operation that is being executed.
struct Current {
    access: &'static DeclaredAccess,
    /// The payload's text, where it is known: a unit test that calls the function itself has a value of its type.
    payload: Option<Rc<String>>,
    /// The pointers that the payload carries, once somebody asked for what nothing else covers.
    reads: OnceCell<BTreeSet<String>>,
    writes: OnceCell<BTreeSet<String>>,
}

thread_local! {
    static CURRENT: RefCell<Option<Current>> = const { RefCell::new(None) };
}

/// Holds an operation to what it declares, until it is dropped.
#[derive(Debug)]
pub struct Hold {
    is_outermost: bool,
}

impl Hold {
    /// Begins to execute an operation. Within an operation that another one calls as a function, the outer one's access
    /// holds, as in the sandbox.
    #[must_use]
    pub fn of(access: &'static DeclaredAccess) -> Self {
        Self::with_payload(access, None)
    }

    pub(crate) fn with_payload(access: &'static DeclaredAccess, payload: Option<Rc<String>>) -> Self {
        CURRENT.with_borrow_mut(|current| {
            let is_outermost = current.is_none();
            if is_outermost {
                *current = Some(Current { access, payload, reads: OnceCell::new(), writes: OnceCell::new() });
            }
            Self { is_outermost }
        })
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if self.is_outermost {
            CURRENT.set(None);
        }
    }
}

/// Refuses to look for what the operation does not declare to read.
#[track_caller]
pub(crate) fn check_read(pointer: &str) {
    let refused = CURRENT.with_borrow(|current| current.as_ref()?.refused_read(pointer));
    if let Some(refused) = refused {
        refused.tell();
    }
}

/// Refuses a change that the operation does not declare. An operation may make many.
#[track_caller]
pub(crate) fn check_change(change: &Change) {
    let refused = CURRENT.with_borrow(|current| current.as_ref()?.refused(change));
    if let Some(refused) = refused {
        refused.tell();
    }
}

/// What an operation does not declare.
struct UndeclaredUse<'p> {
    operation: &'static str,
    is_write: bool,
    pointer: &'p str,
}

impl UndeclaredUse<'_> {
    #[track_caller]
    fn tell(self) -> ! {
        let Self { operation, is_write, pointer } = self;
        let place = if pointer.is_empty() { "the whole state".to_owned() } else { format!("`{pointer}`") };
        let (code, does) = if is_write { ("undeclared_write", "write") } else { ("undeclared_read", "read") };
        let message = format!(
            "the operation `{operation}` does not declare that it {does}s {place}: add {pointer:?} to its `{does}s`"
        );
        mistake(code, &message)
    }
}

impl Current {
    fn refused<'c>(&self, change: &'c Change) -> Option<UndeclaredUse<'c>> {
        match change {
            Change::Add { path, .. } | Change::Remove { path } | Change::Replace { path, .. } => {
                self.refused_write(path)
            }
            Change::Move { from, path } => self.refused_write(from).or_else(|| self.refused_write(path)),
            Change::Copy { from, path } => self.refused_look(from).or_else(|| self.refused_write(path)),
            Change::Test { path, .. } => self.refused_look(path),
        }
    }

    fn refused_read<'p>(&self, pointer: &'p str) -> Option<UndeclaredUse<'p>> {
        let is_declared = self.covers(self.access.reads, &self.reads, pointer);
        (!is_declared).then_some(UndeclaredUse { operation: self.access.name, is_write: false, pointer })
    }

    fn refused_write<'p>(&self, pointer: &'p str) -> Option<UndeclaredUse<'p>> {
        let is_declared = self.covers(self.access.writes, &self.writes, pointer);
        (!is_declared).then_some(UndeclaredUse { operation: self.access.name, is_write: true, pointer })
    }

    /// One may look at what may be changed.
    fn refused_look<'p>(&self, pointer: &'p str) -> Option<UndeclaredUse<'p>> {
        self.refused_write(pointer).and_then(|_| self.refused_read(pointer))
    }

    fn covers(&self, regions: &[DeclaredRegion], carried: &OnceCell<BTreeSet<String>>, pointer: &str) -> bool {
        let is_within = |region: &DeclaredRegion| matches!(region, DeclaredRegion::State(at) if is_within(pointer, at));
        regions.iter().any(is_within) || self.carries(regions, carried, pointer)
    }

    /// Whether the payload carries a pointer that covers another; where the payload is not known, it may.
    fn carries(&self, regions: &[DeclaredRegion], carried: &OnceCell<BTreeSet<String>>, pointer: &str) -> bool {
        let patterns: Vec<&str> = regions
            .iter()
            .filter_map(|region| match region {
                DeclaredRegion::Payload(at) => Some(*at),
                DeclaredRegion::State(_) => None,
            })
            .collect();
        if patterns.is_empty() {
            return false;
        }
        let Some(payload) = &self.payload else { return true };
        let carried = carried.get_or_init(|| {
            let mut found = BTreeSet::new();
            for pattern in patterns {
                carry(Node::of(payload), pattern, &mut found);
            }
            found
        });
        let ends = pointer.match_indices('/').map(|(end, _)| end).chain([pointer.len()]);
        ends.filter_map(|end| pointer.get(..end)).any(|part| carried.contains(part))
    }
}

/// Whether a pointer is another or leads into it. The byte behind that tells it mostly.
fn is_within(pointer: &str, part: &str) -> bool {
    let (pointer, part) = (pointer.as_bytes(), part.as_bytes());
    pointer.len() >= part.len() && matches!(pointer.get(part.len()), None | Some(b'/')) && pointer.starts_with(part)
}

/// Collects the texts at a pattern of a payload, in which `*` stands for every element or member.
fn carry(value: Node<'_>, pattern: &str, found: &mut BTreeSet<String>) {
    let Some((token, rest)) = pattern.strip_prefix('/').map(|tokens| match tokens.find('/') {
        Some(end) => tokens.split_at(end),
        None => (tokens, ""),
    }) else {
        found.extend(value.as_str().map(Cow::into_owned));
        return;
    };
    if token == "*" {
        value.elements().for_each(|each| carry(each, rest, found));
        value.members().for_each(|(_, each)| carry(each, rest, found));
    } else if let Some(each) = value.pointer(&format!("/{token}")) {
        carry(each, rest, found);
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use serde_json::{Value, json};

    use super::*;
    use crate::{Call, Output};

    const PROBE: DeclaredAccess = DeclaredAccess {
        name: "probe",
        reads: &[DeclaredRegion::State("/a"), DeclaredRegion::Payload("/from/*/path")],
        writes: &[DeclaredRegion::State("/w"), DeclaredRegion::Payload("/to")],
    };

    /// What is said of some work within the operation; nothing, where it is fine.
    fn said<R>(payload: Option<Value>, work: impl FnOnce(&Call) -> R) -> String {
        let call = Call::with_state(json!({"a": {"b": 1}, "c": 2, "d": 3, "ab": 4})).build();
        let payload = payload.map(|payload| Rc::new(payload.to_string()));
        let held = || {
            let _held = Hold::with_payload(&PROBE, payload);
            let _ = work(&call);
        };
        let panicked = catch_unwind(AssertUnwindSafe(held)).err();
        panicked.map(|panicked| *panicked.downcast::<String>().unwrap()).unwrap_or_default()
    }

    fn undeclared(does: &str, pointer: &str) -> String {
        format!("the operation `probe` does not declare that it {does}s `{pointer}`: add {pointer:?} to its `{does}s`")
    }

    #[test]
    fn an_operation_sees_what_it_declares() {
        let none = || Some(json!({}));
        for pointer in ["/a", "/a/b", "/a/none"] {
            assert_eq!(said(none(), |call| call.get(pointer).is_some()), "", "{pointer}");
        }
        for pointer in ["/c", "/ab", "/none", "/w"] {
            let expected = undeclared("read", pointer);
            assert_eq!(said(none(), |call| call.get(pointer).is_some()), expected);
            assert_eq!(said(none(), |call| call.node(pointer).is_some()), expected);
            assert_eq!(said(none(), |call| call.read::<Value>(pointer).is_ok()), expected);
        }
        let whole = "the operation `probe` does not declare that it reads the whole state: add \"\" to its `reads`";
        assert_eq!(said(none(), |call| call.get("").is_some()), whole);
        let carried = Some(json!({"from": [{"path": "/c"}, {"path": "/d"}, {"other": "/ab"}]}));
        assert_eq!(said(carried.clone(), |call| ["/c", "/d", "/d/e"].map(|pointer| call.get(pointer).is_some())), "");
        assert_eq!(said(carried, |call| call.get("/ab").is_some()), undeclared("read", "/ab"));
    }

    #[test]
    fn what_the_host_gives_is_seen_and_what_it_does_not_give_has_to_be_declared() {
        let call = Call {
            state: crate::call::Parts::of(r#"{"/a":{"b":1}}"#.to_owned()),
            ..Call::with_state(json!({})).build()
        };
        let _held = Hold::of(&PROBE);
        assert_eq!((call.get("/a/b"), call.get("/a/c")), (Some(&json!(1)), None));
        assert!(catch_unwind(AssertUnwindSafe(|| call.get("/e").cloned())).is_ok(), "the payload is not known");
    }

    #[test]
    fn an_operation_changes_what_it_declares() {
        let payload = || Some(json!({"to": "/t"}));
        let change = |change: Change| said(payload(), |_| Output::new().change(change));
        let (at, value) = (|path: &str| path.to_owned(), || crate::JsonText::of(&1));
        for path in ["/w", "/w/0", "/t", "/t/x"] {
            assert_eq!(change(Change::Add { path: at(path), value: value() }), "");
            assert_eq!(change(Change::Replace { path: at(path), value: value() }), "");
            assert_eq!(change(Change::Remove { path: at(path) }), "");
            assert_eq!(
                change(Change::Test { path: at(path), value: value() }),
                "",
                "what may be changed may be looked at"
            );
        }
        assert_eq!(change(Change::Add { path: at("/a"), value: value() }), undeclared("write", "/a"));
        assert_eq!(change(Change::Test { path: at("/a"), value: value() }), "");
        assert_eq!(change(Change::Test { path: at("/c"), value: value() }), undeclared("read", "/c"));
        assert_eq!(change(Change::Copy { from: at("/a"), path: at("/w") }), "");
        assert_eq!(change(Change::Copy { from: at("/c"), path: at("/w") }), undeclared("read", "/c"));
        assert_eq!(change(Change::Move { from: at("/a"), path: at("/w") }), undeclared("write", "/a"));
        assert_eq!(said(payload(), |_| Output::new().set("/wx", 1)), undeclared("write", "/wx"));
        assert_eq!(said(payload(), |_| Output::new().append("/l", 1)), undeclared("write", "/l/-"));
        assert_eq!(said(payload(), |_| Output::new().remove("/l")), undeclared("write", "/l"));
        assert_eq!(said(None, |_| Output::new().set("/l", 1)), "", "the payload is not known");
    }

    #[test]
    fn the_outermost_operation_holds_and_nothing_holds_outside() {
        const INNER: DeclaredAccess =
            DeclaredAccess { name: "inner", reads: &[], writes: &[DeclaredRegion::State("/i")] };
        assert_eq!(
            said(Some(json!({})), |_| {
                let _inner = Hold::of(&INNER);
                Output::new().set("/i", 1)
            }),
            undeclared("write", "/i")
        );
        assert_eq!(Output::new().set("/anything", 1).changes.len(), 1);
    }
}
