//! The real worker binary: what it returns, how it is bounded, and that nothing of it is left.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use image::DynamicImage;
use jpeg_encoder::ColorType;
use photo::{
    FILE_LIMIT, FIT_SIDE, ProbeError, RefusalCode, RenderError, WORKER_NAME, Worker, fit_in_process, frame, worker_path,
};
use tokio::sync::RwLock;

use crate::draw::{self, Noise};

/// Held for reading while a test has workers, for writing by the test that counts what is left of them.
static WORKERS: RwLock<()> = RwLock::const_new(());

const BINARY: &str = env!("CARGO_BIN_EXE_photo-worker");

/// A worker for tests that are not about time: the machine may be busy.
fn patient() -> Worker {
    Worker::new(BINARY).with_timeout(Duration::from_secs(120))
}

#[test]
fn the_worker_lies_beside_the_program() {
    let path = std::path::Path::new(BINARY);
    assert_eq!(worker_path(path.parent().unwrap()), path);
    assert_eq!(path.file_name().unwrap(), WORKER_NAME);
}

#[tokio::test]
async fn a_12_megapixel_photo_goes_through_the_worker_byte_for_byte() {
    let _workers = WORKERS.read().await;
    let photo = draw::with_exif(&draw::jpeg(&draw::grainy(4000, 3000), draw::PHONE), 6);
    let started = Instant::now();
    let rendition = patient().fit(photo.clone(), FIT_SIDE).await.unwrap();
    println!("12 MP, {} bytes, through the worker: {:?}", photo.len(), started.elapsed());
    assert_eq!((rendition.width, rendition.height), (1200, 1600));
    assert_eq!((rendition.source_width, rendition.source_height), (3000, 4000));
    assert!(rendition == fit_in_process(&photo, FIT_SIDE).unwrap());
}

#[tokio::test]
async fn every_kind_of_photo_goes_through_the_worker_byte_for_byte() {
    let _workers = WORKERS.read().await;
    for (name, photo) in draw::one_of_each() {
        let rendition = patient().fit(photo.clone(), 100).await.unwrap();
        assert!(rendition == fit_in_process(&photo, 100).unwrap(), "{name}");
    }
}

#[tokio::test]
async fn photos_at_the_pixel_limit_fit_into_the_worker_s_memory() {
    let _workers = WORKERS.read().await;
    let picture = draw::grainy(8000, 5000);
    let ink = [0, 40, 80, 20].repeat(8000 * 5000);
    let wide = DynamicImage::new_rgba16(8000, 5000);
    let photos = [
        ("baseline 4:2:0", draw::jpeg(&picture, draw::PHONE)),
        ("progressive 4:4:4", draw::jpeg(&picture, draw::PROGRESSIVE_FULL)),
        ("progressive CMYK", draw::jpeg_of(&ink, 8000, 5000, ColorType::Cmyk, draw::PROGRESSIVE_FULL)),
        ("PNG, RGBA of 16 bits", draw::png(&wide, None)),
        ("WebP with alpha", draw::webp(&wide.to_rgba8().into(), None)),
    ];
    for (name, photo) in photos {
        assert!(photo.len() <= FILE_LIMIT, "{name}: {} bytes", photo.len());
        let started = Instant::now();
        let result = patient().fit(photo, FIT_SIDE).await;
        println!("40 MP {name}: {:?}", started.elapsed());
        assert_eq!(result.map(|rendition| (rendition.width, rendition.height)).unwrap(), (1600, 1000), "{name}");
    }
}

#[tokio::test]
async fn refusals_come_back_from_the_worker() {
    let _workers = WORKERS.read().await;
    let whole = draw::jpeg(&draw::grainy(320, 200), draw::PHONE);
    let cases = [
        (Vec::new(), RefusalCode::Header(ProbeError::Empty)),
        (b"GIF89a".to_vec(), RefusalCode::from_code("photo_type_gif").unwrap()),
        (b"\0\0\0\x18ftypheic".to_vec(), RefusalCode::from_code("photo_type_heic").unwrap()),
        (b"%PDF-1.4".to_vec(), RefusalCode::from_code("photo_type_pdf").unwrap()),
        (b"<svg/>".to_vec(), RefusalCode::from_code("photo_type_svg").unwrap()),
        (draw::png_claiming(65_535, 65_535), RefusalCode::Header(ProbeError::SideTooLong)),
        (draw::png_claiming(8_000, 5_000), RefusalCode::Damaged),
        (whole[..whole.len() / 2].to_vec(), RefusalCode::Incomplete),
        (vec![0; FILE_LIMIT + 1], RefusalCode::Header(ProbeError::TooLarge)),
    ];
    for (bytes, expected) in cases {
        let error = patient().fit(bytes, FIT_SIDE).await.unwrap_err();
        assert_eq!(error.code(), expected.code());
        assert!(matches!(error, RenderError::Refused(refusal) if refusal == expected));
    }
    let error = patient().fit(whole, 0).await.unwrap_err();
    assert!(matches!(error, RenderError::Refused(RefusalCode::BadRequest)));
}

#[tokio::test]
async fn cut_off_photos_and_noise_never_come_back_as_pictures() {
    let _workers = WORKERS.read().await;
    let worker = patient();
    let mut noise = Noise(3);
    for (name, bytes) in draw::one_of_each() {
        for _ in 0..8 {
            let offset = noise.below(bytes.len());
            let error = worker.fit(bytes[..offset].to_vec(), FIT_SIDE).await.expect_err(name);
            assert!(matches!(error, RenderError::Refused(_)), "{name} cut at {offset}: {error}");
            let junk = bytes[..40].iter().copied().chain((0..500).map(|_| noise.next() as u8)).collect();
            worker.fit(junk, FIT_SIDE).await.expect_err(name);
        }
    }
}

#[tokio::test]
async fn a_worker_that_runs_too_long_is_killed() {
    let _workers = WORKERS.read().await;
    let photo = draw::jpeg(&draw::grainy(4000, 3000), draw::PHONE);
    for millis in [0, 1] {
        let worker = Worker::new(BINARY).with_timeout(Duration::from_millis(millis));
        let error = worker.fit(photo.clone(), FIT_SIDE).await.unwrap_err();
        assert!(matches!(error, RenderError::Timeout), "{error}");
    }
}

/// What the kernel does when a limit is reached, done by a stand-in: no photo within the limits of the header makes
/// the real one reach them.
#[cfg(unix)]
#[tokio::test]
async fn a_worker_that_is_ended_by_a_signal_is_reported_as_killed() {
    use std::os::unix::fs::PermissionsExt;

    // Alone, so that no other test starts a process while the script is open for writing.
    let _alone = WORKERS.write().await;
    let script = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("worker-that-dies");
    std::fs::write(&script, "#!/bin/sh\nkill -XCPU $$\n").unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o700)).unwrap();
    let worker = Worker::new(script).with_timeout(Duration::from_secs(30));
    let error = worker.fit(vec![1; 1_000_000], FIT_SIDE).await.unwrap_err();
    assert!(matches!(error, RenderError::Killed { signal: Some(24 | 30) }), "{error}");
}

#[tokio::test]
async fn a_missing_worker_is_said_to_be_missing() {
    let worker = Worker::new("/nonexistent/photo-worker");
    let error = worker.fit(vec![1], FIT_SIDE).await.unwrap_err();
    assert!(matches!(error, RenderError::WorkerMissing));
    let worker = Worker::new(std::env::temp_dir());
    let error = worker.fit(vec![1], FIT_SIDE).await.unwrap_err();
    assert!(matches!(error, RenderError::WorkerMissing), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_program_that_is_no_worker_is_not_believed() {
    let _workers = WORKERS.read().await;
    let fit = async |binary: &str| {
        let worker = Worker::new(binary).with_timeout(Duration::from_secs(30));
        worker.fit(draw::jpeg(&draw::tiles(4, 4), draw::BASELINE), FIT_SIDE).await.unwrap_err()
    };
    // Echoes the request; talks without end; ends without a word; ends well without a word.
    assert!(matches!(fit("/bin/cat").await, RenderError::Protocol));
    assert!(matches!(fit("/usr/bin/yes").await, RenderError::Protocol));
    assert!(matches!(fit("/bin/false").await, RenderError::Killed { signal: None }));
    assert!(matches!(fit("/bin/true").await, RenderError::Protocol));
}

#[tokio::test]
async fn more_photos_than_places_all_come_through() {
    let _workers = WORKERS.read().await;
    let worker = patient();
    let photo = draw::jpeg(&draw::grainy(640, 480), draw::PHONE);
    let fits: Vec<_> = (0..6).map(|_| worker.fit(photo.clone(), 64)).collect();
    for fit in fits {
        assert_eq!(fit.await.unwrap().width, 64);
    }
    let (a, b, c) =
        tokio::join!(worker.fit(photo.clone(), 64), worker.fit(photo.clone(), 64), worker.fit(photo.clone(), 64));
    assert!(a.unwrap() == b.unwrap());
    assert!(c.is_ok());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn no_process_is_left_behind() {
    let _alone = WORKERS.write().await;
    let photo = draw::jpeg(&draw::grainy(2000, 1500), draw::PHONE);
    patient().fit(photo.clone(), FIT_SIDE).await.unwrap();
    patient().fit(b"junk".to_vec(), FIT_SIDE).await.unwrap_err();
    Worker::new(BINARY).with_timeout(Duration::ZERO).fit(photo.clone(), FIT_SIDE).await.unwrap_err();
    Worker::new("/bin/false").fit(photo.clone(), FIT_SIDE).await.unwrap_err();
    assert_eq!(children(), Vec::<String>::new());

    // A caller that loses interest: the process is killed at once and buried by the runtime a moment later.
    let worker = patient();
    tokio::select! {
        biased;
        _ = worker.fit(photo, FIT_SIDE) => panic!("done before it was polled twice"),
        () = tokio::task::yield_now() => {}
    }
    let patience = Instant::now() + Duration::from_secs(30);
    while !children().is_empty() {
        assert!(Instant::now() < patience, "still there: {:?}", children());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Name and state of every child of this process, zombies included.
#[cfg(target_os = "linux")]
fn children() -> Vec<String> {
    let own = std::process::id().to_string();
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        // "pid (name) state ppid ..."; gone in the meantime is as good as not there.
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else {
            continue;
        };
        let Some((name, rest)) = stat.rsplit_once(") ") else {
            continue;
        };
        let mut fields = rest.split(' ');
        let state = fields.next().unwrap();
        if fields.next() == Some(&own) {
            found.push(format!("{name} {state}"));
        }
    }
    found
}

#[cfg(target_os = "linux")]
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "looks at a running worker from outside")]
async fn the_worker_confines_itself_and_inherits_nothing_but_its_pipes() {
    let _workers = WORKERS.read().await;
    let _open_here = std::fs::File::open("/proc/self/stat").unwrap();
    let mut child = Command::new(BINARY)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&frame::request_head(FIT_SIDE, 10_000_000)).unwrap();
    // More than a pipe holds: when it is written, the worker reads, and it reads only after it has confined itself.
    stdin.write_all(&vec![0; 4_000_000]).unwrap();

    let process = std::path::PathBuf::from(format!("/proc/{}", child.id()));
    let limits = std::fs::read_to_string(process.join("limits")).unwrap();
    let limit = |name: &str| -> Vec<String> {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        line[name.len()..].split_whitespace().take(2).map(str::to_owned).collect()
    };
    assert_eq!(limit("Max address space"), ["536870912", "536870912"]);
    assert_eq!(limit("Max cpu time"), ["3", "3"]);
    assert_eq!(limit("Max core file size"), ["0", "0"]);
    assert_eq!(limit("Max file size"), ["0", "0"]);
    assert_eq!(limit("Max open files"), ["3", "3"]);
    assert_eq!(limit("Max processes"), ["0", "0"]);
    let mut open: Vec<_> = std::fs::read_dir(process.join("fd")).unwrap().map(|fd| fd.unwrap().file_name()).collect();
    open.sort();
    assert_eq!(open, ["0", "1", "2"]);
    assert!(std::fs::read(process.join("environ")).unwrap().is_empty());

    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(frame::parse_answer(output.stdout, FIT_SIDE), Ok(Err(RefusalCode::BadRequest)));
}

#[test]
fn an_answer_that_contradicts_itself_is_no_answer() {
    let rendition = fit_in_process(&draw::jpeg(&draw::tiles(4, 2), draw::BASELINE), FIT_SIDE).unwrap();
    let mut good = Vec::new();
    frame::write_answer(&mut good, &Ok(rendition.clone())).unwrap();
    assert_eq!(frame::parse_answer(good.clone(), 64), Ok(Ok(rendition)));
    assert!(frame::parse_answer(good.clone(), 63).is_err(), "larger than asked for");
    for at in 4..24 {
        let mut lie = good.clone();
        lie[at] ^= 0x10;
        // Bytes 12 to 19 state the source, which may be larger, but never smaller.
        if !(12..20).contains(&at) {
            assert!(frame::parse_answer(lie, 64).is_err(), "byte {at}");
        }
    }
    for length in 0..good.len() {
        assert!(frame::parse_answer(good[..length].to_vec(), 64).is_err());
    }
    good.push(0);
    assert!(frame::parse_answer(good, 64).is_err());

    let mut refusal = Vec::new();
    frame::write_answer(&mut refusal, &Err(RefusalCode::Damaged)).unwrap();
    assert_eq!(frame::parse_answer(refusal.clone(), 64), Ok(Err(RefusalCode::Damaged)));
    refusal.push(b'x');
    assert!(frame::parse_answer(refusal, 64).is_err());
}

#[test]
fn a_request_is_bounded_before_it_is_read() {
    let huge = frame::request_head(FIT_SIDE, u32::MAX);
    assert_eq!(frame::read_request(&huge[..]).unwrap_err().kind(), std::io::ErrorKind::InvalidData);
    let short = [&frame::request_head(FIT_SIDE, 5)[..], b"1234"].concat();
    assert_eq!(frame::read_request(&short[..]).unwrap_err().kind(), std::io::ErrorKind::UnexpectedEof);
    let request = frame::read_request(&[&frame::request_head(9, 4)[..], b"1234"].concat()[..]).unwrap();
    assert_eq!((request.max_side, &request.bytes[..]), (9, &b"1234"[..]));
}
