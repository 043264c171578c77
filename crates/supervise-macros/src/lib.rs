//! `#[paceline_supervise::test]`: see there. It works on tokens alone, so that a crate that takes `paceline-supervise`
//! compiles no parser of Rust for it.

use proc_macro::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

/// Makes an async function a test that fails when a task outlives it, and prints each one that does.
///
/// The function may take a `Supervisor` of its own, and may return what a test may return. It runs on one thread.
#[proc_macro_attribute]
pub fn test(options: TokenStream, item: TokenStream) -> TokenStream {
    let made = match options.into_iter().next() {
        Some(option) => Err((option.span(), "`test` takes no options")),
        None => Test::parse(item),
    };
    made.map_or_else(|(span, rule)| compile_error(span, rule), Test::into_tokens)
}

/// A rule that was broken, and where.
type Broken = (Span, &'static str);

const ASYNC_FN: &str =
    "`test` stands on an `async fn` with a name, a body, and at most a supervisor as argument";

/// The parts of `#[..] async fn name(arguments) -> result { body }`.
struct Test {
    attributes: TokenStream,
    name: Ident,
    arguments: Group,
    result: TokenStream,
    body: Group,
}

impl Test {
    fn parse(item: TokenStream) -> Result<Self, Broken> {
        let mut tokens = item.into_iter().peekable();
        let mut attributes = TokenStream::new();
        while let Some(TokenTree::Punct(_)) = tokens.peek() {
            attributes.extend(tokens.by_ref().take(2));
        }
        for keyword in ["async", "fn"] {
            match tokens.next() {
                Some(TokenTree::Ident(ident)) if ident.to_string() == keyword => {}
                other => return Err((span_of(other.as_ref()), ASYNC_FN)),
            }
        }
        let name = match tokens.next() {
            Some(TokenTree::Ident(name)) => name,
            other => return Err((span_of(other.as_ref()), ASYNC_FN)),
        };
        let arguments = match tokens.next() {
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => group,
            other => return Err((span_of(other.as_ref()), ASYNC_FN)),
        };
        let mut result: Vec<_> = tokens.collect();
        match result.pop() {
            Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => {
                let result = result.into_iter().collect();
                Ok(Self { attributes, name, arguments, result, body })
            }
            other => Err((span_of(other.as_ref()), ASYNC_FN)),
        }
    }

    fn into_tokens(self) -> TokenStream {
        let Self { attributes, name, arguments, result, body } = self;
        let run = if arguments.stream().is_empty() { "async |_| body().await" } else { "body" };
        let run = format!("::paceline_supervise::run_supervised({run})");
        let mut inner = words("async fn body");
        inner.extend([TokenTree::Group(arguments)]);
        inner.extend(result.clone());
        inner.extend([TokenTree::Group(body)]);
        inner.extend(words(&run));
        let mut outer = words("#[::core::prelude::v1::test]");
        outer.extend(attributes);
        outer.extend(words("fn"));
        outer.extend([TokenTree::Ident(name)]);
        outer.extend(words("()"));
        outer.extend(result);
        outer.extend([TokenTree::Group(Group::new(Delimiter::Brace, inner))]);
        outer
    }
}

fn span_of(token: Option<&TokenTree>) -> Span {
    token.map_or_else(Span::call_site, TokenTree::span)
}

/// Tokens of text that stands in this file.
fn words(text: &str) -> TokenStream {
    text.parse().expect("it is Rust")
}

fn compile_error(span: Span, rule: &str) -> TokenStream {
    let error = words(&format!("::core::compile_error!({rule:?});"));
    error
        .into_iter()
        .map(|mut token| {
            token.set_span(span);
            token
        })
        .collect()
}
