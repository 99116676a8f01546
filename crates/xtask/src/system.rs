//! The packages of the operating system that a command needs: on Debian and its relatives they are looked up and installed, as
//! root at once, else after a question by sudo, else by the person with the command that is printed. Elsewhere they are listed.
//! When all are there, nothing is asked of the package system but what is installed.

use crate::failure::Failure;
use crate::program::{Echo, Program};
use crate::step::{self, Step};

/// A C compiler and what the C code of our dependencies needs.
pub(crate) const COMPILE: &[&str] = &["build-essential", "pkg-config", "perl"];
/// The web view that the desktop links.
pub(crate) const WEB_VIEW: &[&str] = &["libwebkit2gtk-4.1-dev"];
/// The typeface of the page and of the specimen cards.
pub(crate) const FONTS: &[&str] = &["fonts-noto-cjk"];
/// A screen without a screen, and the message bus that a desktop session would have.
pub(crate) const DISPLAY: &[&str] = &["xvfb", "dbus"];
/// Drives the window.
pub(crate) const WINDOW: &[&str] = &["webkit2gtk-driver"];
/// Runs the calendars in Python that ours is compared with, in an environment of their own.
pub(crate) const PYTHON: &[&str] = &["python3", "python3-venv"];
/// Tried on the encrypted files by the tests.
pub(crate) const DATABASE_SHELL: &[&str] = &["sqlite3"];
/// Makes the system calls of a program fail, and notes what it wrote and synced: a failing disk and a lost power supply for the tests.
pub(crate) const FAILING_DISK: &[&str] = &["strace"];

/// The oldest Node.js that the tools run on.
const NODE_MAJOR: u32 = 20;

/// Makes sure that the packages of these groups are installed.
pub(crate) fn ensure(step: &mut Step, groups: &[&[&str]]) -> Result<(), Failure> {
    let wanted: Vec<&str> = groups.concat();
    if !is_debian(&std::fs::read_to_string("/etc/os-release").unwrap_or_default()) {
        step.say(&format!(
            "      This is not Debian or Ubuntu. Needed here, under the names that your system gives them: {}",
            wanted.join(", ")
        ));
        return Ok(());
    }
    let missing = missing(&wanted, &installed(&wanted)?);
    if missing.is_empty() {
        step.skip("all installed");
        return Ok(());
    }
    let install = install_arguments(&missing);
    if is_root() {
        step.say(&format!("      installing {}", missing.join(" ")));
        apt(&["update"], false, step)?;
        return apt(&as_strs(&install), false, step);
    }
    let typed = format!("sudo apt-get update && sudo apt-get {}", install.join(" "));
    if step::can_ask() {
        step.say(&format!("      missing: {}", missing.join(" ")));
        if step::ask("      Install them with sudo?") {
            apt(&["update"], true, step)?;
            return apt(&as_strs(&install), true, step);
        }
    }
    Err(Failure::of(format!("system packages are missing. Install them with:\n    {typed}")))
}

/// Makes sure that Node.js and npm are there, which come with no package of ours.
pub(crate) fn ensure_node() -> Result<(), Failure> {
    let needed =
        || Failure::of(format!("Node.js {NODE_MAJOR} or newer with npm is needed; install it and run this again"));
    let version = Program::new("node").arg("--version").read().map_err(|_| needed())?;
    Program::new(npm()).arg("--version").read().map_err(|_| needed())?;
    match node_major(&version) {
        Some(major) if major >= NODE_MAJOR => Ok(()),
        _ => Err(Failure::of(format!("Node.js {NODE_MAJOR} or newer is needed; this is {}", version.trim()))),
    }
}

/// The name of npm's program.
pub(crate) fn npm() -> &'static str {
    if cfg!(windows) { "npm.cmd" } else { "npm" }
}

/// Whether a window can be opened here without our help.
pub(crate) fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

fn node_major(version: &str) -> Option<u32> {
    version.trim().trim_start_matches('v').split('.').next()?.parse().ok()
}

fn apt(arguments: &[&str], with_sudo: bool, step: &mut Step) -> Result<(), Failure> {
    let program = Program::new("env").args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]).args(arguments);
    let program = if with_sudo { program.under("sudo", [] as [&str; 0]) } else { program };
    program.run(step, Echo::Quiet)
}

fn install_arguments(packages: &[&str]) -> Vec<String> {
    ["install", "-y", "--no-install-recommends"].iter().chain(packages).map(|word| (*word).to_owned()).collect()
}

fn as_strs(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}

fn installed(wanted: &[&str]) -> Result<String, Failure> {
    // Ends with 1 when a package is unknown to it, which is an answer and not a failure: so it is asked for all that it knows.
    Program::new("dpkg-query")
        .args(["--show", "--showformat", "${Package} ${db:Status-Status}\n"])
        .read()
        .map_err(|failure| Failure::of(format!("cannot tell whether {} are installed: {failure}", wanted.join(", "))))
}

fn missing<'a>(wanted: &[&'a str], answer: &str) -> Vec<&'a str> {
    let mut missing: Vec<&str> = Vec::new();
    for package in wanted {
        let is_there = answer.lines().any(|line| line.split_once(' ') == Some((package, "installed")));
        if !is_there && !missing.contains(package) {
            missing.push(package);
        }
    }
    missing
}

fn is_debian(os_release: &str) -> bool {
    os_release
        .lines()
        .filter_map(|line| line.split_once('='))
        .filter(|(name, _)| *name == "ID" || *name == "ID_LIKE")
        .flat_map(|(_, value)| value.trim_matches('"').split(' '))
        .any(|id| id == "debian" || id == "ubuntu")
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_installed_packages_count_as_there() {
        let answer = "perl installed\nxvfb config-files\ndbus installed\n";
        assert_eq!(missing(&["perl", "xvfb", "dbus", "sqlite3", "xvfb"], answer), ["xvfb", "sqlite3"]);
    }

    #[test]
    fn debian_and_its_relatives_are_known_by_their_release_file() {
        assert!(is_debian("NAME=\"Debian\"\nID=debian\n"));
        assert!(is_debian("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"));
        assert!(!is_debian("ID=fedora\nID_LIKE=\"rhel\"\n"));
        assert!(!is_debian(""));
    }

    #[test]
    fn the_version_of_node_is_read() {
        assert_eq!(node_major("v20.20.2\n"), Some(20));
        assert_eq!(node_major("what"), None);
    }
}
