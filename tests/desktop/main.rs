//! The IPC boundary on Tauri's mock runtime, with the real permissions: which commands exist, which window may call them, what their
//! arguments and errors look like. No web view, no display.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod boundary;
mod notification;
mod permissions;
