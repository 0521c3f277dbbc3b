//! What bounds the work of one comparison: a suite and what a mission returns are both of others.

use regex::Regex;
use sortie_json::pattern_cost;

use super::pattern::compile;

/// How much work one comparison may be, in units: a pattern of up to sixteen positions can be held against all the text
/// of a state that is as large as it may be.
pub(super) const MAX_WORK: u64 = 16 << 20;

/// The comparison would be more work than it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OutOfWork;

/// The work that is left to one comparison, of all places that its path leads to, and the pattern that these share.
#[derive(Debug)]
pub(super) struct Work {
    left: u64,
    pattern: Option<Pattern>,
}

/// A compiled pattern, and what each byte costs that is held against it.
#[derive(Debug)]
struct Pattern {
    regex: Regex,
    cost: u64,
}

impl Default for Work {
    fn default() -> Self {
        Self { left: MAX_WORK, pattern: None }
    }
}

impl Work {
    /// Takes units of work, before it is done.
    pub(super) fn spend(&mut self, units: u64) -> Result<(), OutOfWork> {
        self.left = self.left.checked_sub(units).ok_or(OutOfWork)?;
        Ok(())
    }

    /// Whether a text matches the pattern of this comparison. An assertion has but one, which is compiled once.
    pub(super) fn matches(&mut self, pattern: &str, text: &str) -> Result<bool, OutOfWork> {
        if self.pattern.is_none() {
            // An assertion was not made of a pattern that does not compile, or whose cost is not known.
            let Some((regex, cost)) = compile(pattern).ok().zip(pattern_cost(pattern)) else { return Ok(false) };
            self.pattern = Some(Pattern { regex, cost });
        }
        let Some(cost) = self.pattern.as_ref().map(|pattern| pattern.cost) else { return Ok(false) };
        self.spend((text.len() as u64).saturating_mul(cost))?;
        Ok(self.pattern.as_ref().is_some_and(|pattern| pattern.regex.is_match(text)))
    }
}
