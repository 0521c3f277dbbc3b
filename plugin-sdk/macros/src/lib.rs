//! The attributes #[mission] and #[operation].
