//! A record of a cluster: what its API server said, and when, so that it can be played again without the cluster.
//!
//! JSON lines. The first says what the file is; every other has a time, `at_ms`, in milliseconds of the epoch, and `said`, one of these:
//!
//! ```text
//! {"is": ["pod", {..}]}                       an object is there, or has changed
//! {"gone": ["pod", "default", "a"]}           it is not there any more
//! "complete"                                  everything was listed once: what is there at the beginning stands above this line
//! {"gap": {"since_ms": .., "of": "pod", ..}}  nothing was heard since then, of one kind or of all; what follows was found afterwards
//! {"caught_up": "pod"}                        what was missed of a kind has been made up for
//! "still"                                     somebody still listens, and nothing has changed: now and then, and at the end
//! ```
//! An object has the fields that decisions read, as the API has them, and no others (`fields`): no environment, no arguments, no images, no
//! secrets, of annotations those that are read. Names may be masked (`mask`). Who asks the server is `client`, who plays it is the simulator.

mod cut;
mod fields;
mod form;
mod kind;
mod line;
mod mask;
mod reading;
mod recorder;

pub use cut::DISRUPTED;
pub use kind::{Kind, Object, OfKind};
pub use line::{Gap, Line, Said};
pub use mask::Mask;
pub use reading::{Event, RecordError, Recorded, is_record, read};
pub use recorder::{Recorder, Word};

/// What the first line of a record says that it is.
const FORMAT: &str = "paceline-kubernetes-record";
/// The newest version of the format, which is what is written.
const VERSION: u32 = 1;
