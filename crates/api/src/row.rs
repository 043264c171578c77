//! Schemas of rows: arrays whose places have a meaning each, for what is told often and to many.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AllOfBuilder, AnyOfBuilder, ArrayBuilder, ArrayItems, ObjectBuilder, Schema, Type,
};
use utoipa::{PartialSchema, ToSchema};

/// A row of these cells, in this order.
pub(crate) fn row<const CELLS: usize>(cells: [Schema; CELLS], says: &str) -> RefOr<Schema> {
    let array = ArrayBuilder::new().prefix_items(cells).items(ArrayItems::False);
    Schema::from(array.min_items(Some(CELLS)).description(Some(says))).into()
}

/// A reference where only a schema may stand.
pub(crate) fn same<T: ToSchema + PartialSchema>() -> Schema {
    Schema::from(AllOfBuilder::new().item(crate::schema::reference::<T>()))
}

/// A cell that may be null.
pub(crate) fn or_null(cell: Schema) -> Schema {
    let null = ObjectBuilder::new().schema_type(Type::Null);
    Schema::from(AnyOfBuilder::new().item(cell).item(null))
}
