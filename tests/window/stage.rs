//! A computer with the built program, an office with its server, and the moves that all journeys share.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use casework::CaseId;
use tempfile::TempDir;
use testkit::author::Author;
use testkit::office::{Office, PASSWORD};
use testkit::picture;
use testkit::server::{ServerOptions, ServerProcess, binary, run_alone};
use testkit::window::{Window, WindowOptions};
use uuid::Uuid;

/// Where pictures of all screens are left, to be looked at.
const PICTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/window-pictures");

/// An office with its server in a folder of its own.
pub(crate) struct Stage {
    pub(crate) folder: TempDir,
    pub(crate) office: Office,
    server: Option<ServerProcess>,
}

impl Stage {
    pub(crate) async fn new(cases: u32, adjust: impl FnOnce(&mut ServerOptions)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (office, server) = Office::open(folder.path(), cases, adjust).await.unwrap();
        Self { folder, office, server: Some(server) }
    }

    pub(crate) fn url(&self) -> String {
        self.server.as_ref().unwrap().url().as_str().to_owned()
    }

    pub(crate) fn server_log(&self) -> PathBuf {
        self.server.as_ref().unwrap().log().to_owned()
    }

    /// Calls the server as this person, for what no desk offers. Gives the HTTP status.
    pub(crate) async fn post_as(&self, account: &str, path: &str) -> u16 {
        let server = self.server.as_ref().unwrap();
        let token = server.sign_in(account, PASSWORD).await.unwrap().access_token;
        server.post(&token, path, &serde_json::json!({})).await.unwrap()
    }

    /// Approves a case as this person, on a computer of their own.
    pub(crate) async fn approve_as(&self, account: &str, case_id: &str) {
        let server = self.server.as_ref().unwrap().url();
        let author = Author::sign_in(server, account, PASSWORD, Uuid::from_u128(0x0ff1ce)).await.unwrap();
        let lease = author.lease(CaseId(case_id.parse().unwrap())).await.unwrap();
        let payload = author.payload(&lease, "approve", &[], self.office.options.now.unwrap().timestamp_millis());
        let (status, body) = author.deliver(&payload, &author.seal(&payload).unwrap()).await.unwrap();
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    }

    /// Gives an account another password, as an administrator does.
    pub(crate) fn reset_password(&self, account: &str, password: &str) {
        let data = self.office.data().display().to_string();
        let arguments = ["account", "reset", "--account", account, "--password-stdin", "--data", &data];
        run_alone("account reset", &arguments, password).unwrap();
    }

    pub(crate) fn stop_server(&mut self) {
        self.server.take().unwrap().stop().unwrap();
    }

    pub(crate) fn start_server(&mut self) {
        self.server = Some(self.office.start_again().unwrap());
    }

    pub(crate) fn computer(&self) -> Computer {
        Computer::in_folder(self.folder.path().join("computer"))
    }
}

/// A reviewer's computer: every folder that a program may write to is inside one folder.
pub(crate) struct Computer {
    pub(crate) folder: PathBuf,
}

impl Computer {
    pub(crate) fn in_folder(folder: PathBuf) -> Self {
        for name in ["data", "cache", "config", "runtime", "temp", "home"] {
            std::fs::create_dir_all(folder.join(name)).unwrap();
        }
        Self { folder }
    }

    /// Starts the program and waits for its first screen, in Chinese.
    pub(crate) async fn start(&self) -> Window {
        let window = self.start_in_system_language().await;
        speak(&window, "zh").await;
        window
    }

    pub(crate) async fn start_in_system_language(&self) -> Window {
        self.start_with(&[]).await
    }

    pub(crate) async fn start_with(&self, arguments: &[&str]) -> Window {
        let mut args = vec!["--data".to_owned(), self.folder.join("data/review-desk").display().to_string()];
        args.extend(arguments.iter().map(|&argument| argument.to_owned()));
        let variable = |name: &str, folder: &str| (OsString::from(name), self.folder.join(folder).into_os_string());
        Window::open(&WindowOptions {
            app: binary("review-desk").unwrap(),
            args,
            tauri_driver: tauri_driver(),
            env: vec![
                variable("XDG_DATA_HOME", "data"),
                variable("XDG_CACHE_HOME", "cache"),
                variable("XDG_CONFIG_HOME", "config"),
                variable("TMPDIR", "temp"),
                variable("HOME", "home"),
            ],
        })
        .await
        .unwrap()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data/review-desk")
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place of these tests that reads the environment")]
fn tauri_driver() -> PathBuf {
    PathBuf::from(std::env::var("TAURI_DRIVER").unwrap_or_else(|_| "tauri-driver".into()))
}

/// Switches the language if it is another one; without a restart.
pub(crate) async fn speak(window: &Window, language: &str) {
    let is = format!("return document.documentElement.lang.startsWith({language:?})");
    if window.script(&is, vec![]).await.unwrap() != true {
        window.click("language-switch").await.unwrap();
        window.wait_until("the language", &is).await.unwrap();
    }
}

/// Signs in as this reviewer for the first time.
pub(crate) async fn sign_in(window: &Window, server: &str, account: &str) {
    window.sign_in(server, account, PASSWORD).await.unwrap();
}

/// Waits until this many cases can be reviewed without the server.
pub(crate) async fn until_ready(window: &Window, count: usize) {
    let script = format!(
        "const strip = document.querySelector('[data-testid=\"strip-offline-ready\"]');
         return strip !== null && Number(strip.dataset.count) >= {count} && document.querySelector('[data-testid=\"strip-pull\"]') === null"
    );
    window.wait_until("cases getting ready", &script).await.unwrap();
}

/// Waits for the photo, and compares what is painted with the rendition of one photo of this case. Returns the mean difference.
pub(crate) async fn difference_of_painted_photo(window: &Window, office: &Office, kind: &str) -> f64 {
    let case_id = window.attribute("[data-testid=\"case-view\"]", "data-case-id").await.unwrap().unwrap();
    let (canvas, place) = window.painted_photo().await.unwrap();
    assert!(picture::variation(&canvas) > 5.0, "the canvas is not blank");
    picture::difference_at(&canvas, place, &rendition(office, &case_id, kind)).unwrap()
}

/// The rendition that the photo worker makes of one photo of a case.
fn rendition(office: &Office, case_id: &str, kind: &str) -> image::RgbImage {
    let photos = office.database().photos(case_id).unwrap();
    let (_, _, original) = photos.into_iter().find(|(known, _, _)| known == kind).unwrap();
    let rendition = photo::fit_in_process(&original, photo::FIT_SIDE).unwrap();
    image::load_from_memory(&rendition.jpeg).unwrap().into_rgb8()
}

/// Leaves a picture of the screen under this name.
pub(crate) async fn picture_of(window: &Window, name: &str) {
    std::fs::create_dir_all(PICTURES).unwrap();
    window.save_screenshot(&Path::new(PICTURES).join(format!("{name}.png"))).await.unwrap();
}

/// Decides the case on the screen: approve. Waits until it is saved.
pub(crate) async fn approve(window: &Window) {
    let case_id = window.attribute("[data-testid=\"case-view\"]", "data-case-id").await.unwrap().unwrap();
    choose(window, "approve").await;
    confirm(window, &case_id).await;
}

/// Decides the case on the screen: reject for this reason. Waits until it is saved.
pub(crate) async fn reject(window: &Window, reason: &str, text: &str) {
    let case_id = window.attribute("[data-testid=\"case-view\"]", "data-case-id").await.unwrap().unwrap();
    choose(window, "reject").await;
    window.click(&format!("reason-{reason}")).await.unwrap();
    if !text.is_empty() {
        window.fill("decision-text", text).await.unwrap();
    }
    confirm(window, &case_id).await;
}

/// Chooses an opinion; a click in the first 300 ms after a change of case is rightly ignored, so it is repeated until it counts.
pub(crate) async fn choose(window: &Window, opinion: &str) {
    window.wait_css(&format!("[data-testid=\"decision-{opinion}\"]:enabled")).await.unwrap();
    let script = format!(
        "const panel = document.querySelector('[data-testid=\"decision-panel\"]');
         if (panel.dataset.kind === {opinion:?}) return true;
         document.querySelector('[data-testid=\"decision-{opinion}\"]').click();
         return false"
    );
    window.wait_until("the choice", &script).await.unwrap();
}

async fn confirm(window: &Window, case_id: &str) {
    window.wait_css("[data-testid=\"decision-confirm\"]:enabled").await.unwrap().click().await.unwrap();
    window.wait_gone(&format!("[data-testid=\"case-view\"][data-case-id=\"{case_id}\"]")).await.unwrap();
}

/// The text of the page.
pub(crate) async fn page_text(window: &Window) -> String {
    let text = window.script("return document.body.innerText", vec![]).await.unwrap();
    text.as_str().unwrap().to_owned()
}
