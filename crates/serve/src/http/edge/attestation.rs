//! Boxes that are enrolled, nodes that prove themselves, and nodes that an operator lets in again. A node speaks for itself alone.

use crate::auth::Who;
use crate::edge::{Judged, timestamp};
use crate::http::app::App;
use crate::http::body::Body;
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use paceline_api::edge::{
    ChallengeView, EnrolmentToken, NewEnrolment, NewNodeKeys, NewProof, NodeCredential, OpenedCredential,
    ProofTaken,
};
use paceline_api::{Accepted, Code, Nothing};
use paceline_attest::{AttestationKey, Digest, EndorsementKey, Evidence};
use paceline_engine::edge::{Edge, NodeRow};
use paceline_model::edge::{Command, NodeId, NodeKey};
use paceline_model::{Invalid, Rule};

/// Issues a token that lets one box in.
pub(in crate::http) async fn issue_token(
    State(app): State<App<Edge>>,
    Path(text): Path<String>,
    Body(NewEnrolment { replaces }, _): Body<NewEnrolment>,
) -> Result<Json<EnrolmentToken>, Problem> {
    let node = known(&app, &text, |_| ()).await?.0;
    app.own.verifier.policy()?;
    let issued = app.own.verifier.enrolments.issue(node, replaces, app.clock.now());
    let (token, until) = issued.map_err(|error| not_let_in(&error))?;
    app.own.memory.save().await?;
    Ok(Json(EnrolmentToken { token, until }))
}

/// Takes a box's keys, and gives it what only its TPM can open.
pub(in crate::http) async fn enrol(
    State(app): State<App<Edge>>,
    who: Who,
    Path(text): Path<String>,
    Body(body, _): Body<NewNodeKeys>,
) -> Result<Json<NodeCredential>, Problem> {
    let node = own(&app, &who, &text, |_| ()).await?.0;
    let (now, verifier) = (app.clock.now(), &app.own.verifier);
    verifier.policy()?;
    verifier.enrolments.admit(&node, &body.token, now).map_err(|error| not_let_in(&error))?;
    let area = bytes("endorsement_key", &body.endorsement_key)?;
    let endorsement = EndorsementKey::parse(&area).map_err(|error| not_let_in(&error))?;
    let area = bytes("attestation_key", &body.attestation_key)?;
    let attestation = AttestationKey::parse(&area).map_err(|error| not_let_in(&error))?;
    if let Some(roots) = verifier.roots() {
        let chain = body.endorsement_chain.iter().map(|one| bytes("endorsement_chain", one));
        let chain: Vec<Vec<u8>> = chain.collect::<Result<_, _>>()?;
        roots.check(&endorsement, &chain, timestamp(now)).map_err(|error| not_let_in(&error))?;
    }
    let key = NodeKey { attestation: area, endorsement: endorsement.fingerprint().0 };
    let made = verifier.enrolments.make(&node, &endorsement, &attestation, key);
    let made = made.map_err(|error| not_let_in(&error))?;
    app.own.memory.save().await?;
    Ok(Json(NodeCredential { blob: STANDARD.encode(made.blob), seed: STANDARD.encode(made.seed) }))
}

/// The box has opened it: its keys are the node's.
pub(in crate::http) async fn finish_enrolment(
    State(app): State<App<Edge>>,
    who: Who,
    Path(text): Path<String>,
    Body(body, key): Body<OpenedCredential>,
) -> Result<Json<Accepted>, Problem> {
    let node = own(&app, &who, &text, |_| ()).await?.0;
    let secret = bytes("secret", &body.secret)?;
    let finished = app.own.verifier.enrolments.finish(&node, &body.token, &secret, app.clock.now());
    // Where the secret was wrong the token is spent as well.
    app.own.memory.save().await?;
    let (enrolled, replaces) = finished.map_err(|error| not_let_in(&error))?;
    tracing::info!(%node, tpm = %enrolled.tpm(), "a box is enrolled");
    key.tell(&app, text, Command::EnrolKey { node, key: enrolled, replaces }).await
}

/// Opens a challenge for a node.
pub(in crate::http) async fn challenge(
    State(app): State<App<Edge>>,
    who: Who,
    Path(text): Path<String>,
    Body(Nothing {}, _): Body<Nothing>,
) -> Result<Json<ChallengeView>, Problem> {
    let (node, has_key) = own(&app, &who, &text, |row| row.trust.key.is_some()).await?;
    let policy = app.own.verifier.policy()?;
    if !has_key {
        return Err(without_key(&node));
    }
    let opened = app.own.verifier.proofs.challenge(node, app.clock.now());
    let (nonce, until) = opened.map_err(|error| Problem::busy(&format!("No random bytes: {error}")))?;
    let every = app.own.verifier.every;
    let (nonce, pcrs) = (Digest(nonce).to_string(), policy.selection().iter().collect());
    Ok(Json(ChallengeView { nonce, pcrs, until, every_s: every.0.div_ceil(1_000) }))
}

/// Judges a node's answer. A bad one is told to the region before the node hears of it.
pub(in crate::http) async fn prove(
    State(app): State<App<Edge>>,
    who: Who,
    Path(text): Path<String>,
    Body(body, key): Body<NewProof>,
) -> Result<Json<ProofTaken>, Problem> {
    let asked = |row: &NodeRow| row.trust.key.clone().zip(Some(row.last_proof().map(|(_, clock)| clock)));
    let (node, asked) = own(&app, &who, &text, asked).await?;
    let policy = app.own.verifier.policy()?;
    let (own_key, clock) = asked.ok_or_else(|| without_key(&node))?;
    let nonce = Digest::parse(&body.nonce).map_err(|_| {
        let rule = Rule::Shape("must be 64 hexadecimal digits".into());
        Problem::invalid(&Invalid::new("nonce", body.nonce.chars().take(80).collect::<String>(), rule))
    })?;
    let (quote, signature) = (bytes("quote", &body.quote)?, bytes("signature", &body.signature)?);
    let log = body.log.as_deref().map(|log| bytes("log", log)).transpose()?;
    let evidence = Evidence { quote: &quote, signature: &signature, log: log.as_deref() };
    let judged = app.own.verifier.proofs.judge(
        &node,
        (&own_key, clock),
        (&nonce.0, evidence),
        &policy,
        app.clock.now(),
    );
    match judged {
        Judged::Late => {
            let detail =
                "The answer is to no challenge that is open: it was dropped, and says nothing of the node.";
            Err(Problem::new(Code::E0507, detail))
        }
        Judged::Bad(why) => {
            tracing::warn!(%node, why, "a bad proof");
            let detail = format!("Node {node} has not proved itself: {why}.");
            _ = key.tell(&app, text, Command::FailProof(node, why)).await?;
            Err(Problem::new(Code::E0506, detail))
        }
        Judged::Good(clock) => {
            _ = key.tell(&app, text.clone(), Command::Prove(node, clock)).await?;
            let taken =
                |row: &NodeRow| ProofTaken { state: row.trust.state.into(), trusted: row.is_trusted() };
            Ok(Json(known(&app, &text, taken).await?.1))
        }
    }
}

/// Lets a node in again.
pub(in crate::http) async fn readmit(
    State(app): State<App<Edge>>,
    Path(text): Path<String>,
    Body(Nothing {}, key): Body<Nothing>,
) -> Result<Json<Accepted>, Problem> {
    let node = NodeId::new(&text)?;
    let taken = key.tell(&app, text, Command::Readmit(node.clone())).await?;
    app.own.twins.forget(&node);
    app.own.memory.note();
    Ok(taken)
}

/// A node that whoever asks speaks for, with something of its row. Errors: it is another's, or none.
async fn own<T: Send + 'static>(
    app: &App<Edge>,
    who: &Who,
    text: &str,
    of: impl FnOnce(&NodeRow) -> T + Send + 'static,
) -> Result<(NodeId, T), Problem> {
    who.speak_for_node(&NodeId::new(text)?)?;
    known(app, text, of).await
}

async fn known<T: Send + 'static>(
    app: &App<Edge>,
    text: &str,
    of: impl FnOnce(&NodeRow) -> T + Send + 'static,
) -> Result<(NodeId, T), Problem> {
    let id = NodeId::new(text)?;
    let found = app.view.read(|model| model.nodes.get(&id).map(of)).await?;
    found.map(|found| (id, found)).ok_or_else(|| Problem::unknown("node", text))
}

fn without_key(node: &NodeId) -> Problem {
    let detail = format!("Node {node} has no key by which it could prove itself: enrol it first.");
    Problem::new(Code::E0505, detail)
}

fn not_let_in(error: &impl ToString) -> Problem {
    Problem::new(Code::E0508, error.to_string())
}

/// Errors: a field that is no base64.
fn bytes(field: &str, text: &str) -> Result<Vec<u8>, Problem> {
    STANDARD.decode(text).map_err(|error| {
        let rule = Rule::Shape(format!("must be base64: {error}"));
        let said: String = text.chars().take(40).collect();
        Problem::invalid(&Invalid::new(field, said, rule))
    })
}
