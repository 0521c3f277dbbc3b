//! How often somebody may ask: a bucket for each, which refills with time, and a bounded number of buckets.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many buckets there are at most. Who comes then takes the place of the one who was quiet for the longest time.
const MAX_BUCKETS: usize = 4096;

/// How often somebody may do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How often at once.
    pub burst: u32,
    /// How long it takes until it can be done once more.
    pub refill: Duration,
}

/// How often each may ask. Requests past that are turned away with `429` and `Retry-After`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Somebody who is known, by whatever means.
    pub user: Rate,
    /// An address from which somebody asks who is not known.
    pub address: Rate,
    /// An address from which wrong tokens, keys and secrets are sent.
    pub failure: Rate,
}

impl Rates {
    /// As often as they like.
    pub const UNLIMITED: Self = {
        let rate = Rate { burst: u32::MAX, refill: Duration::from_nanos(1) };
        Self { user: rate, address: rate, failure: rate }
    };
}

impl Default for Rates {
    /// For a user a thousand at once and two hundred a second; for a stranger two hundred, and twenty; for guesses twenty, and
    /// one in three seconds.
    fn default() -> Self {
        Self {
            user: Rate { burst: 1000, refill: Duration::from_millis(5) },
            address: Rate { burst: 200, refill: Duration::from_millis(50) },
            failure: Rate { burst: 20, refill: Duration::from_secs(3) },
        }
    }
}

/// Who asks, as far as an address tells: of the sixth version of the protocol the network, which has one owner.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => match six.to_ipv4_mapped() {
            Some(four) => IpAddr::V4(four),
            None => IpAddr::V6((u128::from(six) >> 64 << 64).into()),
        },
    }
}

/// How full a bucket is, in nanoseconds of refilling.
#[derive(Debug)]
struct Bucket {
    credit: u128,
    at: Instant,
}

/// The buckets of all who asked lately.
#[derive(Debug)]
pub(crate) struct Buckets<K> {
    rate: Rate,
    buckets: Mutex<HashMap<K, Bucket>>,
}

impl<K: Hash + Eq + Clone> Buckets<K> {
    pub(crate) fn new(rate: Rate) -> Self {
        Self { rate, buckets: Mutex::default() }
    }

    /// Takes one from somebody's bucket; gives how long to wait, if it is empty.
    pub(crate) fn take(&self, key: &K, now: Instant) -> Result<(), Duration> {
        self.with(key, now, |bucket, price| match bucket.credit.checked_sub(price) {
            Some(credit) => {
                bucket.credit = credit;
                Ok(())
            }
            None => Err(wait(price - bucket.credit)),
        })
    }

    /// Looks whether one could be taken.
    pub(crate) fn look(&self, key: &K, now: Instant) -> Result<(), Duration> {
        self.with(
            key,
            now,
            |bucket, price| {
                if bucket.credit >= price { Ok(()) } else { Err(wait(price - bucket.credit)) }
            },
        )
    }

    fn with<T>(&self, key: &K, now: Instant, act: impl FnOnce(&mut Bucket, u128) -> T) -> T {
        let price = self.rate.refill.as_nanos().max(1);
        let full = price.saturating_mul(u128::from(self.rate.burst.max(1)));
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MAX_BUCKETS && !buckets.contains_key(key) {
            // Those that are full again remember nothing.
            buckets.retain(|_, bucket| bucket.credit + now.saturating_duration_since(bucket.at).as_nanos() < full);
            if buckets.len() >= MAX_BUCKETS
                && let Some(quiet) = buckets.iter().min_by_key(|(_, bucket)| bucket.at).map(|(key, _)| key.clone())
            {
                buckets.remove(&quiet);
            }
        }
        let bucket = buckets.entry(key.clone()).or_insert(Bucket { credit: full, at: now });
        let since = now.saturating_duration_since(bucket.at).as_nanos();
        bucket.credit = bucket.credit.saturating_add(since).min(full);
        bucket.at = now;
        act(bucket, price)
    }
}

fn wait(nanos: u128) -> Duration {
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 2, refill: Duration::from_secs(10) };

    #[test]
    fn a_bucket_empties_and_refills_and_each_has_its_own() {
        let (buckets, now) = (Buckets::new(RATE), Instant::now());
        let at = |seconds| now + Duration::from_secs(seconds);
        assert_eq!(buckets.take(&"ann", at(0)), Ok(()));
        assert_eq!(buckets.take(&"ann", at(0)), Ok(()));
        assert_eq!(buckets.take(&"ann", at(4)), Err(Duration::from_secs(6)));
        assert_eq!(buckets.look(&"ann", at(4)), Err(Duration::from_secs(6)));
        assert_eq!(buckets.take(&"ben", at(4)), Ok(()));
        assert_eq!((buckets.look(&"ann", at(10)), buckets.look(&"ann", at(10))), (Ok(()), Ok(())));
        assert_eq!(buckets.take(&"ann", at(10)), Ok(()));
        assert_eq!(buckets.take(&"ann", at(10)), Err(Duration::from_secs(10)));
    }

    #[test]
    fn there_are_never_more_buckets_than_the_limit_and_who_is_loud_stays() {
        let (buckets, now) = (Buckets::new(RATE), Instant::now());
        for number in 0..3 * MAX_BUCKETS {
            let at = now + Duration::from_micros(u64::try_from(number).unwrap_or_default());
            let _ = buckets.take(&usize::MAX, at);
            let _ = buckets.take(&number, at);
        }
        assert!(buckets.buckets.lock().is_ok_and(|buckets| buckets.len() == MAX_BUCKETS));
        assert!(buckets.take(&usize::MAX, now + Duration::from_secs(1)).is_err());
    }

    #[test]
    fn addresses_of_one_network_are_one() {
        let of = |text: &str| text.parse().map(network);
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
