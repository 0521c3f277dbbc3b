//! JSON as it is written, in Rust.

use serde::Serialize;
use serde_json::Value;

use super::required;

/// What [`json!`](crate::json!) makes of an expression.
#[doc(hidden)]
#[must_use]
#[track_caller]
pub fn element<T: Serialize + ?Sized>(value: &T) -> Value {
    required(value, format_args!("the value"))
}

/// What [`json!`](crate::json!) makes of an expression that is a member of an object.
#[doc(hidden)]
#[must_use]
#[track_caller]
pub fn member<T: Serialize + ?Sized>(name: &str, value: &T) -> Value {
    required(value, format_args!("the value of `{name}`"))
}

/// A JSON value as it is written: `json!({"name": name, "sizes": [1, 2.5], "note": null})`.
///
/// Any expression that implements `Serialize` can stand for a value, and any that is a `&str` or a `String` for a key.
/// What JSON has no form for (a NaN, an integer beyond ±(2^53−1)) panics, which the host makes a failure with the place.
///
/// ```
/// use sortie_plugin_sdk::prelude::*;
///
/// let name = "Ada";
/// assert_eq!(json!({"name": name, "sizes": [1, 2.5]}).to_string(), r#"{"name":"Ada","sizes":[1,2.5]}"#);
/// ```
#[macro_export]
macro_rules! json {
    (null) => { $crate::internal::Value::Null };
    ([ $($items:tt)* ]) => {{
        #[allow(unused_mut)]
        let mut array: ::std::vec::Vec<$crate::internal::Value> = ::std::vec::Vec::new();
        $crate::json_items!(array $($items)*);
        $crate::internal::Value::Array(array)
    }};
    ({ $($members:tt)* }) => {{
        #[allow(unused_mut)]
        let mut object = $crate::internal::Map::new();
        $crate::json_members!(object () $($members)*);
        $crate::internal::Value::Object(object)
    }};
    ($value:expr) => { $crate::internal::element(&$value) };
}

/// The items of an array, one after the other.
#[doc(hidden)]
#[macro_export]
macro_rules! json_items {
    ($array:ident) => {};
    ($array:ident null $(, $($rest:tt)*)?) => {
        $array.push($crate::internal::Value::Null);
        $crate::json_items!($array $($($rest)*)?);
    };
    ($array:ident [ $($items:tt)* ] $(, $($rest:tt)*)?) => {
        $array.push($crate::json!([ $($items)* ]));
        $crate::json_items!($array $($($rest)*)?);
    };
    ($array:ident { $($members:tt)* } $(, $($rest:tt)*)?) => {
        $array.push($crate::json!({ $($members)* }));
        $crate::json_items!($array $($($rest)*)?);
    };
    ($array:ident $value:expr $(, $($rest:tt)*)?) => {
        $array.push($crate::internal::element(&$value));
        $crate::json_items!($array $($($rest)*)?);
    };
}

/// The members of an object: the tokens of a key are gathered up to its colon.
#[doc(hidden)]
#[macro_export]
macro_rules! json_members {
    ($object:ident ()) => {};
    ($object:ident ($($key:tt)+) : null $(, $($rest:tt)*)?) => {
        $object.insert(($($key)+).into(), $crate::internal::Value::Null);
        $crate::json_members!($object () $($($rest)*)?);
    };
    ($object:ident ($($key:tt)+) : [ $($items:tt)* ] $(, $($rest:tt)*)?) => {
        $object.insert(($($key)+).into(), $crate::json!([ $($items)* ]));
        $crate::json_members!($object () $($($rest)*)?);
    };
    ($object:ident ($($key:tt)+) : { $($members:tt)* } $(, $($rest:tt)*)?) => {
        $object.insert(($($key)+).into(), $crate::json!({ $($members)* }));
        $crate::json_members!($object () $($($rest)*)?);
    };
    ($object:ident ($($key:tt)+) : $value:expr $(, $($rest:tt)*)?) => {
        let key: ::std::string::String = ($($key)+).into();
        let value = $crate::internal::member(&key, &$value);
        $object.insert(key, value);
        $crate::json_members!($object () $($($rest)*)?);
    };
    ($object:ident ($($key:tt)*) $next:tt $($rest:tt)*) => {
        $crate::json_members!($object ($($key)* $next) $($rest)*);
    };
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    #[test]
    fn the_macro_has_all_forms_of_json() {
        let (name, key, list) = ("Ada", "k".to_owned(), vec![1, 2]);
        let json = crate::json!({
            "name": name,
            "list": [list, [1, {"deep": null}], null, -1, 1 + 1, name.len(),],
            (key.clone()): {},
            key: true,
            concat!("a", "b"): Some(2.5),
        });
        let text = r#"{"ab":2.5,"k":true,"list":[[1,2],[1,{"deep":null}],null,-1,2,3],"name":"Ada"}"#;
        assert_eq!(json.to_string(), text);
        assert_eq!(
            (crate::json!(null), crate::json!([]), crate::json!(7)),
            (Value::Null, Value::Array(vec![]), 7.into())
        );
    }

    #[test]
    #[should_panic(expected = "the value of `ratio` cannot be JSON: it is NaN, which JSON has no number for")]
    fn the_macro_names_the_member_that_has_no_json_form() {
        let zero = 0.0_f64;
        let _ = crate::json!({"good": 1, "ratio": zero / zero});
    }
}
