//! The extension on the other side of a webview: whatever of `HostAdapter` there is.

use super::{Browser, js};
use crate::error::Code;
use crate::platform::{Host, Subscription};

impl Host for Browser {
    fn opens_pages(&self) -> bool {
        super::method(&self.host, "openExternal").is_some()
    }

    async fn open_external(&self, url: &str) -> Result<(), Option<Code>> {
        let opened = js::settled(js::call(&self.host, "openExternal", &[&url.into()])).await;
        opened.map(drop).map_err(|thrown| js::code(&thrown))
    }

    async fn callback_uri(&self) -> Option<String> {
        js::settled(js::call(&self.host, "callbackUri", &[])).await.ok()?.as_string()
    }

    fn on_callback(&self, listener: Box<dyn Fn(&str)>) -> Subscription {
        js::hear(&self.host, "onCallback", listener)
    }
}
