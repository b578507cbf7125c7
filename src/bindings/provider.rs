//! The page's own sign-in provider (`AuthProvider`). Nothing of it is trusted to have a shape, or to answer.

use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, ready};
use wasm_bindgen::prelude::*;

use super::values::{parse, stringify};
use crate::auth::custom::{Provider, ProviderCall};
use crate::error::Code;
use crate::platform::browser::js;

/// An object with the methods of `AuthProvider`.
pub struct PageProvider(pub JsValue);

impl Provider for PageProvider {
    fn call(
        &self,
        call: ProviderCall,
        previous: Option<&[u8]>,
    ) -> LocalBoxFuture<'static, std::result::Result<Vec<u8>, Option<Code>>> {
        if call == ProviderCall::Logout && !js::get(&self.0, call.name()).is_function() {
            return ready(Ok(Vec::new())).boxed_local();
        }
        let previous = previous.map(parse);
        let answer = js::call(&self.0, call.name(), previous.as_ref().as_slice());
        async move {
            match js::settled(answer).await {
                // What JSON cannot say is no answer; `initialize` and `logout` have none.
                Ok(answer) => Ok(stringify(&answer, "").unwrap_or_default()),
                Err(thrown) => Err(js::code(&thrown)),
            }
        }
        .boxed_local()
    }
}
