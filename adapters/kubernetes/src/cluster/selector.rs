//! What labels have to say: selectors of pods and namespaces, and of nodes. Source: Kubernetes, "Labels and Selectors", "Node affinity".

use super::labels::Labels;
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::apimachinery::pkg::apis::meta::v1 as meta;

/// How a requirement compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operator {
    /// The value is one of these.
    In,
    /// The value is none of these, or there is none.
    NotIn,
    /// There is a value.
    Exists,
    /// There is none.
    DoesNotExist,
    /// The value is a whole number above this one.
    Gt,
    /// The value is a whole number below this one.
    Lt,
    /// One that this version does not know: it holds nowhere.
    Unknown,
}

impl Operator {
    fn read(text: &str) -> Self {
        match text {
            "In" => Self::In,
            "NotIn" => Self::NotIn,
            "Exists" => Self::Exists,
            "DoesNotExist" => Self::DoesNotExist,
            "Gt" => Self::Gt,
            "Lt" => Self::Lt,
            _ => Self::Unknown,
        }
    }
}

/// One thing that labels have to say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requirement {
    /// Under which key.
    pub key: String,
    /// How.
    pub operator: Operator,
    /// Beside what.
    pub values: Vec<String>,
}

impl Requirement {
    fn new(key: &str, operator: &str, values: Option<&Vec<String>>) -> Self {
        let values = values.cloned().unwrap_or_default();
        Self { key: key.into(), operator: Operator::read(operator), values }
    }

    /// One value alone.
    pub fn is(key: &str, value: &str) -> Self {
        Self { key: key.into(), operator: Operator::In, values: vec![value.into()] }
    }

    /// Whether a value, or none, is what is asked for.
    pub fn holds(&self, value: Option<&str>) -> bool {
        let is_named = || value.is_some_and(|value| self.values.iter().any(|named| named == value));
        let numbers = || {
            let [bound] = self.values.as_slice() else { return None };
            Some((value?.parse::<i64>().ok()?, bound.parse::<i64>().ok()?))
        };
        match self.operator {
            Operator::In => is_named(),
            Operator::NotIn => !is_named(),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::Gt => numbers().is_some_and(|(value, bound)| value > bound),
            Operator::Lt => numbers().is_some_and(|(value, bound)| value < bound),
            Operator::Unknown => false,
        }
    }
}

/// A selector of pods or namespaces: all of its requirements hold. An empty one takes everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Selector(Vec<Requirement>);

impl Selector {
    /// Reads one.
    pub fn read(of: &meta::LabelSelector) -> Self {
        let equal = of.match_labels.iter().flatten().map(|(key, value)| Requirement::is(key, value));
        let expressions = of.match_expressions.iter().flatten();
        let expressed = expressions.map(|one| Requirement::new(&one.key, &one.operator, one.values.as_ref()));
        Self(equal.chain(expressed).collect())
    }

    /// One requirement more.
    pub fn and(&mut self, more: Requirement) {
        self.0.push(more);
    }

    /// Whether it takes whoever has these labels.
    pub fn takes(&self, labels: &Labels) -> bool {
        self.0.iter().all(|one| one.holds(labels.get(&one.key).map(String::as_str)))
    }
}

/// What a node has to be: one of these terms holds, and of a term everything. No terms: no node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeTerms(Vec<NodeTerm>);

/// One term; an empty one takes no node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeTerm {
    labels: Vec<Requirement>,
    fields: Vec<Requirement>,
}

/// The one field of a node that may be asked for.
const NAME: &str = "metadata.name";

impl NodeTerm {
    /// Reads one.
    pub fn read(of: &core::NodeSelectorTerm) -> Self {
        let read = |list: &Option<Vec<core::NodeSelectorRequirement>>| {
            let list = list.iter().flatten();
            list.map(|one| Requirement::new(&one.key, &one.operator, one.values.as_ref())).collect()
        };
        Self { labels: read(&of.match_expressions), fields: read(&of.match_fields) }
    }

    /// Whether it takes a node.
    pub fn takes(&self, name: &str, labels: &Labels) -> bool {
        let is_empty = self.labels.is_empty() && self.fields.is_empty();
        let mut fields = self.fields.iter();
        !is_empty
            && self.labels.iter().all(|one| one.holds(labels.get(&one.key).map(String::as_str)))
            && fields.all(|one| one.key == NAME && one.holds(Some(name)))
    }
}

impl NodeTerms {
    /// Reads a node selector.
    pub fn read(of: &core::NodeSelector) -> Self {
        Self(of.node_selector_terms.iter().map(NodeTerm::read).collect())
    }

    /// Whether one of them takes a node.
    pub fn takes(&self, name: &str, labels: &Labels) -> bool {
        self.0.iter().any(|term| term.takes(name, labels))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(operator: Operator, values: &[&str], value: Option<&str>) -> bool {
        let values = values.iter().map(ToString::to_string).collect();
        Requirement { key: "k".into(), operator, values }.holds(value)
    }

    #[test]
    fn numbers_are_compared_as_numbers_and_words_are_none() {
        assert!(check(Operator::Gt, &["9"], Some("10")));
        assert!(!check(Operator::Gt, &["9"], Some("9")));
        assert!(!check(Operator::Lt, &["9"], Some("eight")));
        assert!(!check(Operator::Lt, &["9"], None));
    }

    #[test]
    fn not_in_holds_where_the_key_is_missing_and_an_empty_value_is_a_value() {
        assert!(check(Operator::NotIn, &["a"], None));
        assert!(check(Operator::In, &[""], Some("")));
        assert!(!check(Operator::DoesNotExist, &[], Some("")));
        assert!(!check(Operator::In, &["A"], Some("a")));
    }

    #[test]
    fn a_term_that_asks_for_nothing_takes_no_node() {
        let empty = NodeTerm { labels: Vec::new(), fields: Vec::new() };
        assert!(!empty.takes("n", &Labels::new()));
        assert!(!NodeTerms(Vec::new()).takes("n", &Labels::new()));
        assert!(Selector::default().takes(&Labels::new()));
    }
}
