//! T-NET: every toxic in both directions between a real desktop and the real server's own accept loop, and the answer cut at every byte by
//! the proxy. While the toxic is there nothing may be claimed that is not so; after it everything is delivered once.

use std::time::Duration;

use review_server::Limits;

use super::desktop::Desktop;
use super::judge::{all_delivered, safe};
use super::office::{Office, Served};
use super::row::{Outcome, Row, row};
use super::trouble::{Trouble, must, unknown};
use crate::proxy::{Direction, Proxy, Toxic};

const MS: Duration = Duration::from_millis(1);
/// Looks of the courier while the toxic is there.
const LOOKS: usize = 3;

/// The rows of this file.
pub(super) const ROWS: [Row; 10] = [
    row!("T-NET", "latency", latency),
    row!("T-NET", "down", down),
    row!("T-NET", "bandwidth-1-kb-per-second", bandwidth),
    row!("T-NET", "slow-close", slow_close),
    row!("T-NET", "timeout", timeout),
    row!("T-NET", "reset-peer", reset_peer),
    row!("T-NET", "slicer-1-byte", slicer),
    row!("T-NET", "limit-data", limit_data),
    row!("T-NET", "switched-in-mid-batch", in_mid_batch),
    row!("T-NET", "limit-data-at-every-byte-of-the-answer", every_byte),
];

struct Scene {
    office: Office,
    proxy: Proxy,
    _served: Served,
    desktop: Desktop,
}

impl Scene {
    async fn set(cases: u32, seed: u64, is_patient: bool) -> Result<Self, Trouble> {
        let office = Office::open(cases).await?;
        let served = office.serve(Limits::default()).await?;
        let proxy = Proxy::start(served.address, seed).await.map_err(unknown("the proxy"))?;
        let url = format!("http://{}", proxy.address());
        let desktop = if is_patient {
            Desktop::sign_in_patiently(&office, &url, "li").await?
        } else {
            Desktop::sign_in(&office, &url, "li").await?
        };
        Ok(Self { office, proxy, _served: served, desktop })
    }
}

/// Both directions of one toxic, each with a desktop of its own.
async fn both(seed: u64, toxic: Toxic, is_patient: bool) -> Outcome {
    let [up, down] = Direction::ALL.map(|direction| one_way(seed, direction, toxic, is_patient));
    let (up, down) = futures::try_join!(up, down)?;
    Ok(format!("delivered meanwhile: {up}, {down}"))
}

async fn one_way(seed: u64, direction: Direction, toxic: Toxic, is_patient: bool) -> Outcome {
    let scene = Scene::set(2, seed, is_patient).await?;
    for (place, lease) in scene.desktop.leases().await?.iter().enumerate() {
        scene.desktop.decide(lease, place == 0)?;
    }
    scene.proxy.toxics().add(direction, toxic);
    for _ in 0..LOOKS {
        scene.desktop.deliver().await;
        safe(&scene.office, &[&scene.desktop])?;
    }
    let through = scene.desktop.rows()?.iter().filter(|row| row.delivered_at_ms.is_some()).count();
    scene.proxy.toxics().clear();
    all_delivered(&scene.office, &[&scene.desktop]).await?;
    Ok(format!("{} {through} of 2", direction.word()))
}

async fn latency(seed: u64) -> Outcome {
    both(seed, Toxic::Latency { delay: 60 * MS, jitter: 50 * MS }, false).await
}

async fn down(seed: u64) -> Outcome {
    both(seed, Toxic::Down, false).await
}

async fn bandwidth(seed: u64) -> Outcome {
    both(seed, Toxic::Bandwidth { bytes_per_second: 1024 }, true).await
}

async fn slow_close(seed: u64) -> Outcome {
    both(seed, Toxic::SlowClose { delay: 300 * MS }, false).await
}

async fn timeout(seed: u64) -> Outcome {
    let silent = both(seed, Toxic::Timeout { after: Duration::ZERO }, false).await?;
    let cut = both(seed, Toxic::Timeout { after: 100 * MS }, false).await?;
    Ok(format!("for ever: {silent}; then cut: {cut}"))
}

async fn reset_peer(seed: u64) -> Outcome {
    let at_once = both(seed, Toxic::ResetPeer { after: Duration::ZERO }, false).await?;
    let later = both(seed, Toxic::ResetPeer { after: 30 * MS }, false).await?;
    Ok(format!("at once: {at_once}; later: {later}"))
}

async fn slicer(seed: u64) -> Outcome {
    both(seed, Toxic::Slicer { size: 1, variation: 0, pause: Duration::ZERO }, true).await
}

async fn limit_data(seed: u64) -> Outcome {
    both(seed, Toxic::LimitData { bytes: 1000 }, false).await
}

/// The network goes bad after a few rows of a batch are through, and good again.
async fn in_mid_batch(seed: u64) -> Outcome {
    let scene = Scene::set(8, seed, false).await?;
    for lease in scene.desktop.leases().await? {
        scene.desktop.decide(&lease, true)?;
    }
    for bytes in [2_000, 4_000, 6_000] {
        scene.proxy.toxics().clear();
        scene.proxy.toxics().add(Direction::Down, Toxic::LimitData { bytes });
        scene.desktop.deliver().await;
        safe(&scene.office, &[&scene.desktop])?;
    }
    scene.proxy.toxics().clear();
    all_delivered(&scene.office, &[&scene.desktop]).await?;
    Ok("8 decisions".to_owned())
}

/// One decision, and the connection cut after byte 0, 1, 2 … of what the server says, until one more byte was enough.
async fn every_byte(seed: u64) -> Outcome {
    let scene = Scene::set(1, seed, false).await?;
    let leases = scene.desktop.leases().await?;
    let lease = leases.first().ok_or_else(|| Trouble::Unknown("no case is leased".into()))?;
    let saved = scene.desktop.decide(lease, true)?;
    let mut bytes = 0;
    while scene.desktop.row(&saved)?.delivered_at_ms.is_none() {
        must(bytes < 20_000, "the decision is never delivered")?;
        scene.proxy.toxics().clear();
        scene.proxy.toxics().add(Direction::Down, Toxic::LimitData { bytes });
        scene.desktop.deliver().await;
        if bytes % 50 == 0 {
            safe(&scene.office, &[&scene.desktop])?;
        }
        bytes += 1;
    }
    scene.proxy.toxics().clear();
    all_delivered(&scene.office, &[&scene.desktop]).await?;
    Ok(format!("{bytes} cuts, one effect"))
}
