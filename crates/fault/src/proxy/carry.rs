//! Carries the bytes of one direction and applies the toxics that are in force when a piece comes. Works on any pair of streams, so that it
//! is tried out without a network and without waiting.

use std::time::Duration;

use rand::RngExt;
use rand::rngs::StdRng;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::sleep;

use super::toxic::{Direction, Toxic, Toxics};

const PIECE: usize = 16 * 1024;

/// How the carrying of one direction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The sender ended, and the receiver was told.
    Ended,
    /// The connection is to be cut now.
    Cut,
    /// The connection is to be reset now.
    Reset,
}

/// Carries until the sender ends or a toxic does. `dice` decide jitter and sizes.
pub async fn carry<R, W>(from: &mut R, to: &mut W, direction: Direction, toxics: &Toxics, mut dice: StdRng) -> End
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut buffer = vec![0; PIECE];
    let mut passed = 0u64;
    loop {
        let piece = match from.read(&mut buffer).await {
            Ok(0) => return ended(to, direction, toxics).await,
            Ok(read) => &buffer[..read],
            Err(_) => return End::Cut,
        };
        let now = toxics.of(direction);
        if let Some(end) = swallowed(&now).await {
            return end;
        }
        wait(&now, &mut dice).await;
        let left = left(&now, passed);
        let is_over = left.is_some_and(|left| left < piece.len());
        let piece = &piece[..left.map_or(piece.len(), |left| left.min(piece.len()))];
        if write(to, piece, &now, &mut dice).await.is_err() {
            return End::Cut;
        }
        passed += piece.len() as u64;
        if is_over {
            return End::Cut;
        }
    }
}

async fn ended<W: AsyncWrite + Unpin>(to: &mut W, direction: Direction, toxics: &Toxics) -> End {
    for toxic in toxics.of(direction) {
        if let Toxic::SlowClose { delay } = toxic {
            sleep(delay).await;
        }
    }
    // The receiver may be gone already, which is an end as well.
    drop(to.shutdown().await);
    End::Ended
}

/// What the toxics that let nothing pass make of the connection.
async fn swallowed(toxics: &[Toxic]) -> Option<End> {
    for toxic in toxics {
        match *toxic {
            Toxic::Down => return Some(End::Cut),
            Toxic::Timeout { after } if after.is_zero() => std::future::pending::<()>().await,
            Toxic::Timeout { after } => {
                sleep(after).await;
                return Some(End::Cut);
            }
            Toxic::ResetPeer { after } => {
                sleep(after).await;
                return Some(End::Reset);
            }
            _ => {}
        }
    }
    None
}

async fn wait(toxics: &[Toxic], dice: &mut StdRng) {
    for toxic in toxics {
        if let Toxic::Latency { delay, jitter } = *toxic {
            let jitter_us = i64::try_from(jitter.as_micros()).unwrap_or(i64::MAX);
            let off_us = if jitter_us == 0 { 0 } else { dice.random_range(-jitter_us..=jitter_us) };
            let delay_us = i64::try_from(delay.as_micros()).unwrap_or(i64::MAX).saturating_add(off_us);
            sleep(Duration::from_micros(u64::try_from(delay_us).unwrap_or(0))).await;
        }
    }
}

/// How many bytes of this connection may still pass; `None`: all.
fn left(toxics: &[Toxic], passed: u64) -> Option<usize> {
    let limits = toxics.iter().filter_map(|toxic| match toxic {
        Toxic::LimitData { bytes } => Some(*bytes),
        _ => None,
    });
    let limit = limits.min()?;
    Some(usize::try_from(limit.saturating_sub(passed)).unwrap_or(usize::MAX))
}

async fn write<W: AsyncWrite + Unpin>(
    to: &mut W,
    mut piece: &[u8],
    toxics: &[Toxic],
    dice: &mut StdRng,
) -> std::io::Result<()> {
    let slicer = toxics.iter().find_map(|toxic| match *toxic {
        Toxic::Slicer { size, variation, pause } => Some((size, variation, pause)),
        _ => None,
    });
    let rate = toxics.iter().find_map(|toxic| match *toxic {
        Toxic::Bandwidth { bytes_per_second } => Some(bytes_per_second.max(1)),
        _ => None,
    });
    while !piece.is_empty() {
        let size = match (slicer, rate) {
            (Some((size, variation, pause)), _) => {
                // Even the shortest sleep is a millisecond.
                if !pause.is_zero() {
                    sleep(pause).await;
                }
                let size = size.max(1);
                dice.random_range(size.saturating_sub(variation).max(1)..=size.saturating_add(variation)) as usize
            }
            // A tenth of a second's worth at a time.
            (None, Some(rate)) => (rate as usize / 10).max(1),
            (None, None) => piece.len(),
        };
        let (now, later) = piece.split_at(size.min(piece.len()));
        to.write_all(now).await?;
        to.flush().await?;
        if let Some(rate) = rate {
            sleep(Duration::from_secs_f64(now.len() as f64 / f64::from(rate))).await;
        }
        piece = later;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use tokio::io::duplex;
    use tokio::time::Instant;

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// Sends bytes through a toxic and says what came out, after which time, and how it ended. Time is paused: nothing waits.
    async fn through(toxic: Option<Toxic>, bytes: &[u8], seed: u64) -> (Vec<u8>, Duration, Option<End>) {
        let toxics = Toxics::default();
        if let Some(toxic) = toxic {
            toxics.add(Direction::Down, toxic);
        }
        let (mut source, mut source_end) = duplex(1 << 20);
        let (mut sink_end, mut sink) = duplex(1 << 20);
        source.write_all(bytes).await.unwrap();
        source.shutdown().await.unwrap();
        let begun = Instant::now();
        let carrying = carry(&mut source_end, &mut sink_end, Direction::Down, &toxics, StdRng::seed_from_u64(seed));
        let end = tokio::time::timeout(Duration::from_secs(3600), carrying).await.ok();
        let took = begun.elapsed();
        drop(sink_end);
        let mut out = Vec::new();
        sink.read_to_end(&mut out).await.unwrap();
        (out, took, end)
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_toxic_everything_passes_at_once() {
        let bytes: Vec<u8> = (0..100_000u32).map(|n| (n % 251) as u8).collect();
        assert_eq!(through(None, &bytes, 1).await, (bytes, Duration::ZERO, Some(End::Ended)));
    }

    #[tokio::test(start_paused = true)]
    async fn latency_and_jitter_come_from_the_seed() {
        let toxic = Some(Toxic::Latency { delay: 100 * MS, jitter: 50 * MS });
        let (out, took, end) = through(toxic, b"hello", 7).await;
        assert_eq!((out.as_slice(), end), (b"hello".as_slice(), Some(End::Ended)));
        assert!((49 * MS..=151 * MS).contains(&took), "{took:?}");
        assert_eq!(through(toxic, b"hello", 7).await.1, took);
        assert_ne!(through(toxic, b"hello", 8).await.1, took);
    }

    #[tokio::test(start_paused = true)]
    async fn bandwidth_takes_as_long_as_it_says() {
        let (out, took, _) = through(Some(Toxic::Bandwidth { bytes_per_second: 1000 }), &[7; 2000], 1).await;
        assert_eq!(out.len(), 2000);
        assert!((1990 * MS..=2100 * MS).contains(&took), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_lets_nothing_pass_cuts_or_resets_or_keeps_silent() {
        assert_eq!(through(Some(Toxic::Down), b"x", 1).await, (Vec::new(), Duration::ZERO, Some(End::Cut)));
        let timeout = through(Some(Toxic::Timeout { after: 300 * MS }), b"x", 1).await;
        assert_eq!((timeout.0.len(), timeout.2), (0, Some(End::Cut)));
        assert!(timeout.1 >= 300 * MS);
        assert_eq!(through(Some(Toxic::Timeout { after: Duration::ZERO }), b"x", 1).await.2, None);
        let reset = through(Some(Toxic::ResetPeer { after: 20 * MS }), b"x", 1).await;
        assert_eq!((reset.0.len(), reset.2), (0, Some(End::Reset)));
    }

    #[tokio::test(start_paused = true)]
    async fn slow_close_delays_only_the_end() {
        let (out, took, end) = through(Some(Toxic::SlowClose { delay: 700 * MS }), b"all of it", 1).await;
        assert_eq!((out.as_slice(), end), (b"all of it".as_slice(), Some(End::Ended)));
        assert!(took >= 700 * MS);
    }

    #[tokio::test(start_paused = true)]
    async fn slices_of_one_byte_are_still_all_bytes_in_order() {
        let bytes: Vec<u8> = (0..200).collect();
        let slicer = Toxic::Slicer { size: 1, variation: 0, pause: MS };
        let (out, took, _) = through(Some(slicer), &bytes, 1).await;
        assert_eq!(out, bytes);
        assert!(took >= 200 * MS);
    }

    #[tokio::test(start_paused = true)]
    async fn the_limit_cuts_at_exactly_that_byte() {
        for limit in [0, 1, 999, 1000, 1001, 40_000] {
            let (out, _, end) = through(Some(Toxic::LimitData { bytes: limit }), &[1; 40_000], 1).await;
            assert_eq!(out.len() as u64, limit);
            let expected = if limit < 40_000 { End::Cut } else { End::Ended };
            assert_eq!(end, Some(expected), "{limit}");
        }
    }
}
