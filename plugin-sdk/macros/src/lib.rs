//! The attributes `#[mission]` and `#[operation]`.

mod arguments;
mod expand;

use proc_macro::TokenStream;

/// Makes a function a mission: `fn name(params: P) -> Result<Workflow>`, where `P` is `Deserialize + JsonSchema`.
///
/// The function's documentation becomes the description. Arguments: `name = "…"` where it is not the function's;
/// `examples = […]`, expressions of params that work, each a `serde_json::Value`.
#[proc_macro_attribute]
pub fn mission(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::mission(arguments.into(), item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes a function an operation: `fn name(payload: P) -> Result<Output>`, or with a second argument `call: &Call`.
///
/// The function's documentation becomes the description. Arguments: `name = "…"` where it is not the function's;
/// `reads = ["/pointer", payload("/pointer")]` and `writes = […]`, the parts of the state it sees and may change;
/// `examples = [(payload, state)]`, expressions of inputs that work.
#[proc_macro_attribute]
pub fn operation(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::operation(arguments.into(), item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}
