//! The operator's listener over real HTTP: closed without the token, apart from the public one, and its profiles are
//! what pprof reads.

mod common;

use axum::http::StatusCode;
use common::{get, options, with_admin, with_server};

#[tokio::test]
async fn without_the_token_nothing_is_shown() {
    with_admin(options(), async |_, admin| {
        for path in ["/", "/metrics", "/debug/pprof/profile", "/debug/pprof/heap", "/no/such/path"] {
            let mut stranger = admin.clone();
            for token in [None, Some("0123456789abcdeg"), Some("")] {
                stranger.token = token.map(str::to_owned);
                let answer = stranger.send(get(path)).await;
                assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{path} with {token:?}");
                assert_eq!(answer.headers()["www-authenticate"], "Bearer realm=\"paceline admin\"");
                assert_eq!(answer.json::<serde_json::Value>().await.expect("JSON")["code"], "E0602");
            }
        }
        let shown = admin.must(get("/")).await;
        assert!(shown.as_str().is_some_and(|index| index.contains("/debug/pprof/heap")), "{shown}");
        let figures = admin.must(get("/metrics")).await;
        assert!(figures.as_str().is_some_and(|text| text.contains("paceline_open_orders")), "{figures}");
    })
    .await;
}

#[tokio::test]
async fn the_public_listener_shows_nothing_of_it() {
    with_server(options(), async |api| {
        for path in ["/debug/pprof/profile", "/debug/pprof/heap", "/debug/tasks"] {
            assert_eq!(api.say(get(path)).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    })
    .await;
}

#[cfg(not(feature = "profiles"))]
#[tokio::test]
async fn a_server_built_without_profiles_says_so() {
    with_admin(options(), async |_, admin| {
        let said = admin.say(get("/debug/pprof/heap")).await;
        let expected = "501 E0603 This server was built without the feature `profiles`.";
        assert_eq!(said.to_string(), expected);
    })
    .await;
}

#[tokio::test]
async fn a_profile_of_no_time_is_refused() {
    with_admin(options(), async |_, admin| {
        let said = admin.say(get("/debug/pprof/profile?seconds=0")).await;
        assert_eq!(said.to_string(), "422 E0101 seconds is 0: must lie within 1 and 60");
    })
    .await;
}
