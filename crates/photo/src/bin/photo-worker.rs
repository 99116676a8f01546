//! The process in which photos are decoded: it limits itself, reads one request from stdin, writes one answer to
//! stdout and ends. It opens no file and no connection, and prints nothing. On Unix the kernel bounds memory, CPU
//! time, files, processes and core dumps; on other systems the limits are skipped and only the parent's clock and the
//! crate's own limits hold (a job object is still to be written).

use std::io::{Read, stdin, stdout};
use std::process::ExitCode;

use photo::{RefusalCode, fit_in_process, frame};

fn main() -> ExitCode {
    // A panic message could quote the file; the refusal says enough.
    std::panic::set_hook(Box::new(|_| {}));
    let answer = match confine() {
        Ok(()) => match frame::read_request(stdin().lock()) {
            Ok(request) => fit_in_process(&request.bytes, request.max_side),
            Err(_) => Err(RefusalCode::BadRequest),
        },
        Err(NotConfined) => {
            // Taken off the pipe unread, so that the parent gets the answer instead of a broken pipe.
            let _ = std::io::copy(&mut stdin().lock().take(2 * photo::FILE_LIMIT as u64), &mut std::io::sink());
            Err(RefusalCode::NotConfined)
        }
    };
    match frame::write_answer(stdout().lock(), &answer) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

struct NotConfined;

/// Takes away what decoding does not need. The hard limits are set too, so nothing that gets to run here can take
/// them back.
#[cfg(unix)]
fn confine() -> Result<(), NotConfined> {
    use rustix::process::{Resource, Rlimit, setrlimit};

    /// Address space in bytes. The hungriest photo within the limits (40 megapixels, progressive CMYK) was measured
    /// at 435 MiB.
    const MEMORY: u64 = 512 * 1024 * 1024;
    /// Seconds of CPU; the kernel then ends the process.
    const CPU_SECONDS: u64 = 3;
    /// Stdin, stdout, stderr: the next descriptor cannot be opened.
    const FILES: u64 = 3;

    close_what_was_inherited().map_err(|_| NotConfined)?;
    let limits = [
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Nofile, FILES),
        (Resource::Cpu, CPU_SECONDS),
        #[cfg(target_os = "linux")]
        (Resource::Nproc, 0),
        // Darwin accepts no limit on the address space.
        #[cfg(not(target_vendor = "apple"))]
        (Resource::As, MEMORY),
    ];
    for (resource, most) in limits {
        let limit = Rlimit { current: Some(most), maximum: Some(most) };
        setrlimit(resource, limit).map_err(|_| NotConfined)?;
    }
    Ok(())
}

/// Closes every descriptor above stderr. Rust marks its own as close-on-exec; these come from whoever started the
/// desktop.
#[cfg(unix)]
#[expect(unsafe_code, reason = "closing a descriptor that one does not own has no safe form")]
fn close_what_was_inherited() -> std::io::Result<()> {
    use std::os::fd::RawFd;
    use std::path::Path;

    let open_files = Path::new("/dev/fd");
    let listed: Vec<RawFd> =
        std::fs::read_dir(open_files)?.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    for descriptor in listed {
        // The listing saw itself too, and is closed by now.
        let still_open = std::fs::symlink_metadata(open_files.join(descriptor.to_string())).is_ok();
        if descriptor > 2 && still_open {
            // SAFETY: open, and no value of this process owns it: this is the only thread, it has opened nothing that
            // it still holds.
            unsafe { rustix::io::close(descriptor) };
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn confine() -> Result<(), NotConfined> {
    Ok(())
}
