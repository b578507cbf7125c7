//! A token for tests of what stands on the API.

use std::cell::RefCell;

use super::{Authorization, TokenSource};
use crate::error::{CloudError, Code, Result};
use crate::secret::Secret;

/// Lends one token, until it is told otherwise.
pub(crate) struct FixedToken {
    token: RefCell<Option<String>>,
}

impl FixedToken {
    pub(crate) fn new(token: &str) -> Self {
        Self { token: RefCell::new(Some(token.to_owned())) }
    }

    /// From now on lends `token`; `None`: signed out.
    pub(crate) fn set(&self, token: Option<&str>) {
        *self.token.borrow_mut() = token.map(str::to_owned);
    }
}

impl TokenSource for FixedToken {
    async fn authorize(&self, _method: &str, _url: &str) -> Result<Authorization> {
        let token = self.token.borrow().clone();
        let token = token.ok_or_else(|| CloudError::new(Code::NotAuthenticated, "signed out"))?;
        let headers = vec![("Authorization", format!("Bearer {token}"))];
        Ok(Authorization { headers, token: Secret::new(token) })
    }

    async fn rejected(&self, _sent: &Secret) -> Result<()> {
        Ok(())
    }
}
