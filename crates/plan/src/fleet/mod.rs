//! What a fleet of vehicles should do: orders to vehicles, shared rides, charging, and where idle vehicles wait.

pub mod charging;
pub mod dispatch;
pub mod pooling;
pub mod reposition;
