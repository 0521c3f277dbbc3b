//! Sharing scenarios out between machines.

use std::str::FromStr;

/// One of several equal shares: `2/5`.
///
/// ```
/// use sortie_harness::filter::Shard;
///
/// let second: Shard = "2/2".parse().unwrap();
/// assert_eq!(Shard::new(2, 2), Some(second));
/// assert_eq!((0..4).filter(|&position| second.contains(position)).collect::<Vec<_>>(), [1, 3]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    count: u32,
}

/// Text that is no shard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a shard: `i/n` is expected, i being 1 to n")]
pub struct InvalidShard(String);

impl Shard {
    /// The share `index` of `count`, counted from 1.
    #[must_use]
    pub fn new(index: u32, count: u32) -> Option<Self> {
        (1 <= index && index <= count).then_some(Self { index, count })
    }

    /// Whether the scenario at a place, counted from 0, of all that are shared out is in this share. Each is in exactly
    /// one, and no share has more than one scenario more than another.
    #[must_use]
    pub fn contains(&self, position: usize) -> bool {
        u64::try_from(position).unwrap_or(u64::MAX) % u64::from(self.count) == u64::from(self.index - 1)
    }
}

impl FromStr for Shard {
    type Err = InvalidShard;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = |text: &str| text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
        let shard = text.split_once('/').and_then(|(index, count)| Self::new(digits(index)?, digits(count)?));
        shard.ok_or_else(|| InvalidShard(text.to_owned()))
    }
}
