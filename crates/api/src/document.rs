//! The description of the API, made from the operations and the types of this crate. Source: OpenAPI 3.1.
//!
//! A stream's schema is that of one of its events, and that of lines is of one line: version 3.1 has no word for either.

use crate::artefact::Registry;
use crate::content::{JSON, SchemaOf};
use crate::operation::{ALL, Content, Method, Operation};
use crate::page;
use crate::parameter::{Parameter, is_paged, parameters};
use crate::problem::{Code, Problem};
use crate::road::TraceItem;
use crate::role::{Access, Role};
use crate::schema::{RegistryName, Schemas, collect, reference};
use crate::traffic::SpeedReport;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{ArrayBuilder, Schema};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, Header, InfoBuilder, OpenApi, OpenApiBuilder, Paths, Ref, RefOr, Required, Response,
    Type,
};

/// Media type of problems.
pub const PROBLEM_JSON: &str = "application/problem+json";

const ABOUT: &str = "Who should serve what, now? All answers to commands are durable. Errors are \
    application/problem+json; the type of each is the path of a page with cause and cure.";

/// The whole description.
pub fn document() -> OpenApi {
    let info = InfoBuilder::new().title("Paceline").version("1").description(Some(ABOUT)).build();
    let mut paths = Paths::new();
    for operation in ALL {
        add(&mut paths, operation.path.to_owned(), operation, alone(operation));
        if let Some(path) = operation.path_in_region() {
            let named = described(operation, &[Code::E0201]).parameter(in_path("region"));
            add(&mut paths, path, operation, named);
        }
    }
    let components = ComponentsBuilder::new().schemas_from_iter(schemas());
    let components =
        security_schemes().fold(components, |all, (name, scheme)| all.security_scheme(name, scheme)).build();
    OpenApiBuilder::new().info(info).paths(paths).components(Some(components)).build()
}

/// What goes over the wire, by name; what several operations take or answer stands there as often.
fn schemas() -> Schemas {
    let mut schemas = Schemas::new();
    collect::<Problem>(&mut schemas);
    // A list with bounds of its own does not bring along what it is a list of.
    collect::<SpeedReport>(&mut schemas);
    collect::<TraceItem>(&mut schemas);
    collect::<RegistryName>(&mut schemas);
    for content in ALL.iter().flat_map(|operation| operation.body.iter().chain([&operation.answer])) {
        (content.schema.collect)(&mut schemas);
    }
    // Text, numbers and the like are said in place.
    schemas.retain(|(name, _)| !is_plain(name));
    schemas
}

/// The name under which the document speaks of keys that are carried as `Authorization: Bearer`.
const BEARER: &str = "bearer";
/// The same key as the password of `Authorization: Basic`, with any user: what browsers ask for.
const BASIC: &str = "basic";
/// A certificate of the connection itself.
const CERTIFICATE: &str = "certificate";

fn security_schemes() -> impl Iterator<Item = (&'static str, SecurityScheme)> {
    let http = |scheme, says: &str| {
        SecurityScheme::Http(HttpBuilder::new().scheme(scheme).description(Some(says)).build())
    };
    let bearer = http(
        HttpAuthScheme::Bearer,
        "An API key, as `paceline keys new` prints it, or a JWT of the OpenID Connect issuer that the server believes.",
    );
    let basic = http(HttpAuthScheme::Basic, "The same as the password of any user, for browsers.");
    let certificate = SecurityScheme::MutualTls {
        description: Some("A client certificate that the server's table of certificates names.".into()),
        deprecated: None,
        extensions: None,
    };
    [(BEARER, bearer), (BASIC, basic), (CERTIFICATE, certificate)].into_iter()
}

/// What a request must carry: one of the schemes, and a role. Source: OpenAPI 3.1, "Security Requirement Object": for other schemes than
/// OAuth the list holds the roles that are needed, of which one is enough here.
fn security(of: &Operation) -> Vec<SecurityRequirement> {
    let with = |roles: &[Role]| {
        let names = || roles.iter().map(|role| role.as_str());
        [BEARER, BASIC, CERTIFICATE].map(|name| SecurityRequirement::new(name, names()))
    };
    match of.access {
        Access::Anybody => vec![SecurityRequirement::default()],
        Access::Roles(roles) => with(roles).into(),
        Access::Published(roles) => [SecurityRequirement::default()].into_iter().chain(with(roles)).collect(),
    }
}

/// As it is asked without a region's name: of the only one.
fn alone(of: &Operation) -> OperationBuilder {
    // What stands beside `/v1` is answered for all regions together.
    let one = of.of_region && !of.is_beside();
    described(of, if one { &[Code::E0110] } else { &[] })
}

fn add(paths: &mut Paths, path: String, of: &Operation, described: OperationBuilder) {
    let item = PathItem::new(method(of.method), described);
    match paths.paths.get_mut(&path) {
        Some(known) => known.merge_operations(item),
        None => _ = paths.paths.insert(path, item),
    }
}

/// The description as JSON.
pub fn openapi_json() -> String {
    // All keys are text, so that writing it cannot fail.
    document().to_pretty_json().unwrap_or_default()
}

fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase()) || name == "String"
}

fn method(of: Method) -> HttpMethod {
    match of {
        Method::Get => HttpMethod::Get,
        Method::Put => HttpMethod::Put,
        Method::Post => HttpMethod::Post,
        Method::Delete => HttpMethod::Delete,
    }
}

fn described(of: &Operation, more: &[Code]) -> OperationBuilder {
    let says = of.says.trim();
    let (summary, _) = says.split_once(['.', ':', ';']).unwrap_or((says, ""));
    let mut operation = OperationBuilder::new()
        .tag(of.tag)
        .summary(Some(summary))
        .description(Some(says))
        .request_body(of.body.as_ref().map(body))
        .securities(Some(security(of)))
        .response(of.status.to_string(), answer(of));
    for name in ["id", "code", "digest", "model", "reference", "blob"]
        .iter()
        .filter(|name| of.path.contains(&format!("{{{name}}}")))
    {
        operation = operation.parameter(in_path(name));
    }
    for parameter in parameters(of) {
        operation = operation.parameter(optional(&parameter));
    }
    let codes: BTreeSet<Code> = of.codes.iter().chain(more).copied().chain(at_the_door(of)).collect();
    for (status, codes) in by_status(&codes) {
        operation = operation.response(status.to_string(), refusal(&codes, of));
    }
    operation
}

/// Codes of what is looked at before an operation is: whether there is room, the head, the host, the site that asks, who asks and how often.
fn at_the_door(of: &Operation) -> impl Iterator<Item = Code> + use<> {
    let writes: &[Code] = if of.method == Method::Get { &[] } else { &[Code::E0113] };
    let who: &[Code] = if of.access == Access::Anybody {
        &[]
    } else {
        &[Code::E0302, Code::E0308, Code::E0602, Code::E0608]
    };
    [&[Code::E0111, Code::E0112, Code::E0114, Code::E0307], writes, who].concat().into_iter()
}

fn in_path(name: &str) -> ParameterBuilder {
    let schema = match name {
        "code" => reference::<Code>(),
        "digest" => reference::<crate::schema::Digest>(),
        "model" | "reference" | "blob" => reference::<RegistryName>(),
        _ => reference::<crate::schema::Id>(),
    };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(schema))
}

fn optional(of: &Parameter) -> ParameterBuilder {
    ParameterBuilder::new()
        .name(of.name)
        .parameter_in(if of.in_header { ParameterIn::Header } else { ParameterIn::Query })
        .required(Required::False)
        .description(Some(of.says))
        .schema(Some((of.schema.inline)()))
}

fn body(of: &Content) -> RequestBody {
    let content = ContentBuilder::new().schema(Some(schema(of))).build();
    RequestBodyBuilder::new().content(of.media, content).required(Some(Required::True)).build()
}

fn answer(of: &Operation) -> Response {
    let content = ContentBuilder::new().schema(Some(schema(&of.answer))).build();
    let mut answer = ResponseBuilder::new().description("As asked").content(of.answer.media, content);
    let headers: &[(&str, &str)] = if is_paged(of) { &page::HEADERS } else { &[] };
    for (name, says) in headers {
        let mut header = Header::default();
        header.description = Some((*says).to_owned());
        answer = answer.header(*name, header);
    }
    answer.build()
}

fn refusal(codes: &[Code], of: &Operation) -> Response {
    let words: Vec<String> = codes.iter().map(|code| format!("{code}: {}", code.title())).collect();
    let content = ContentBuilder::new().schema(Some(reference::<Problem>())).build();
    let refusal = ResponseBuilder::new().description(words.join("; ")).content(PROBLEM_JSON, content);
    if !of.is_of_registry() {
        return refusal.build();
    }
    let content = ContentBuilder::new().schema(Some(reference::<Registry>())).build();
    refusal.content(JSON, content).build()
}

fn schema(of: &Content) -> RefOr<Schema> {
    let one = named(&of.schema);
    if !of.list {
        return one;
    }
    Schema::from(ArrayBuilder::new().schema_type(Type::Array).items(one)).into()
}

fn named(of: &SchemaOf) -> RefOr<Schema> {
    let name = (of.name)();
    if is_plain(&name) { (of.inline)() } else { RefOr::Ref(Ref::from_schema_name(name)) }
}

fn by_status(codes: &BTreeSet<Code>) -> BTreeMap<u16, Vec<Code>> {
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for &code in codes {
        if let Some(status) = code.status() {
            by_status.entry(status).or_default().push(code);
        }
    }
    by_status
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_name_stands_for_one_schema() {
        let mut seen: BTreeMap<String, RefOr<Schema>> = BTreeMap::new();
        for (name, schema) in schemas() {
            let before = seen.insert(name.clone(), schema.clone());
            assert!(before.is_none_or(|before| before == schema), "{name} is two things on the wire");
        }
    }
}
