//! Starts one worker process for each photo, feeds it, bounds it and buries it. It owns every process that this
//! program starts for a photo; it never looks inside the photo, writes no temporary file and keeps nothing.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;

use crate::frame;
use crate::refusal::RefusalCode;
use crate::rendition::Rendition;
use crate::sniff::{FILE_LIMIT, ProbeError};

/// The file name of the worker's binary, without the folder.
pub const WORKER_NAME: &str = if cfg!(windows) { "photo-worker.exe" } else { "photo-worker" };

const TIMEOUT: Duration = Duration::from_secs(3);
const PARALLEL: usize = 2;

/// Where the worker lies: beside the program, whose folder the caller knows.
#[must_use]
pub fn worker_path(exe_dir: &Path) -> PathBuf {
    exe_dir.join(WORKER_NAME)
}

/// Why a photo did not become a rendition.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The worker refused the file, and says why.
    #[error(transparent)]
    Refused(#[from] RefusalCode),
    /// The worker ran longer than allowed and was killed.
    #[error("the photo worker took too long")]
    Timeout,
    /// The worker died without an answer: ended by a limit of the kernel, out of memory, or crashed. The number is
    /// the signal, where there is one.
    #[error("the photo worker was ended by its limits (signal {signal:?})")]
    Killed {
        /// The signal that ended it (Unix).
        signal: Option<i32>,
    },
    /// The worker answered something that is no answer.
    #[error("the photo worker answered nonsense")]
    Protocol,
    /// There is no worker binary at the path, or it may not be run.
    #[error("the photo worker is not installed")]
    WorkerMissing,
    /// The process or its pipes could not be had.
    #[error("the photo worker could not be used ({kind})", kind = .0.kind())]
    Io(#[source] io::Error),
}

impl RenderError {
    /// A stable machine-readable word.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Timeout => "photo_worker_timeout",
            Self::Killed { .. } => "photo_worker_killed",
            Self::Protocol => "photo_worker_protocol",
            Self::WorkerMissing => "photo_worker_missing",
            Self::Io(_) => "photo_worker_io",
        }
    }
}

/// The way to a safe picture. Clones share the bound on parallel workers.
#[derive(Clone, Debug)]
pub struct Worker {
    binary: PathBuf,
    timeout: Duration,
    places: Arc<Semaphore>,
}

impl Worker {
    /// A worker at `binary` (see [`worker_path`]), at most 3 seconds a photo, at most two photos at a time.
    #[must_use]
    pub fn new(binary: impl Into<PathBuf>) -> Self {
        Self { binary: binary.into(), timeout: TIMEOUT, places: Arc::new(Semaphore::new(PARALLEL)) }
    }

    /// Another limit on the wall clock, counted from the start of the process. The 3 seconds of CPU stay.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Another number of workers at a time, at least 1.
    #[must_use]
    pub fn with_parallel(self, workers: usize) -> Self {
        let places = Arc::new(Semaphore::new(workers.max(1)));
        Self { places, ..self }
    }

    /// Makes the rendition of `bytes` that fits into `max_side` pixels, in a process of its own. Waits for a free
    /// place first. When the future is dropped, the process is killed.
    ///
    /// # Errors
    /// [`RenderError`]. After [`RenderError::Killed`] or [`RenderError::Timeout`] a second try will end the same way.
    pub async fn fit(&self, bytes: Vec<u8>, max_side: u32) -> Result<Rendition, RenderError> {
        if bytes.len() > FILE_LIMIT {
            return Err(RefusalCode::from(ProbeError::TooLarge).into());
        }
        // Never closed, so this only waits.
        let _place = self.places.acquire().await.map_err(|_| RenderError::Protocol)?;
        let mut child = self.spawn()?;
        let talk = tokio::time::timeout(self.timeout, talk(&mut child, &bytes, max_side)).await;
        if !matches!(talk, Ok(Ok(_))) {
            // Kills and waits, so that no zombie stays.
            child.kill().await.map_err(RenderError::Io)?;
        }
        let (answer, status) = talk.map_err(|_elapsed| RenderError::Timeout)??;
        if !status.success() {
            return Err(RenderError::Killed { signal: signal(status) });
        }
        let answer = frame::parse_answer(answer, max_side).map_err(|_| RenderError::Protocol)?;
        Ok(answer?)
    }

    #[expect(clippy::disallowed_methods, reason = "this module owns the photo worker's processes")]
    fn spawn(&self) -> Result<Child, RenderError> {
        // A relative name would be searched for along PATH.
        let binary = std::path::absolute(&self.binary).map_err(RenderError::Io)?;
        Command::new(binary)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied | io::ErrorKind::NotADirectory => {
                    RenderError::WorkerMissing
                }
                _ => RenderError::Io(error),
            })
    }
}

/// Sends the request, reads the answer up to its bound and waits for the end. The answer is read while the request is
/// still being written: a worker that refuses early must not leave both sides waiting.
async fn talk(child: &mut Child, bytes: &[u8], max_side: u32) -> Result<(Vec<u8>, ExitStatus), RenderError> {
    let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(RenderError::Protocol);
    };
    let length = u32::try_from(bytes.len()).map_err(|_| RenderError::Protocol)?;
    let ask = async move {
        let sent = async {
            stdin.write_all(&frame::request_head(max_side, length)).await?;
            stdin.write_all(bytes).await?;
            stdin.shutdown().await
        };
        match sent.await {
            // It died before it had read everything; its status will say why.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    };
    let listen = async {
        let mut answer = Vec::new();
        stdout.take(frame::ANSWER_LIMIT as u64 + 1).read_to_end(&mut answer).await?;
        Ok::<_, io::Error>(answer)
    };
    let ((), answer) = tokio::try_join!(ask, listen).map_err(RenderError::Io)?;
    if answer.len() > frame::ANSWER_LIMIT {
        return Err(RenderError::Protocol);
    }
    let status = child.wait().await.map_err(RenderError::Io)?;
    Ok((answer, status))
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal(_status: ExitStatus) -> Option<i32> {
    None
}
