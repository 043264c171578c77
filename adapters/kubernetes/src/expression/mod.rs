//! Expressions that select devices, in the Common Expression Language (CEL), with the functions that the API has for them.
//!
//! The language is the crate `cel`; ours are a device's attributes and capacities as values (`values`), quantities and versions (`functions`), and
//! how much an expression may cost (`bound`). Left out: what the API's language has of addresses, URLs and times; an expression that names these is
//! an error, and selects nothing. Source: Kubernetes, "Common Expression Language in Kubernetes" and `CELDeviceSelector` of the API.

mod bind;
mod bound;
mod functions;
mod parts;
mod values;

pub use values::Described;

use cel::parser::PrattParser;
use cel::{Context, Env, IdedExpr, Value};
use std::sync::{Arc, LazyLock};

/// An expression of the API has so many bytes at most.
const BYTES_MAX: usize = 10 * 1024;
/// The API's bound for selectors: so many steps at most.
const STEPS_MAX: u64 = 1_000_000;
/// Asking goes down from part to part on the stack, up to 40 kB for each where nothing is optimised; threads have two megabytes.
const DEPTH_MAX: usize = 24;
/// What is said of an expression has so many characters at most: it ends up in a pod's condition.
const WORDS_MAX: usize = 120;

/// Why a text is no expression that may be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoExpression {
    /// It is too long.
    #[error("it has {bytes} bytes: at most {BYTES_MAX} are read")]
    TooLong {
        /// How long it is.
        bytes: usize,
    },
    /// It is not of the language.
    #[error("{0}")]
    Unreadable(String),
    /// Its parts lie too deep in one another.
    #[error("its parts lie more than {DEPTH_MAX} deep in one another")]
    TooDeep,
    /// It might take too long.
    #[error("it may take more than {STEPS_MAX} steps")]
    TooDear,
}

/// Why an expression says neither yes nor no of a device.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{0}")]
pub struct NoAnswer(pub Arc<str>);

/// An expression that can be asked.
#[derive(Debug)]
pub struct Expression(IdedExpr);

static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(environment()));

fn environment() -> Env {
    let mut env = Env::stdlib();
    let added = env.add_extension(cel::extensions::strings).and_then(|()| env.add_extension(functions::add));
    // Two functions of one name and the same arguments: a mistake in this crate, which every test meets.
    added.expect("functions differ by name or arguments");
    env
}

impl Expression {
    /// Reads one.
    ///
    /// Errors: it is too long, not of the language, too deep, or might take too long.
    pub fn read(text: &str) -> Result<Self, NoExpression> {
        if text.len() > BYTES_MAX {
            return Err(NoExpression::TooLong { bytes: text.len() });
        }
        let parser = PrattParser::new().enable_optional_syntax(true);
        let parser = parser.max_recursion_depth(DEPTH_MAX as u16).max_expression_node_count(BYTES_MAX);
        let read = parser.parse(text);
        let mut read = read.map_err(|errors| NoExpression::Unreadable(shortened(&errors.to_string())))?;
        if parts::depth(&read) > DEPTH_MAX {
            return Err(NoExpression::TooDeep);
        }
        bind::expand(&mut read);
        if bound::steps(&read, text.len()) > STEPS_MAX {
            return Err(NoExpression::TooDear);
        }
        Ok(Self(read))
    }

    /// Whether it selects a device.
    ///
    /// Errors: it reads what the device has not, or comes to something else than yes or no.
    pub fn selects(&self, device: &Described) -> Result<bool, NoAnswer> {
        let mut context = Context::with_env(Arc::clone(&ENVIRONMENT));
        context.add_variable_as_val("device", Box::new(device.clone()));
        match Value::resolve(&self.0, &context) {
            Ok(Value::Bool(answer)) => Ok(answer),
            Ok(_) => Err(NoAnswer("it comes to neither true nor false".into())),
            Err(error) => Err(NoAnswer(shortened(&error.to_string()).into())),
        }
    }
}

/// The first line of a text, as far as it is shown.
fn shortened(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(WORDS_MAX).collect()
}

#[cfg(test)]
mod tests;
