//! Reading the attributes' arguments.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Expr, Ident, LitStr, Token, bracketed, parenthesized};

/// What stands between an attribute's parentheses.
#[derive(Default)]
pub(crate) struct Arguments {
    pub(crate) name: Option<LitStr>,
    pub(crate) reads: Vec<Region>,
    pub(crate) writes: Vec<Region>,
    pub(crate) examples: Vec<Expr>,
    /// The arguments that were given, to tell those that this attribute has not.
    pub(crate) given: Vec<Ident>,
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut arguments = Self::default();
        while !input.is_empty() {
            let key: Ident = input.parse()?;
            input.parse::<Token![=]>()?;
            match key.to_string().as_str() {
                "name" => arguments.name = Some(input.parse()?),
                "reads" => arguments.reads = list(input)?,
                "writes" => arguments.writes = list(input)?,
                "examples" => arguments.examples = list(input)?,
                _ => return Err(syn::Error::new(key.span(), "expected `name`, `reads`, `writes` or `examples`")),
            }
            arguments.given.push(key);
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(arguments)
    }
}

fn list<T: Parse>(input: ParseStream<'_>) -> syn::Result<Vec<T>> {
    let content;
    bracketed!(content in input);
    Ok(Punctuated::<T, Token![,]>::parse_terminated(&content)?.into_iter().collect())
}

/// `"/pointer"` or `payload("/pointer")`.
pub(crate) enum Region {
    State(LitStr),
    Payload(LitStr),
}

impl Parse for Region {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(LitStr) {
            return pointer(input.parse()?).map(Self::State);
        }
        let word: Ident = input.parse()?;
        if word != "payload" {
            return Err(syn::Error::new(word.span(), "expected a JSON Pointer or `payload(\"/pointer\")`"));
        }
        let content;
        parenthesized!(content in input);
        pointer(content.parse()?).map(Self::Payload)
    }
}

/// Checks that a literal is a JSON Pointer (RFC 6901, section 3).
fn pointer(text: LitStr) -> syn::Result<LitStr> {
    let value = text.value();
    let escaped = value.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    if (value.is_empty() || value.starts_with('/')) && escaped {
        Ok(text)
    } else {
        Err(syn::Error::new(text.span(), "not a JSON Pointer (RFC 6901): it is empty or begins with `/`"))
    }
}

impl Region {
    pub(crate) fn tokens(&self) -> TokenStream {
        match self {
            Self::State(pointer) => quote!(::sortie_plugin_sdk::internal::DeclaredRegion::State(#pointer)),
            Self::Payload(pointer) => quote!(::sortie_plugin_sdk::internal::DeclaredRegion::Payload(#pointer)),
        }
    }
}
