//! A handler starts a child with a cancel token of its own; the request ends, the child waits for ever.

use crate::{Leak, Museum, tokio_alone};
use paceline_supervise::{Breach, NamedExt as _, Until};
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn a_handlers_child_with_a_token_of_its_own_is_named() {
    let museum = Museum::open();
    let request = museum.fleet.request("POST /v1/orders", "o17");
    request.spawn("notify-driver", Until::Request, async {
        let own = CancellationToken::new();
        own.cancelled().named("driver's answer").await;
    });
    let (line, at) = (line!() - 4, line!() - 2);
    tokio::task::yield_now().await;
    // The response is sent. `own` is never cancelled.
    drop(request);
    let at = Some(("driver's answer", at));
    let leak = Leak { breach: Breach::Outlived, task: "notify-driver", line, owner: "o17", at };
    museum.names(file!(), leak).await;
}

#[tokio::test]
async fn tokio_alone_shows_a_number() {
    tokio_alone(async { CancellationToken::new().cancelled().await }).await;
}
