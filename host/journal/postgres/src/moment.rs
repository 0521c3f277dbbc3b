//! The database's clock in statements.

/// The time by which leases count, and a commit that is not waited for: who forgets a lease loses nothing. `$1` is the time
/// that a test sets.
macro_rules! now_without_flush {
    () => {
        "t AS MATERIALIZED (
            SELECT coalesce($1::bigint, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) AS now,
                   set_config('synchronous_commit', 'off', true) AS flush)"
    };
}
pub(crate) use now_without_flush;

/// A lease that ends after the greatest time ends then.
macro_rules! until {
    ($ttl:literal) => {
        concat!("least((SELECT now FROM t) + ", $ttl, "::bigint, 253402207199999)")
    };
}
pub(crate) use until;
