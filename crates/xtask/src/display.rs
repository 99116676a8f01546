//! A screen for a window where there is none: Xvfb on a free number, and a message bus of the window's own. Both end with what
//! they were started for.

use std::time::Duration;

use crate::failure::Failure;
use crate::program::{Program, Running};
use crate::workspace::Workspace;

/// A running Xvfb.
#[derive(Debug)]
pub(crate) struct Display {
    name: String,
    // Ends the server when this is dropped.
    _server: Running,
}

impl Display {
    /// Starts Xvfb and waits until it takes windows.
    pub(crate) fn start(workspace: &Workspace) -> Result<Self, Failure> {
        let logs = workspace.logs();
        let _ = std::fs::create_dir_all(&logs);
        let mut server = Program::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1440x900x24", "-nolisten", "tcp"])
            .start(&logs.join("xvfb.log"))?;
        // It picks a free number and writes it once it is ready.
        let number = server.first(Duration::from_secs(30), |line| line.trim().parse::<u32>().ok())?;
        Ok(Display { name: format!(":{number}"), _server: server })
    }

    /// A program that shows its windows here, with a message bus of its own.
    pub(crate) fn on(&self, program: Program) -> Program {
        quiet(program.setting("DISPLAY", &self.name).setting("WAYLAND_DISPLAY", ""))
            .setting("GDK_BACKEND", "x11")
            .under("dbus-run-session", ["--"])
            .apart()
    }
}

/// Settings that a web view needs where there is no graphics card and nobody with a screen reader.
fn quiet(program: Program) -> Program {
    program
        .setting("NO_AT_BRIDGE", "1")
        .setting("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
        .setting("LIBGL_ALWAYS_SOFTWARE", "1")
}
