//! The end of the program by the system: a signal ends it as closing the window does, so that what was confirmed goes out and every file is
//! closed. A kill needs none of it: whatever was said to be saved is on the disk.

use tauri::{AppHandle, Runtime};

/// Waits for the system to ask for the end, and passes it on.
pub(crate) async fn at_a_signal<R: Runtime>(app: AppHandle<R>) {
    match asked().await {
        Ok(()) => app.exit(0),
        Err(error) => tracing::warn!(%error, "the system cannot ask this program to end"),
    }
}

#[cfg(unix)]
async fn asked() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut term, mut interrupt, mut hang_up) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?, signal(SignalKind::hangup())?);
    tokio::select! {
        _ = term.recv() => {}
        _ = interrupt.recv() => {}
        _ = hang_up.recv() => {}
    }
    Ok(())
}

/// Elsewhere the window is told, and closes.
#[cfg(not(unix))]
async fn asked() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
