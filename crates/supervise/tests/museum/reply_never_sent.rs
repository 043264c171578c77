//! The answer's sender lies in a map of callers whose entry is never removed.

use crate::{Leak, Museum};
use paceline_supervise::{Breach, Until, sync};
use std::collections::BTreeMap;
use std::time::Duration;

#[tokio::test]
async fn what_waits_for_an_answer_that_is_never_sent_is_named() {
    let museum = Museum::open();
    let mut callers = BTreeMap::new();
    let request = museum.fleet.request("GET /v1/orders/o5", "o5");
    let (answer, answered) = sync::oneshot::channel::<u32>("the region's answer");
    callers.insert(5, answer);
    request.spawn("wait", Until::Request, async move {
        answered.recv().await.ok();
    });
    let (line, at) = (line!() - 3, line!() - 2);
    tokio::time::sleep(Duration::from_millis(20)).await;
    drop(request);
    let at = Some(("the region's answer", at));
    museum.names(file!(), Leak { breach: Breach::Outlived, task: "wait", line, owner: "o5", at }).await;
    assert_eq!(callers.len(), 1);
}
