//! [`Clock`].

use roo_cloud_web::platform::{Clock, Timers};

use super::{Bench, tab};

pub async fn tells_the_time(bench: &impl Bench) {
    let place = tab(bench).await;
    let (wall, monotonic) = (place.wall_ms(), place.monotonic_ms());
    assert!((1_750_000_000_000..4_000_000_000_000).contains(&wall), "milliseconds since 1970: {wall}");
    place.sleep(120).await;
    let (wall, monotonic) = (place.wall_ms() - wall, place.monotonic_ms() - monotonic);
    assert!((100..60_000).contains(&wall), "{wall}");
    assert!((100..60_000).contains(&monotonic), "{monotonic}");
}

pub async fn never_goes_back(bench: &impl Bench) {
    let place = tab(bench).await;
    let mut last = place.monotonic_ms();
    for _ in 0..20 {
        place.sleep(1).await;
        let now = place.monotonic_ms();
        assert!(now >= last, "{now} after {last}");
        last = now;
    }
}
