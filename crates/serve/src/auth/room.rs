//! The first door: a request names this server, and what changes something is not sent by a stranger's web page.
//!
//! A page may send a form, or text, to any address without asking; the browser then says in `Origin` and `Sec-Fetch-Site`
//! whose page it was. Both are looked at here, and every body that changes something must be said to be JSON (or lines of it),
//! which no form is. Sources: WHATWG Fetch, "CORS-safelisted request-header"; W3C Fetch Metadata.

use super::arrival::Arrival;
use super::audit::{Audit, Line, Trail};
use super::gate::refusal;
use super::identity::Identity;
use super::names::Names;
use super::oidc::IssuerMetrics;
use super::options::AuthOptions;
use super::principal::Who;
use super::wrong::Refused;
use crate::error::ServeError;
use crate::problem::Problem;
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use paceline_api::Code;
use paceline_supervise::Scope;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;
use std::net::SocketAddr;
use std::sync::Arc;

/// Doors that are set up and not yet watched.
pub(crate) struct Doors {
    names: Names,
    identity: Option<Arc<Identity>>,
    refused: Refused,
    issuer: IssuerMetrics,
    trail: Option<Trail>,
}

impl Doors {
    /// Errors: keys or certificates cannot be used, the issuer not be asked, or the audit not be written.
    pub(crate) fn new(options: &AuthOptions, listen: SocketAddr) -> Result<Self, ServeError> {
        let trail = options.audit_file.as_deref().map(|file| {
            Trail::open(file, options.audit_bytes_max)
                .map_err(|cause| ServeError::Audit { file: file.to_owned(), cause })
        });
        let (refused, issuer) = (Refused::default(), IssuerMetrics::default());
        Ok(Self {
            names: Names::new(&options.names, listen.ip()),
            identity: Identity::new(options, refused.clone(), issuer.clone())?.map(Arc::new),
            refused,
            issuer,
            trail: trail.transpose()?,
        })
    }

    /// Starts what watches the keys and writes the audit. They end with the scope, and with the last request.
    pub(crate) fn start(self, scope: &Scope, r: &mut Registry) -> Arc<Room> {
        self.refused.register(r);
        self.issuer.register(r);
        let lost = Counter::default();
        r.register("audit_lines_lost", "Acts that are not in the audit", lost.clone());
        if let Some(identity) = &self.identity {
            identity.start(scope);
        }
        let audit = self.trail.map(|trail| Audit::start(trail, &scope.spawner(), lost));
        Arc::new(Room { names: self.names, identity: self.identity, audit })
    }
}

/// What every request is held against before it is routed.
pub(crate) struct Room {
    names: Names,
    /// Without it, nobody is asked who they are.
    identity: Option<Arc<Identity>>,
    audit: Option<Audit>,
}

impl Room {
    /// What is wrong with those by whom it is known who comes, for whoever looks after the server.
    pub(crate) fn trouble(&self) -> Option<&'static str> {
        self.identity.as_ref().and_then(|identity| identity.trouble())
    }

    /// Errors: no host, or two; a name that is not ours; a write from another site.
    fn admit(&self, request: &Request) -> Result<(), Problem> {
        // A connection that is not said to come in by any address is none of a listener's.
        let local = request.extensions().get::<Arrival>().map(|arrival| arrival.local);
        let host = host(request)?;
        if let Some(host) = &host
            && !local.is_some_and(|local| self.names.have(host, local))
        {
            let detail = format!(
                "This server is not called {}: ask it by an address of its own, or add the name to [auth] names.",
                host.host()
            );
            return Err(Problem::new(Code::E0112, detail));
        }
        if request.method().is_safe() { Ok(()) } else { same_site(request.headers(), host.as_ref()) }
    }
}

/// Lets a request in, or says why not.
pub(crate) async fn enter(State(room): State<Arc<Room>>, mut request: Request, next: Next) -> Response {
    if let Err(problem) = room.admit(&request) {
        return problem.into_response();
    }
    let arrival = request.extensions().get::<Arrival>();
    let from = arrival.map(|arrival| arrival.remote);
    let who = match &room.identity {
        None => Who::Unasked,
        Some(identity) => match identity.who(request.headers(), arrival).await {
            Ok(who) => who,
            Err(problem) => return refusal(problem),
        },
    };
    request.extensions_mut().insert(who.clone());
    let Some(audit) = &room.audit else { return next.run(request).await };
    let line = Line::new(&request, &who, from);
    let response = next.run(request).await;
    audit.answered(line, &who, &response);
    response
}

/// Whom a request is to; `None`: an HTTP/1.0 client, which need not say. What stands in the request line goes before the header.
/// Source: RFC 9112, 3.2.
fn host(request: &Request) -> Result<Option<Authority>, Problem> {
    let wrong = |detail: &str| Problem::new(Code::E0111, detail);
    let mut headers = request.headers().get_all(header::HOST).iter();
    let header = headers.next();
    if headers.next().is_some() {
        return Err(wrong("There are two Host headers: send one."));
    }
    if header.is_none() && request.version() >= Version::HTTP_11 {
        return Err(wrong("There is no Host header: send the name of this server in one."));
    }
    let read = |value: &HeaderValue| Authority::try_from(value.as_bytes()).ok();
    let said = header.map(|value| read(value).ok_or_else(|| wrong("Host is no name of a host.")));
    Ok(request.uri().authority().cloned().or(said.transpose()?))
}

/// Errors: a browser says that a page of another site sends this.
fn same_site(headers: &HeaderMap, host: Option<&Authority>) -> Result<(), Problem> {
    let foreign = |what: String| {
        let detail = format!("{what}: only pages of this server itself may change something.");
        Err(Problem::new(Code::E0113, detail))
    };
    if let Some(origin) = headers.get(header::ORIGIN) {
        let shown = String::from_utf8_lossy(origin.as_bytes()).chars().take(80).collect::<String>();
        // Whether it is `http` or `https` is for a proxy to know; the host and its port are the same on both sides of it.
        let of_page = shown.split_once("://").map(|(_, authority)| authority);
        let ours = of_page.zip(host).is_some_and(|(page, host)| page.eq_ignore_ascii_case(host.as_str()));
        return if ours { Ok(()) } else { foreign(format!("Origin is {shown:?}")) };
    }
    match headers.get("sec-fetch-site").map(|site| site.as_bytes()) {
        None | Some(b"same-origin" | b"none") => Ok(()),
        Some(other) => foreign(format!("Sec-Fetch-Site is {:?}", String::from_utf8_lossy(other))),
    }
}
