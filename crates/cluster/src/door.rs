//! How one request finds the server that runs its region, whichever server it came to. Without I/O: whoever carries it says what came
//! back and how long it has been under way.

use paceline_model::{Millis, ServerId};

/// Longest that a request waits for a region that is changing hands.
const WAIT_MAX: Millis = Millis(1_000);

/// Where a region's requests go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// It runs here.
    Here,
    /// It runs on this server, at this URL.
    At(ServerId, String),
    /// Nobody runs it for now.
    Nowhere,
    /// There is no such region.
    Unknown,
}

/// What came of sending a request to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// There is an answer, whatever it says.
    Yes,
    /// The server said that the region is not its, and did nothing; or it was never reached.
    NotDone,
    /// It was sent, and no answer came: it may have been done.
    Unknown,
}

/// What is to be done with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Answer it here.
    Serve,
    /// Send it on.
    Forward(ServerId, String),
    /// Wait for a while until something changed, then ask again.
    Wait,
    /// There is no such region.
    Unknown,
    /// Say that it may be sent again: it was not done.
    Refuse,
    /// Say that it may have been done: whoever sent it under a name of its own may send it again.
    Unanswered,
    /// Pass the answer on.
    Done,
}

/// One request on its way to its region.
#[derive(Clone, Debug)]
pub struct Door {
    /// It came from another server's door, and goes no further.
    forwarded: bool,
    /// A server that said that the region is not its.
    wrong: Option<ServerId>,
    sent_to: Option<ServerId>,
}

impl Door {
    /// A request from a client, or one that another server's door sent here.
    pub fn new(forwarded: bool) -> Self {
        Self { forwarded, wrong: None, sent_to: None }
    }

    /// Where it goes, after it has waited for so long.
    pub fn next(&mut self, route: Route, waited: Millis) -> Step {
        match route {
            Route::Here => Step::Serve,
            Route::Unknown => Step::Unknown,
            // The other door knows no less, and waits for it.
            _ if self.forwarded => Step::Refuse,
            Route::At(server, url) if self.wrong.as_ref() != Some(&server) => {
                self.sent_to = Some(server.clone());
                Step::Forward(server, url)
            }
            _ if waited < WAIT_MAX => {
                // After a while even who said no may have it.
                self.wrong = None;
                Step::Wait
            }
            _ => Step::Refuse,
        }
    }

    /// What follows from what came back.
    pub fn answered(&mut self, answered: Answered) -> Step {
        match answered {
            Answered::Yes => Step::Done,
            Answered::Unknown => Step::Unanswered,
            Answered::NotDone => {
                self.wrong = self.sent_to.take();
                Step::Wait
            }
        }
    }
}
