//! Applying a step's patch (RFC 6902): within its access, within the limits, all of it or none.

use json_patch::{PatchOperation, TestOperation};
use jsonptr::{Pointer, PointerBuf};
use serde_json::Value;

use crate::access::{Access, PreparedAccess};
use crate::limits::Limits;
use sortie_json::{canonical_size, room};

/// A change that cannot be applied; the whole patch is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("change {index} ({op} at `{path}`): {fault}", index = .index + 1)]
pub struct ChangeError {
    /// Its index in the patch.
    pub index: usize,
    /// `add`, `remove`, `replace`, `move`, `copy` or `test`.
    pub op: &'static str,
    /// Where it applies.
    pub path: PointerBuf,
    /// What is wrong.
    pub fault: ChangeFault,
}

impl ChangeError {
    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.fault {
            ChangeFault::UndeclaredWrite(_) => "undeclared_write",
            ChangeFault::UndeclaredRead(_) => "undeclared_read",
            ChangeFault::WithheldWrite(_) | ChangeFault::ElementsInPlace(_) => "withheld_write",
            ChangeFault::WithheldRead(_) => "withheld_read",
            ChangeFault::PathMissing => "path_missing",
            ChangeFault::FromMissing(_) => "from_missing",
            ChangeFault::TestFailed => "test_failed",
            ChangeFault::IntoItself(_) => "move_into_itself",
            ChangeFault::RootNotObject => "root_not_object",
            ChangeFault::StateTooLarge { .. } => "state_too_large",
            ChangeFault::TooManyValues(_) => "too_many_values",
            ChangeFault::TooDeep(_) => "state_too_deep",
            ChangeFault::TooMuchWork => "out_of_fuel",
        }
    }
}

/// Why a change cannot be applied, a closed set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeFault {
    /// The operation did not declare that it writes there.
    #[error("the operation does not declare that it writes `{0}`")]
    UndeclaredWrite(PointerBuf),
    /// The operation did not declare that it reads there.
    #[error("the operation does not declare that it reads `{0}`")]
    UndeclaredRead(PointerBuf),
    /// The operation declares that it writes there, and the host does not let it.
    #[error("the operation declares that it writes `{0}`, but the host's policy withholds it")]
    WithheldWrite(PointerBuf),
    /// The operation declares that it reads there, and the host does not let it.
    #[error("the operation declares that it reads `{0}`, but the host's policy withholds it")]
    WithheldRead(PointerBuf),
    /// Elements behind the place would move, and the host allows single ones of them.
    #[error("this would move the elements behind `{0}`, and the host's policy allows single elements of that array")]
    ElementsInPlace(PointerBuf),
    /// The place, or its parent for `add`, is not there.
    #[error("there is no such place in the state")]
    PathMissing,
    /// The source of a `move` or `copy` is not there.
    #[error("there is nothing at `{0}` in the state")]
    FromMissing(PointerBuf),
    /// A `test` found another value.
    #[error("the value there is different")]
    TestFailed,
    /// A `move` into what is moved.
    #[error("`{0}` cannot be moved into itself")]
    IntoItself(PointerBuf),
    /// The state would no longer be a JSON object.
    #[error("the state has to stay a JSON object")]
    RootNotObject,
    /// The state would be larger than its limit.
    #[error("the state would have {size} bytes, more than the limit of {limit}")]
    StateTooLarge {
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: u64,
    },
    /// The state's values would take more room than its limit.
    #[error("the values of the state would take more room than the limit of {0} bytes")]
    TooManyValues(u64),
    /// The state would be nested more deeply than its limit.
    #[error("the state would be nested deeper than {0} levels")]
    TooDeep(usize),
    /// There is not the fuel for what the patch copies, compares and shifts.
    #[error("there is not enough fuel for what the patch copies, compares and shifts")]
    TooMuchWork,
}

/// How large the state is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StateSize {
    /// Its canonical form, in bytes.
    pub(crate) bytes: usize,
    /// The room that its values take.
    pub(crate) room: usize,
}

impl StateSize {
    /// What a value adds, without what its place costs.
    fn of(value: &Value) -> Self {
        Self { bytes: canonical_size(value), room: room(value) }
    }

    /// What a value adds at a place.
    fn at(place: &Place, value: &Value) -> Self {
        Self { bytes: place.overhead(), room: place.room() }.plus(Self::of(value))
    }

    fn plus(self, other: Self) -> Self {
        Self { bytes: self.bytes.saturating_add(other.bytes), room: self.room.saturating_add(other.room) }
    }

    fn minus(self, other: Self) -> Self {
        Self { bytes: self.bytes.saturating_sub(other.bytes), room: self.room.saturating_sub(other.room) }
    }
}

/// Applies a patch to the state, in place, and gives its new size: the old one with what
/// changed, as the state is not measured again. When a change cannot be applied, the state is as it was before.
///
/// The work is taken from a budget, in bytes: of what is looked at, compared, copied, moved and dropped, and sixteen for
/// each element that is shifted. What is left of the budget is the caller's to see, whatever the patch ends in.
pub(crate) fn apply(
    state: &mut Value,
    changes: &[PatchOperation],
    access: &Access,
    limits: &Limits,
    size: StateSize,
    budget: &mut usize,
) -> Result<StateSize, ChangeError> {
    let access = access.prepared();
    let mut patcher = Patcher { state, access: &access, limits, undo: Vec::new(), hand: Value::Null, size, budget };
    for (index, change) in changes.iter().enumerate() {
        if let Err(fault) = permitted(change, &access).and_then(|()| patcher.apply(change)) {
            patcher.roll_back();
            return Err(ChangeError { index, op: name(change), path: change.path().to_buf(), fault });
        }
    }
    Ok(patcher.size)
}

/// What a change costs besides what it touches.
const CHANGE_WORK: usize = 64;

fn name(change: &PatchOperation) -> &'static str {
    match change {
        PatchOperation::Add(_) => "add",
        PatchOperation::Remove(_) => "remove",
        PatchOperation::Replace(_) => "replace",
        PatchOperation::Move(_) => "move",
        PatchOperation::Copy(_) => "copy",
        PatchOperation::Test(_) => "test",
    }
}

/// The first change that an access does not permit, whatever the state is.
///
/// ```
/// use sortie_engine::{Access, PatchOperation, first_refused};
///
/// let change: PatchOperation = serde_json::from_value(serde_json::json!({"op": "remove", "path": "/a"}))?;
/// let refused = first_refused(&[change], &Access::default());
/// assert!(refused.is_some_and(|error| error.code() == "undeclared_write"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[must_use]
pub fn first_refused(changes: &[PatchOperation], access: &Access) -> Option<ChangeError> {
    let access = access.prepared();
    changes.iter().enumerate().find_map(|(index, change)| {
        let fault = permitted(change, &access).err()?;
        Some(ChangeError { index, op: name(change), path: change.path().to_buf(), fault })
    })
}

fn permitted(change: &PatchOperation, access: &PreparedAccess<'_>) -> Result<(), ChangeFault> {
    let write = |pointer: &Pointer| {
        if access.may_write(pointer) {
            Ok(())
        } else if access.is_write_withheld(pointer) {
            Err(ChangeFault::WithheldWrite(pointer.to_buf()))
        } else {
            Err(ChangeFault::UndeclaredWrite(pointer.to_buf()))
        }
    };
    let read = |pointer: &Pointer| {
        if access.may_read(pointer) {
            Ok(())
        } else if access.is_read_withheld(pointer) {
            Err(ChangeFault::WithheldRead(pointer.to_buf()))
        } else {
            Err(ChangeFault::UndeclaredRead(pointer.to_buf()))
        }
    };
    match change {
        PatchOperation::Add(_) | PatchOperation::Remove(_) | PatchOperation::Replace(_) => write(change.path()),
        PatchOperation::Move(change) => {
            write(&change.from)?;
            write(&change.path)?;
            // Who may not see it cannot bring it where they may.
            if access.is_hidden(&change.from) { Err(ChangeFault::WithheldRead(change.from.clone())) } else { Ok(()) }
        }
        PatchOperation::Copy(change) => read(&change.from).and_then(|()| write(&change.path)),
        PatchOperation::Test(change) => read(&change.path),
    }
}

struct Patcher<'a> {
    state: &'a mut Value,
    access: &'a PreparedAccess<'a>,
    limits: &'a Limits,
    /// The inverse of each primitive change so far.
    undo: Vec<Undo>,
    /// While rolling back: what the last inverse took out of the state. A moved value is never copied.
    hand: Value,
    size: StateSize,
    /// The work that may still be done, in bytes.
    budget: &'a mut usize,
}

enum Undo {
    Insert(PointerBuf, Value),
    Remove(PointerBuf),
    Replace(PointerBuf, Value),
    /// Insert what is in the hand.
    PutBack(PointerBuf),
}

impl Patcher<'_> {
    fn apply(&mut self, change: &PatchOperation) -> Result<(), ChangeFault> {
        let from = match change {
            PatchOperation::Copy(change) => change.from.len(),
            PatchOperation::Move(change) => change.from.len(),
            PatchOperation::Add(_)
            | PatchOperation::Remove(_)
            | PatchOperation::Replace(_)
            | PatchOperation::Test(_) => 0,
        };
        self.spend(CHANGE_WORK + change.path().len() + from)?;
        match change {
            PatchOperation::Add(change) => self.add(&change.path, &mut change.value.clone()),
            PatchOperation::Remove(change) => {
                let value = self.take(&change.path)?;
                self.undo.push(Undo::Insert(change.path.clone(), value));
                Ok(())
            }
            PatchOperation::Replace(change) => self.replace(&change.path, &mut change.value.clone()),
            PatchOperation::Test(change) => {
                // Values are compared as long as they are the same: no longer than the one that is expected.
                self.spend(canonical_size(&change.value))?;
                self.test(change)
            }
            PatchOperation::Copy(change) => {
                let size = canonical_size(self.source(&change.from)?);
                self.spend(size)?;
                let mut value = self.source(&change.from)?.clone();
                self.add(&change.path, &mut value)
            }
            PatchOperation::Move(change) if change.path == change.from => self.source(&change.from).map(drop),
            PatchOperation::Move(change) if change.path.starts_with(&change.from) => {
                Err(ChangeFault::IntoItself(change.from.clone()))
            }
            PatchOperation::Move(change) => self.relocate(&change.from, &change.path),
        }
    }

    fn test(&self, change: &TestOperation) -> Result<(), ChangeFault> {
        match change.path.resolve(&*self.state) {
            Ok(value) if *value == change.value => Ok(()),
            Ok(_) => Err(ChangeFault::TestFailed),
            Err(_) => Err(ChangeFault::PathMissing),
        }
    }

    fn source(&self, from: &Pointer) -> Result<&Value, ChangeFault> {
        from.resolve(&*self.state).map_err(|_| ChangeFault::FromMissing(from.to_buf()))
    }

    fn relocate(&mut self, from: &Pointer, path: &Pointer) -> Result<(), ChangeFault> {
        let mut value = self.take(from).map_err(|fault| match fault {
            ChangeFault::PathMissing => ChangeFault::FromMissing(from.to_buf()),
            other => other,
        })?;
        self.undo.push(Undo::PutBack(from.to_buf()));
        let moved = self.add(path, &mut value);
        // Where it was not added, it is still here.
        self.hand = value;
        moved
    }

    /// Adds a value, which is taken only if nothing is wrong.
    fn add(&mut self, path: &Pointer, value: &mut Value) -> Result<(), ChangeFault> {
        if path.is_root() {
            return self.replace(path, value);
        }
        let place = Place::of(self.state, path).ok_or(ChangeFault::PathMissing)?;
        if let Place::Member { exists: true, .. } = place {
            return self.replace(path, value);
        }
        self.stays_in_place(path, place.shifted())?;
        let added = StateSize::at(&place, value);
        let size = self.size.plus(added);
        self.fits(path, value, size)?;
        let undo = Undo::Remove(place.pointer(path));
        self.spend(added.bytes - place.overhead() + place.shifted() * 16)?;
        insert(self.state, path, value.take()).ok_or(ChangeFault::PathMissing)?;
        self.undo.push(undo);
        self.size = size;
        Ok(())
    }

    /// Removes a value and returns it; undoing that is the caller's.
    fn take(&mut self, path: &Pointer) -> Result<Value, ChangeFault> {
        if path.is_root() {
            return Err(ChangeFault::RootNotObject);
        }
        let place = Place::of(self.state, path).ok_or(ChangeFault::PathMissing)?;
        // What is taken out is not moved.
        self.stays_in_place(path, place.shifted().saturating_sub(1))?;
        self.spend(place.shifted() * 16)?;
        let value = remove(self.state, path).ok_or(ChangeFault::PathMissing)?;
        // One fewer is there now: what this place would cost again is what it no longer costs.
        let freed = match Place::of(self.state, path) {
            Some(place) => StateSize::at(&place, &value),
            None => StateSize::of(&value),
        };
        self.size = self.size.minus(freed);
        if let Err(fault) = self.spend(canonical_size(&value)) {
            // It was taken out, and has to be there when all is undone.
            self.undo.push(Undo::Insert(path.to_buf(), value));
            return Err(fault);
        }
        Ok(value)
    }

    fn replace(&mut self, path: &Pointer, value: &mut Value) -> Result<(), ChangeFault> {
        if path.is_root() && !value.is_object() {
            return Err(ChangeFault::RootNotObject);
        }
        let old = StateSize::of(path.resolve(&*self.state).map_err(|_| ChangeFault::PathMissing)?);
        let new = StateSize::of(value);
        self.spend(old.bytes + new.bytes)?;
        let size = self.size.plus(new).minus(old);
        self.fits(path, value, size)?;
        let place = path.resolve_mut(self.state).map_err(|_| ChangeFault::PathMissing)?;
        self.undo.push(Undo::Replace(path.to_buf(), std::mem::replace(place, value.take())));
        self.size = size;
        Ok(())
    }

    /// Whether as many elements behind a place may move: not where the host allows single ones of them.
    fn stays_in_place(&self, path: &Pointer, shifted: usize) -> Result<(), ChangeFault> {
        let is_in_place = shifted > 0 && path.parent().is_some_and(|array| self.access.is_in_place(array));
        if is_in_place { Err(ChangeFault::ElementsInPlace(path.to_buf())) } else { Ok(()) }
    }

    fn fits(&self, path: &Pointer, value: &Value, size: StateSize) -> Result<(), ChangeFault> {
        let limit = self.limits.state_bytes;
        let exceeds = |new: usize, old: usize, limit: u64| u64::try_from(new).unwrap_or(u64::MAX) > limit && new > old;
        if exceeds(size.bytes, self.size.bytes, limit) {
            return Err(ChangeFault::StateTooLarge { size: size.bytes, limit });
        }
        if exceeds(size.room, self.size.room, self.limits.state_room()) {
            return Err(ChangeFault::TooManyValues(self.limits.state_room()));
        }
        let levels = self.limits.json_depth;
        match levels.checked_sub(path.count()) {
            Some(left) if depth_within(value, left) => Ok(()),
            Some(_) | None => Err(ChangeFault::TooDeep(levels)),
        }
    }

    fn spend(&mut self, work: usize) -> Result<(), ChangeFault> {
        let left = self.budget.checked_sub(work);
        *self.budget = left.unwrap_or(0);
        if left.is_some() { Ok(()) } else { Err(ChangeFault::TooMuchWork) }
    }

    fn roll_back(&mut self) {
        while let Some(undo) = self.undo.pop() {
            // An inverse applies to the very state that its change left behind.
            let undone = match undo {
                Undo::Insert(path, value) => insert(self.state, &path, value),
                Undo::PutBack(path) => insert(self.state, &path, self.hand.take()),
                Undo::Remove(path) => remove(self.state, &path).map(|value| self.hand = value),
                Undo::Replace(path, old) => {
                    let place = path.resolve_mut(self.state).ok();
                    place.map(|place| self.hand = std::mem::replace(place, old))
                }
            };
            debug_assert!(undone.is_some(), "an inverse applies");
        }
    }
}

/// Inserts a member, or an element before the one at its index.
fn insert(state: &mut Value, path: &Pointer, value: Value) -> Option<()> {
    let (parent, token) = path.split_back()?;
    match parent.resolve_mut(state).ok()? {
        Value::Object(members) => {
            members.insert(token.decoded().into_owned(), value);
        }
        Value::Array(elements) => {
            let index = token.to_index().ok()?.for_len_incl(elements.len()).ok()?;
            elements.insert(index, value);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
    }
    Some(())
}

/// Removes a member or an element.
fn remove(state: &mut Value, path: &Pointer) -> Option<Value> {
    let (parent, token) = path.split_back()?;
    match parent.resolve_mut(state).ok()? {
        Value::Object(members) => members.remove(token.decoded().as_ref()),
        Value::Array(elements) => {
            let index = token.to_index().ok()?.for_len(elements.len()).ok()?;
            Some(elements.remove(index))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// Where in its parent a pointer leads.
enum Place {
    Member { key_size: usize, exists: bool, others: usize },
    Element { index: usize, len: usize },
}

impl Place {
    fn of(state: &Value, path: &Pointer) -> Option<Self> {
        let (parent, token) = path.split_back()?;
        match parent.resolve(state).ok()? {
            Value::Object(members) => {
                let key = token.decoded();
                let exists = members.contains_key(key.as_ref());
                let key_size = canonical_size(&Value::from(key.as_ref()));
                Some(Self::Member { key_size, exists, others: members.len() - usize::from(exists) })
            }
            Value::Array(elements) => {
                let index = token.to_index().ok()?.for_len_incl(elements.len()).ok()?;
                Some(Self::Element { index, len: elements.len() })
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        }
    }

    /// What the canonical form has besides the value when one is added here: key, colon, comma.
    fn overhead(&self) -> usize {
        match self {
            Self::Member { key_size, others, .. } => key_size + 1 + usize::from(*others > 0),
            Self::Element { len, .. } => usize::from(*len > 0),
        }
    }

    /// The room that a value takes here besides its own: its key's.
    fn room(&self) -> usize {
        match self {
            Self::Member { .. } => sortie_json::ROOM_OF_KEY,
            Self::Element { .. } => 0,
        }
    }

    /// How many elements move when one is added or removed here.
    fn shifted(&self) -> usize {
        match self {
            Self::Member { .. } => 0,
            Self::Element { index, len } => len - index,
        }
    }

    /// The pointer with `-` made a number.
    fn pointer(&self, path: &Pointer) -> PointerBuf {
        let mut pointer = path.to_buf();
        if let Self::Element { index, .. } = self {
            pointer.pop_back();
            pointer.push_back(*index);
        }
        pointer
    }
}

fn depth_within(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(elements) => levels > 0 && elements.iter().all(|child| depth_within(child, levels - 1)),
        Value::Object(members) => levels > 0 && members.values().all(|child| depth_within(child, levels - 1)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}
