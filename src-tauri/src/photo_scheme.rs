//! The `photo:` scheme: serves the rendition that belongs to a token of this session, and nothing else. A token dies when its case is
//! closed or the desk locked. The web view never gets an original byte.

use std::path::PathBuf;

use desk::Desk;
use tauri::http::{Request, Response, StatusCode, header};
use tauri::{Manager, Runtime, UriSchemeContext, UriSchemeResponder};

/// The scheme's name.
pub(crate) const NAME: &str = "photo";

/// The photo worker, which is shipped in the program's own folder.
pub(crate) fn worker_beside_program() -> std::io::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let folder = program.parent().ok_or_else(|| std::io::Error::other("the program has no folder"))?;
    Ok(desk::worker_path(folder))
}

/// Answers one request; never blocks the thread that it comes in on.
pub(crate) fn answer<R: Runtime>(
    context: UriSchemeContext<'_, R>,
    request: Request<Vec<u8>>,
    responder: UriSchemeResponder,
) {
    let desk = (context.webview_label() == crate::window::LABEL)
        .then(|| context.app_handle().try_state::<Desk>().map(|desk| desk.inner().clone()))
        .flatten();
    let token = request.uri().path().trim_start_matches('/').to_owned();
    tauri::async_runtime::spawn(async move {
        let jpeg = match desk {
            Some(desk) => desk.photo(token).await,
            None => None,
        };
        responder.respond(response(jpeg));
    });
}

fn response(jpeg: Option<Vec<u8>>) -> Response<Vec<u8>> {
    let mut response = Response::new(Vec::new());
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, header::HeaderValue::from_static("nosniff"));
    match jpeg {
        Some(jpeg) => {
            headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("image/jpeg"));
            *response.body_mut() = jpeg;
        }
        None => *response.status_mut() = StatusCode::NOT_FOUND,
    }
    response
}
