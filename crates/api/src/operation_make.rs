//! How operations are written down: a short word for each thing that there is to say of one.

use crate::content::{Content, JSON, Method, Repeat, SchemaOf, TEXT};
use crate::operation::Operation;
use crate::order::Accepted;
use crate::problem::Code;
use crate::refusals::ASKED;
use crate::role::Access;
use crate::world::RegionKind;
use utoipa::ToSchema;

impl Operation {
    pub(crate) const fn new(
        method: Method,
        path: &'static str,
        tag: &'static str,
        says: &'static str,
    ) -> Self {
        let answer = Content { media: TEXT, schema: SchemaOf::of::<String>(), list: false };
        let (repeat, status) = (Repeat::Always, 200);
        let (codes, access) = (ASKED, Access::Roles(&[]));
        let kind = None;
        Self {
            method,
            path,
            tag,
            says,
            repeat,
            body: None,
            status,
            answer,
            codes,
            of_region: true,
            access,
            kind,
        }
    }
    pub(crate) const fn get(path: &'static str, tag: &'static str, says: &'static str) -> Self {
        Self::new(Method::Get, path, tag, says)
    }
    pub(crate) const fn post(path: &'static str, tag: &'static str, says: &'static str) -> Self {
        Self::new(Method::Post, path, tag, says)
    }
    /// A command: under a key it has one effect however often it is sent.
    pub(crate) const fn command(
        method: Method,
        path: &'static str,
        tag: &'static str,
        says: &'static str,
    ) -> Self {
        Self { repeat: Repeat::Keyed, ..Self::new(method, path, tag, says) }.answers::<Accepted>()
    }
    pub(crate) const fn takes<T: ToSchema>(self) -> Self {
        Self { body: Some(Content { media: JSON, schema: SchemaOf::of::<T>(), list: false }), ..self }
    }
    pub(crate) const fn takes_all<T: ToSchema>(self, media: &'static str, list: bool) -> Self {
        Self { body: Some(Content { media, schema: SchemaOf::of::<T>(), list }), ..self }
    }
    pub(crate) const fn answers<T: ToSchema>(self) -> Self {
        Self { answer: Content { media: JSON, schema: SchemaOf::of::<T>(), list: false }, ..self }
    }
    pub(crate) const fn answers_all<T: ToSchema>(self, media: &'static str, list: bool) -> Self {
        Self { answer: Content { media, schema: SchemaOf::of::<T>(), list }, ..self }
    }
    pub(crate) const fn with(self, status: u16) -> Self {
        Self { status, ..self }
    }
    pub(crate) const fn refuses(self, codes: &'static [Code]) -> Self {
        Self { codes, ..self }
    }
    pub(crate) const fn never_again(self) -> Self {
        Self { repeat: Repeat::Never, ..self }
    }
    pub(crate) const fn access(self, access: Access) -> Self {
        Self { access, ..self }
    }
    pub(crate) const fn of_edge(self) -> Self {
        Self { kind: Some(RegionKind::Edge), ..self }
    }
    pub(crate) const fn of_bikes(self) -> Self {
        Self { kind: Some(RegionKind::Bikes), ..self }
    }
    pub(crate) const fn of_federation(self) -> Self {
        Self { kind: Some(RegionKind::Federation), ..self }
    }
    pub(crate) const fn of_process(self) -> Self {
        Self { of_region: false, codes: &[], ..self }
    }
}
