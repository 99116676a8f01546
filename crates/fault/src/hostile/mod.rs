//! A hostile HTTP server in front of the real one: by a script it spoils answers, down to the last byte, before or after the real server
//! has done its work. What no plan asks for passes untouched. It speaks HTTP/1.1 on loopback and remembers what it was asked.

mod answer;
mod front;
mod request;
mod script;

pub use answer::{Answer, Reply, Then};
pub use front::Front;
pub use request::Asked;
pub use script::{Plan, Script};
