//! The desktop shell: Tauri wiring only. It owns the window, the `photo:` scheme, the OS keychain, the log file and the command line;
//! every command parses, calls `desk`, and maps. It knows no rule of the business.

mod commands;
mod ending;
mod events;
mod keychain;
mod log_file;
pub mod notification;
mod options;
mod photo_scheme;
mod window;

use std::process::ExitCode;
use std::sync::Arc;

use desk::{Desk, DeskOptions, KdfCost, SystemClock};
use tauri::{Builder, Context, Manager, Runtime};

/// Where recovery copies go, in the person's documents folder.
const EXPORTS: &str = "Review Desk 审核台";

/// Adds the commands and the `photo:` scheme to a builder; used with the real runtime and, in tests, with Tauri's mock runtime.
pub fn wire<R: Runtime>(builder: Builder<R>) -> Builder<R> {
    builder.register_asynchronous_uri_scheme_protocol(photo_scheme::NAME, photo_scheme::answer).invoke_handler(
        tauri::generate_handler![
            commands::session::session_view,
            commands::session::session_sign_in,
            commands::session::session_unlock,
            commands::session::session_renew,
            commands::session::session_lock,
            commands::session::session_sign_out,
            commands::status::status_view,
            commands::status::status_connect,
            commands::queue::queue_page,
            commands::queue::queue_next,
            commands::case::case_open,
            commands::case::case_close,
            commands::case::case_report_technical,
            commands::case::case_keep_work,
            commands::case::case_give_back,
            commands::case::case_recuse,
            commands::case::case_revoke,
            commands::lease::lease_view,
            commands::lease::lease_take_offline,
            commands::lease::lease_end_offline,
            commands::decision::decision_preview,
            commands::decision::decision_record,
            commands::decision::decision_undo,
            commands::outbox::outbox_view,
            commands::outbox::outbox_retry,
            commands::outbox::outbox_dismiss,
            commands::outbox::outbox_redo,
            commands::outbox::outbox_export,
            commands::outbox::outbox_stuck,
            commands::storage::storage_acknowledge,
            commands::calendar::calendar_view,
            commands::calendar::calendar_explain,
            commands::calendar::calendar_import,
            commands::settings::settings_view,
            commands::settings::settings_set_language,
        ],
    )
}

/// Configuration, page and permissions as they were built in.
#[must_use]
pub fn context<R: Runtime>() -> Context<R> {
    tauri::generate_context!()
}

/// Runs the program until its window is closed.
#[must_use]
pub fn start() -> ExitCode {
    let options = match options::read(std::env::args_os()) {
        Ok(options) => options,
        Err(exit) => return exit,
    };
    window::prefer_software_sharing();
    let built = wire(Builder::default())
        .setup(move |app| {
            let data = match options.data {
                Some(data) => data,
                None => app.path().app_local_data_dir()?,
            };
            log_file::open(&data)?;
            // A computer without such a folder has at least its data folder.
            let exports =
                app.path().document_dir().map_or_else(|_| data.join("exports"), |folder| folder.join(EXPORTS));
            let handle = app.handle().clone();
            let desk = Desk::start(DeskOptions {
                data,
                worker: photo_scheme::worker_beside_program()?,
                server_url: options.server,
                keychain: keychain::of_this_computer(),
                exports,
                announce: events::announcer(app.handle()),
                notify: notification::port(),
                clock: Arc::new(SystemClock::new()),
                runtime: tauri::async_runtime::handle().inner().clone(),
                kdf_cost: KdfCost::standard(),
            });
            app.manage(desk);
            tauri::async_runtime::spawn(ending::at_a_signal(handle));
            window::open(app.handle())?;
            Ok(())
        })
        .build(context());
    match built {
        Ok(app) => {
            app.run(|app, event| {
                if let tauri::RunEvent::Exit = event
                    && let Some(desk) = app.try_state::<Desk>()
                {
                    tauri::async_runtime::block_on(desk.quit());
                }
            });
            ExitCode::SUCCESS
        }
        Err(error) => options::complain(&format!("the window system refused to start: {error}")),
    }
}
