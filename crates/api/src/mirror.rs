//! Enums of the wire beside those of the model: own names, joined by a match that misses no variant.

/// Declares an enum whose variants stand beside those of a model's enum, and both ways between them.
macro_rules! mirror {
    ($(#[$meta:meta])* $name:ident beside $model:path { $($(#[$doc:meta])* $variant:ident,)* }) => {
        $(#[$meta])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl From<$model> for $name {
            fn from(of: $model) -> Self {
                use $model as Model;
                match of { $(Model::$variant => Self::$variant,)* }
            }
        }

        impl From<$name> for $model {
            fn from(of: $name) -> Self {
                use $model as Model;
                match of { $($name::$variant => Model::$variant,)* }
            }
        }
    };
}

pub(crate) use mirror;
