//! Drives the built program in its real window, as a person would: tauri-driver, WebKitWebDriver, fantoccini.
//!
//! Finds things by `data-testid` only. Waiting is always for something to appear, with a bound; there is no sleep as synchronisation.

use std::ffi::OsString;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::error::{CmdError, NewSessionError};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};
use thiserror::Error;

/// How long to wait for something to appear. Generous: two cores run window, server and web view at once.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The Enter key.
pub const ENTER: &str = "\u{E007}";
/// The Escape key.
pub const ESCAPE: &str = "\u{E00C}";
/// The left arrow, as WebDriver names it.
pub const LEFT: &str = "\u{E012}";
/// The up arrow.
pub const UP: &str = "\u{E013}";
/// Holds Control for the keys after it, until [`RELEASE`].
pub const CONTROL: &str = "\u{E009}";
/// Releases held keys.
pub const RELEASE: &str = "\u{E000}";

/// A row of the queue that can be reviewed without the server.
const FIRST_READY: &str = "[data-testid=\"queue-row\"][data-lease=\"mine\"][data-offline-ready=\"true\"]";

/// WebKitGTK takes a picture with the next repaint, which never comes on a page where nothing moves.
const KEEP_PAINTING: &str = "let odd = false; window.repaint = setInterval(() => {
    odd = !odd; document.body.style.opacity = odd ? '0.9999' : '1'; }, 30)";
const STOP_PAINTING: &str = "clearInterval(window.repaint); document.body.style.removeProperty('opacity')";

/// Why driving the window failed.
#[derive(Debug, Error)]
pub enum WindowError {
    /// tauri-driver is not where it was said to be, or does not start.
    #[error("tauri-driver cannot be started ({0}); `cargo xtask test` installs it")]
    Driver(std::io::Error),
    /// No free port on loopback.
    #[error("no free port: {0}")]
    Port(std::io::Error),
    /// The program did not open its window.
    #[error("the window did not open: {0}")]
    Session(#[from] NewSessionError),
    /// A WebDriver command failed.
    #[error("the window answered: {0}")]
    Command(#[from] CmdError),
    /// Something did not appear in time; the page's text is given, synthetic data only.
    #[error("{what} did not happen within {} s; the page shows: {page}", PATIENCE.as_secs())]
    Late {
        /// What was waited for.
        what: String,
        /// The page's text.
        page: String,
    },
    /// A picture could not be read.
    #[error("the picture cannot be read: {0}")]
    Picture(#[from] image::ImageError),
}

/// What to open.
#[derive(Debug, Clone)]
pub struct WindowOptions {
    /// The built desktop program.
    pub app: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// tauri-driver.
    pub tauri_driver: PathBuf,
    /// More environment, such as `XDG_DATA_HOME`, `TMPDIR`.
    pub env: Vec<(OsString, OsString)>,
}

/// The open window.
#[derive(Debug)]
pub struct Window {
    client: Client,
    driver: Child,
}

fn free_port() -> Result<u16, WindowError> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(WindowError::Port)?;
    Ok(listener.local_addr().map_err(WindowError::Port)?.port())
}

fn test_id(id: &str) -> String {
    format!("[data-testid=\"{id}\"]")
}

impl Window {
    /// Starts the program and waits for its page.
    ///
    /// # Errors
    /// When driver or program do not start.
    #[expect(clippy::disallowed_methods, reason = "this module owns the driver process")]
    pub async fn open(options: &WindowOptions) -> Result<Self, WindowError> {
        let (port, native) = (free_port()?, free_port()?);
        let driver = Command::new(&options.tauri_driver)
            .args(["--port", &port.to_string(), "--native-port", &native.to_string()])
            .env("NO_AT_BRIDGE", "1")
            .envs(options.env.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(WindowError::Driver)?;
        let mut window = Unopened(Some(driver));
        let mut capabilities = Map::new();
        // No browserName: WebKitWebDriver would compare it with its own.
        capabilities.insert("tauri:options".into(), json!({ "application": options.app, "args": options.args }));
        let started = std::time::Instant::now();
        let client = loop {
            let attempt = ClientBuilder::new(HttpConnector::new())
                .capabilities(capabilities.clone())
                .connect(&format!("http://127.0.0.1:{port}"))
                .await;
            match attempt {
                Ok(client) => break client,
                Err(NewSessionError::Lost(_) | NewSessionError::Failed(_) | NewSessionError::FailedC(_))
                    if started.elapsed() < PATIENCE =>
                {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                Err(error) => return Err(error.into()),
            }
        };
        let Some(driver) = window.0.take() else {
            return Err(WindowError::Driver(std::io::Error::other("the driver is gone")));
        };
        let window = Self { client, driver };
        window.wait_css("body [data-testid]").await?;
        Ok(window)
    }

    /// Closes the window as a person would, and waits for the program's end.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn close(mut self) -> Result<(), WindowError> {
        let closed = self.client.clone().close().await;
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        closed.map_err(WindowError::from)
    }

    /// Waits for an element of this test id.
    ///
    /// # Errors
    /// [`WindowError::Late`] with what the page shows instead.
    pub async fn wait(&self, id: &str) -> Result<Element, WindowError> {
        self.wait_css(&test_id(id)).await
    }

    /// Waits for an element of this CSS selector.
    ///
    /// # Errors
    /// [`WindowError::Late`] with what the page shows instead.
    pub async fn wait_css(&self, css: &str) -> Result<Element, WindowError> {
        match self.client.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await {
            Ok(element) => Ok(element),
            Err(CmdError::WaitTimeout) => Err(self.late(format!("{css} appearing")).await),
            Err(error) => Err(error.into()),
        }
    }

    /// Waits until no element matches.
    ///
    /// # Errors
    /// [`WindowError::Late`] when one stays.
    pub async fn wait_gone(&self, css: &str) -> Result<(), WindowError> {
        self.wait_until(&format!("{css} going"), &format!("return document.querySelector({css:?}) === null")).await
    }

    /// Waits until a script returns true.
    ///
    /// # Errors
    /// [`WindowError::Late`] when it does not in time.
    pub async fn wait_until(&self, what: &str, script: &str) -> Result<(), WindowError> {
        let started = std::time::Instant::now();
        while started.elapsed() < PATIENCE {
            if self.client.execute(script, vec![]).await? == Value::Bool(true) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(self.late(what.to_owned()).await)
    }

    async fn late(&self, what: String) -> WindowError {
        let page = match self.client.execute("return document.body.innerText", vec![]).await {
            Ok(Value::String(text)) => text.split_whitespace().collect::<Vec<_>>().join(" "),
            _ => "(nothing)".to_owned(),
        };
        WindowError::Late { what, page }
    }

    /// Clicks the element of this test id.
    ///
    /// # Errors
    /// When it does not appear or cannot be clicked.
    pub async fn click(&self, id: &str) -> Result<(), WindowError> {
        Ok(self.wait(id).await?.click().await?)
    }

    /// Replaces what stands in a field.
    ///
    /// # Errors
    /// When the field does not appear or refuses.
    pub async fn fill(&self, id: &str, text: &str) -> Result<(), WindowError> {
        let field = self.wait(id).await?;
        field.clear().await?;
        Ok(field.send_keys(text).await?)
    }

    /// Presses keys on whatever has the focus, as a keyboard does.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn press(&self, keys: &str) -> Result<(), WindowError> {
        Ok(self.client.active_element().await?.send_keys(keys).await?)
    }

    /// The text of the element of this test id.
    ///
    /// # Errors
    /// When it does not appear.
    pub async fn text(&self, id: &str) -> Result<String, WindowError> {
        Ok(self.wait(id).await?.text().await?)
    }

    /// An attribute of the first element that matches; `None` when the element has none.
    ///
    /// # Errors
    /// When the element does not appear.
    pub async fn attribute(&self, css: &str, name: &str) -> Result<Option<String>, WindowError> {
        Ok(self.wait_css(css).await?.attr(name).await?)
    }

    /// The attribute of every element that matches now, in the page's order.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn attributes(&self, css: &str, name: &str) -> Result<Vec<String>, WindowError> {
        let script =
            "return [...document.querySelectorAll(arguments[0])].map((e) => e.getAttribute(arguments[1]) ?? '')";
        let answer = self.client.execute(script, vec![json!(css), json!(name)]).await?;
        Ok(answer
            .as_array()
            .map(|list| list.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            .unwrap_or_default())
    }

    /// Runs a script in the page and returns what it returns.
    ///
    /// # Errors
    /// When the script fails.
    pub async fn script(&self, script: &str, arguments: Vec<Value>) -> Result<Value, WindowError> {
        Ok(self.client.execute(script, arguments).await?)
    }

    /// Runs a script that calls its last argument when it is done.
    ///
    /// # Errors
    /// When the script fails.
    pub async fn script_async(&self, script: &str, arguments: Vec<Value>) -> Result<Value, WindowError> {
        Ok(self.client.execute_async(script, arguments).await?)
    }

    /// A picture of the whole page, PNG.
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn screenshot(&self) -> Result<Vec<u8>, WindowError> {
        self.client.execute(KEEP_PAINTING, vec![]).await?;
        let picture = self.client.screenshot().await;
        self.client.execute(STOP_PAINTING, vec![]).await?;
        Ok(picture?)
    }

    /// Saves a picture of the whole page.
    ///
    /// # Errors
    /// When the driver refuses or the file cannot be written.
    pub async fn save_screenshot(&self, path: &Path) -> Result<(), WindowError> {
        let png = self.screenshot().await?;
        std::fs::write(path, png).map_err(WindowError::Driver)
    }

    /// A picture of the element of this test id alone, PNG.
    ///
    /// # Errors
    /// When it does not appear.
    pub async fn screenshot_of(&self, id: &str) -> Result<Vec<u8>, WindowError> {
        let element = self.wait(id).await?;
        self.client.execute(KEEP_PAINTING, vec![]).await?;
        let picture = element.screenshot().await;
        self.client.execute(STOP_PAINTING, vec![]).await?;
        Ok(picture?)
    }

    /// Opens the most urgent case that is leased with all its photos: the first such row of the queue.
    ///
    /// # Errors
    /// When none gets ready or the case does not appear.
    pub async fn open_most_urgent_ready_case(&self) -> Result<(), WindowError> {
        self.wait_css(FIRST_READY).await?.click().await?;
        self.press(ENTER).await?;
        self.wait("case-view").await.map(drop)
    }

    /// A picture of the photo viewer, and where in it the photo is painted: left, top, width, height.
    ///
    /// # Errors
    /// When no photo gets painted.
    pub async fn painted_photo(&self) -> Result<(image::RgbImage, [u32; 4]), WindowError> {
        let canvas = self.wait_css("[data-testid=\"photo-canvas\"][data-state=\"painted\"]").await?;
        let picture = image::load_from_memory(&self.screenshot_of("photo-canvas").await?)?.into_rgb8();
        let place = canvas.attr("data-rect").await?.unwrap_or_default();
        let mut numbers =
            place.split(',').map(|number| number.parse::<f64>().map_or(0, |number| number.round() as u32));
        let place = std::array::from_fn(|_| numbers.next().unwrap_or(0));
        Ok((picture, place))
    }

    /// Signs in with an account that has no vault here yet, and waits for the queue.
    ///
    /// # Errors
    /// When the queue does not appear.
    pub async fn sign_in(&self, server: &str, account: &str, password: &str) -> Result<(), WindowError> {
        self.fill("session-server", server).await?;
        self.fill("session-account", account).await?;
        self.fill("session-password", password).await?;
        self.click("session-submit").await?;
        self.wait("queue-grid").await.map(drop)
    }

    /// Unlocks the vault that is offered first, and waits for the queue.
    ///
    /// # Errors
    /// When the queue does not appear.
    pub async fn unlock(&self, password: &str) -> Result<(), WindowError> {
        self.fill("session-unlock-password", password).await?;
        self.click("session-unlock-submit").await?;
        self.wait("queue-grid").await.map(drop)
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Ends the driver when opening fails half-way.
struct Unopened(Option<Child>);

impl Drop for Unopened {
    fn drop(&mut self) {
        if let Some(driver) = &mut self.0 {
            let _ = driver.kill();
            let _ = driver.wait();
        }
    }
}
