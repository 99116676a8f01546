//! Opens the built desktop in a real window, signs in, opens the most urgent case that is leased, checks by its pixels that the photo is
//! painted, and saves a picture. Run by `cargo xtask run --screenshot FILE` under Xvfb and a D-Bus session.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use testkit::picture;
use testkit::server_data::ServerData;
use testkit::window::{Window, WindowOptions};

/// A picture of the desk with the most urgent case open.
#[derive(Debug, Parser)]
struct Options {
    /// The built desktop program
    #[arg(long)]
    app: PathBuf,
    /// Address of the running server
    #[arg(long)]
    server: String,
    /// Sign-in name
    #[arg(long)]
    account: String,
    /// Read the password from standard input
    #[arg(long, required = true)]
    password_stdin: bool,
    /// Folder for the desktop's data
    #[arg(long)]
    data: PathBuf,
    /// The server's data folder, to know what should be painted
    #[arg(long)]
    server_data: PathBuf,
    /// Where the picture goes
    #[arg(long)]
    out: PathBuf,
    /// tauri-driver, if it is not on the path
    #[arg(long, default_value = "tauri-driver")]
    tauri_driver: PathBuf,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return end(&format!("no runtime: {error}"), ExitCode::FAILURE),
    };
    match runtime.block_on(take(&options)) {
        Ok(difference) => end(
            &format!("the photo is painted: mean difference {difference:.1} of 255 from its rendition"),
            ExitCode::SUCCESS,
        ),
        Err(error) => end(&format!("no picture: {error}"), ExitCode::FAILURE),
    }
}

/// The largest mean difference per channel that scaling and re-encoding make.
const TOLERANCE: f64 = 6.0;

async fn take(options: &Options) -> Result<f64, Box<dyn std::error::Error>> {
    let mut password = String::new();
    std::io::stdin().read_to_string(&mut password)?;
    let window = Window::open(&WindowOptions {
        app: options.app.clone(),
        args: vec!["--data".into(), options.data.display().to_string(), "--server".into(), options.server.clone()],
        tauri_driver: options.tauri_driver.clone(),
        env: vec![],
    })
    .await?;
    window.sign_in(&options.server, &options.account, password.trim()).await?;
    window.open_most_urgent_ready_case().await?;
    window.wait("countdown").await?;
    let (canvas, place) = window.painted_photo().await?;
    let case_id = window.attribute("[data-testid=\"case-view\"]", "data-case-id").await?.ok_or("the case has no id")?;
    let photos = ServerData::of(&options.server_data).photos(&case_id)?;
    let (_, _, original) =
        photos.into_iter().find(|(kind, _, _)| kind == "portrait_side").ok_or("the case has no portrait side")?;
    let rendition = photo::fit_in_process(&original, photo::FIT_SIDE).map_err(|refusal| refusal.code().to_string())?;
    let rendition = image::load_from_memory(&rendition.jpeg)?.into_rgb8();
    let difference =
        picture::difference_at(&canvas, place, &rendition).ok_or("the photo has no place in the window")?;
    window.save_screenshot(&options.out).await?;
    window.close().await?;
    if difference > TOLERANCE {
        return Err(format!("the photo's place shows something else (mean difference {difference:.1} of 255)").into());
    }
    Ok(difference)
}

fn end(sentence: &str, code: ExitCode) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "window-shot: {sentence}");
    code
}
