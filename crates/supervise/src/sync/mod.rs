//! Channels, locks and notifications that know which task waits at them and which could end that.
//!
//! They are tokio's own with a name. From what they record it is *proved* that a task can never be woken; the rules are those
//! of reachability: whatever may run can wake whoever waits for what it holds, and what is left over is stuck.
//!
//! - A handle (a sender, the receiver of a full channel, a notification) counts as held by someone who may run, unless its
//!   holder is certain.
//! - It is certain of the guard of a [`Mutex`] and a [`Permit`], which borrow what they guard; of what is kept by [`ThisTask::confine`],
//!   whose lifetime keeps it in its task; and of a handle within the future of the very task that waits through it.
//! - A task counts as waiting only where nothing else can wake it: a count of the clones of its waker shows that there is no timer, no
//!   socket and no other future beside, as in a time-out or a `select!`.
//!
//! What is not seen, and could make a proof wrong: a guard of a `static` mutex that is sent to another task; a `ThisTask` in a
//! `static`; a handle that is lent to a thread of `std::thread::scope`; a future that was begun in one task, holds a guard, and
//! is continued in another; and a future that keeps an older waker than that of its latest poll.

mod confined;
mod locks;
pub mod mpsc;
mod notify;
pub mod oneshot;
mod primitive;
pub mod watch;

pub use confined::{Confined, Handle, ThisTask};
pub use locks::{Mutex, MutexGuard, Permit, Semaphore};
pub use notify::Notify;
pub(crate) use primitive::{Holder, Primitive, Side, Waited, waited};
