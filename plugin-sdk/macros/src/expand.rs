//! From a function to a function and its entry.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Expr, FnArg, Ident, ItemFn, LitStr, Meta, Type};

use crate::arguments::Arguments;

pub(crate) fn mission(arguments: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let arguments: Arguments = syn::parse2(arguments)?;
    if let Some(key) = arguments.given.iter().find(|key| *key == "reads" || *key == "writes") {
        return Err(syn::Error::new(key.span(), "a mission does not see the state: its operations do"));
    }
    let function: ItemFn = syn::parse2(item)?;
    let (params, rest) = inputs(&function)?;
    if let Some(extra) = rest.first() {
        return Err(syn::Error::new_spanned(extra, "a mission takes its params alone"));
    }
    let ident = &function.sig.ident;
    let (name, description) = (name(&arguments, ident), description(&function.attrs));
    let examples = &arguments.examples;
    let entry = entry(&function);
    Ok(quote! {
        #function

        #entry

        impl ::sortie_plugin_sdk::MissionEntry for #ident {
            fn name(&self) -> &'static str {
                #name
            }

            fn info(&self) -> ::sortie_plugin_sdk::MissionInfo {
                ::sortie_plugin_sdk::MissionInfo {
                    name: #name.to_owned(),
                    description: #description.to_owned(),
                    params_schema: ::sortie_plugin_sdk::internal::schema_of::<#params>(),
                    examples: ::std::vec![#(#examples),*],
                }
            }

            fn build_from(
                &self,
                params: &str,
            ) -> ::sortie_plugin_sdk::Result<::sortie_plugin_sdk::Workflow> {
                #ident(::sortie_plugin_sdk::internal::params_of(params)?)
            }
        }
    })
}

pub(crate) fn operation(arguments: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let arguments: Arguments = syn::parse2(arguments)?;
    let mut function: ItemFn = syn::parse2(item)?;
    let (payload, rest) = inputs(&function)?;
    let payload = payload.clone();
    let call = match rest.as_slice() {
        [] => quote!(),
        [_] => quote!(call),
        [_, extra, ..] => return Err(syn::Error::new_spanned(extra, "an operation takes its payload and a `&Call`")),
    };
    let ident = &function.sig.ident.clone();
    let (name, description) = (name(&arguments, ident), description(&function.attrs));
    let reads = arguments.reads.iter().map(crate::arguments::Region::tokens);
    let writes = arguments.writes.iter().map(crate::arguments::Region::tokens);
    let examples = arguments.examples.iter().map(example).collect::<syn::Result<Vec<_>>>()?;
    let entry = entry(&function);
    let hold = quote!(let _held = ::sortie_plugin_sdk::internal::Hold::of(&#ident::ACCESS););
    function.block.stmts.insert(0, syn::parse2(hold)?);
    Ok(quote! {
        #function

        #entry

        impl #ident {
            #[doc(hidden)]
            const ACCESS: ::sortie_plugin_sdk::internal::DeclaredAccess = ::sortie_plugin_sdk::internal::DeclaredAccess {
                name: #name,
                reads: &[#(#reads),*],
                writes: &[#(#writes),*],
            };
        }

        impl ::sortie_plugin_sdk::OperationEntry for #ident {
            fn name(&self) -> &'static str {
                #name
            }

            fn access(&self) -> &'static ::sortie_plugin_sdk::internal::DeclaredAccess {
                &Self::ACCESS
            }

            fn info(&self) -> ::sortie_plugin_sdk::OperationInfo {
                let (reads, writes) = Self::ACCESS.regions();
                ::sortie_plugin_sdk::OperationInfo {
                    name: #name.to_owned(),
                    description: #description.to_owned(),
                    payload_schema: ::sortie_plugin_sdk::internal::schema_of::<#payload>(),
                    reads,
                    writes,
                    examples: ::std::vec![#(#examples),*],
                }
            }

            #[allow(unused_variables)]
            fn execute_on(
                &self,
                payload: &str,
                call: &::sortie_plugin_sdk::Call,
            ) -> ::sortie_plugin_sdk::Result<::sortie_plugin_sdk::Output> {
                #ident(::sortie_plugin_sdk::internal::payload_of(payload)?, #call)
            }
        }
    })
}

/// A type with the function's name: types and functions have names apart.
fn entry(function: &ItemFn) -> TokenStream {
    let (visibility, ident) = (&function.vis, &function.sig.ident);
    let docs = format!("The entry of [`{ident}`](fn@{ident}) in the plugin's manifest.");
    quote! {
        #[doc = #docs]
        #[allow(non_camel_case_types)]
        #visibility struct #ident {}

        impl #ident {
            #[doc(hidden)]
            pub const ENTRY: Self = Self {};
        }
    }
}

/// The type of the first argument, and the other arguments.
fn inputs(function: &ItemFn) -> syn::Result<(&Type, Vec<&FnArg>)> {
    let mut inputs = function.sig.inputs.iter();
    match inputs.next() {
        Some(FnArg::Typed(first)) => Ok((&first.ty, inputs.collect())),
        Some(receiver @ FnArg::Receiver(_)) => Err(syn::Error::new_spanned(receiver, "a free function is expected")),
        None => Err(syn::Error::new_spanned(&function.sig, "the first argument is the params or the payload")),
    }
}

fn name(arguments: &Arguments, ident: &Ident) -> LitStr {
    arguments.name.clone().unwrap_or_else(|| LitStr::new(&ident.to_string(), ident.span()))
}

/// The first paragraph of the documentation, on one line.
fn description(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(literal) => match &literal.lit {
                syn::Lit::Str(text) => Some(text.value().trim().to_owned()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// `(payload, state)`.
fn example(expression: &Expr) -> syn::Result<TokenStream> {
    let Expr::Tuple(tuple) = expression else {
        return Err(syn::Error::new_spanned(expression, "an example is `(payload, state)`"));
    };
    let elements: Vec<_> = tuple.elems.iter().collect();
    let [payload, state] = elements.as_slice() else {
        return Err(syn::Error::new_spanned(expression, "an example is `(payload, state)`"));
    };
    Ok(quote!(::sortie_plugin_sdk::OperationExample { payload: #payload, state: #state }))
}
