//! [`Host`].

use roo_cloud_web::platform::Host;

use super::{Bench, tab};

pub async fn opens_nothing_where_there_is_none(bench: &impl Bench) {
    let place = tab(bench).await;
    assert!(!place.opens_pages());
    assert!(place.open_external("https://example.com/").await.is_err());
    assert_eq!(place.callback_uri().await, None);
    drop(place.on_callback(Box::new(|_| panic!("nobody is there"))));
}
