//! Ctrl-C and the signals to end set one flag. Whoever waits for a program looks at it, stops the program and gives up, so that
//! nothing that was started stays behind. A second Ctrl-C ends this program at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

static FLAG: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| Arc::new(AtomicBool::new(false)));

/// Starts to listen for the signals.
pub(crate) fn listen() {
    #[cfg(unix)]
    let signals = [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP];
    #[cfg(not(unix))]
    let signals = [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM];
    for signal in signals {
        // The order matters: the first signal finds the flag down and raises it, the second finds it up and ends the program.
        let _ = signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&FLAG));
        let _ = signal_hook::flag::register(signal, Arc::clone(&FLAG));
    }
}

/// Whether somebody asked this program to end.
pub(crate) fn raised() -> bool {
    FLAG.load(Ordering::SeqCst)
}
