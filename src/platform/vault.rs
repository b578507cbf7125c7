//! Sealed records: what the client keeps across reloads, unreadable to whoever finds it.
//!
//! A record is one byte of format and then the sealed bytes. The additional authenticated data binds the owner (issuer and
//! client), the slot and the format, so that a record moved to another place does not open.

use std::rc::Rc;

use super::{CryptoError, Expect, Platform, StorageKind, StoreError, Write};
use crate::error::{CloudError, Code, Result};

/// Not sealed: only where records live in memory and there is no WebCrypto.
const FORMAT_PLAIN: u8 = 0;
/// AES-256-GCM under this installation's key.
const FORMAT_SEALED: u8 = 1;

/// Formats to come.
const NEWER_FROM: u8 = 2;
const NEWER_TO: u8 = 15;

/// A record's content and the version a later write may insist on.
pub struct Record {
    /// See [`super::Stored::version`].
    pub version: u64,
    /// What was written.
    pub bytes: Vec<u8>,
}

/// One change of one slot.
pub struct Change {
    /// The slot.
    pub slot: String,
    /// Checked in the same transaction.
    pub expect: Expect,
    /// What it is to hold; `None` deletes it.
    pub plain: Option<Vec<u8>>,
}

/// The sealed records of one owner.
pub struct Vault<P> {
    platform: Rc<P>,
    owner: String,
}

impl<P: Platform> Vault<P> {
    /// The records of `owner`, which names issuer and client (or the API, where there is no issuer).
    pub fn new(platform: Rc<P>, owner: String) -> Self {
        Self { platform, owner }
    }

    /// Reads `slot`. What is no record of ours is set aside, what does not open is wiped (both CORRUPT_DATA); a record of a
    /// newer format stays as it is (VERSION_MISMATCH).
    pub async fn read(&self, slot: &str) -> Result<Option<Record>> {
        let key = self.key(slot);
        let Some(stored) = self.platform.read(&[&key]).await.map_err(store_error)?.pop().flatten() else {
            return Ok(None);
        };
        let Some((&format, body)) = stored.bytes.split_first() else {
            return self.set_aside(&key, stored.version, &[]).await;
        };
        match format {
            FORMAT_PLAIN if self.platform.storage_kind() == StorageKind::Memory => {
                Ok(Some(Record { version: stored.version, bytes: body.to_vec() }))
            }
            FORMAT_SEALED => match self.platform.open(&self.bound(slot), body).await {
                Ok(bytes) => Ok(Some(Record { version: stored.version, bytes })),
                Err(CryptoError::Unavailable) => Err(no_crypto()),
                Err(CryptoError::Refused) => {
                    let gone = Write { key, expect: Expect::Version(stored.version), bytes: None };
                    self.platform.apply(vec![gone]).await.map_err(store_error)?;
                    Err(CloudError::new(
                        Code::CorruptData,
                        "a stored record was changed by someone else, or its key is gone; it was wiped",
                    ))
                }
            },
            NEWER_FROM..=NEWER_TO => Err(newer()),
            _ => self.set_aside(&key, stored.version, &stored.bytes).await,
        }
    }

    /// Writes `slot` if `expect` holds (else CONFLICT); gives the new version.
    pub async fn write(&self, slot: &str, expect: Expect, plain: &[u8]) -> Result<u64> {
        let change = Change { slot: slot.to_owned(), expect, plain: Some(plain.to_vec()) };
        let versions = self.apply(vec![change]).await?;
        Ok(versions.first().copied().unwrap_or(0))
    }

    /// Writes `slot` whatever it holds, but for a record of a newer format, which stays as it is (VERSION_MISMATCH).
    pub async fn replace(&self, slot: &str, plain: &[u8]) -> Result<u64> {
        loop {
            let stored = self.platform.read(&[&self.key(slot)]).await.map_err(store_error)?.pop().flatten();
            if let Some(&(NEWER_FROM..=NEWER_TO)) = stored.as_ref().and_then(|stored| stored.bytes.first()) {
                return Err(newer());
            }
            let expect = stored.map_or(Expect::Absent, |stored| Expect::Version(stored.version));
            match self.write(slot, expect, plain).await {
                // Another tab wrote in between.
                Err(error) if error.code == Code::Conflict => {}
                written => return written,
            }
        }
    }

    /// Makes all of `changes` or none (CONFLICT where one's `expect` does not hold); gives the new versions, in order.
    pub async fn apply(&self, changes: Vec<Change>) -> Result<Vec<u64>> {
        let mut writes = Vec::with_capacity(changes.len());
        for Change { slot, expect, plain } in changes {
            let mut bytes = None;
            if let Some(plain) = plain {
                let mut record = Vec::with_capacity(plain.len() + 32);
                // Seal first, then one transaction: an IndexedDB transaction dies across a WebCrypto await (Firefox, WebKit).
                match self.platform.seal(&self.bound(&slot), &plain).await {
                    Ok(sealed) => {
                        record.push(FORMAT_SEALED);
                        record.extend_from_slice(&sealed);
                    }
                    Err(_) if self.platform.storage_kind() == StorageKind::Memory => {
                        record.push(FORMAT_PLAIN);
                        record.extend_from_slice(&plain);
                    }
                    Err(_) => return Err(no_crypto()),
                }
                bytes = Some(record);
            }
            writes.push(Write { key: self.key(&slot), expect, bytes });
        }
        self.platform.apply(writes).await.map_err(store_error)
    }

    /// Deletes `slots`, all or none.
    pub async fn delete(&self, slots: &[&str]) -> Result<()> {
        let change = |slot: &&str| Change { slot: (*slot).to_owned(), expect: Expect::Any, plain: None };
        self.apply(slots.iter().map(change).collect()).await.map(drop)
    }

    /// The slots that begin with `prefix`.
    pub async fn slots(&self, prefix: &str) -> Result<Vec<String>> {
        let key = self.key(prefix);
        let skip = key.len() - prefix.len();
        let keys = self.platform.keys(&key).await.map_err(store_error)?;
        Ok(keys.iter().filter_map(|key| key.get(skip..)).map(str::to_owned).collect())
    }

    async fn set_aside(&self, key: &str, version: u64, bytes: &[u8]) -> Result<Option<Record>> {
        let aside = Write { key: format!("aside/{key}"), expect: Expect::Any, bytes: Some(bytes.to_vec()) };
        let gone = Write { key: key.to_owned(), expect: Expect::Version(version), bytes: None };
        self.platform.apply(vec![aside, gone]).await.map_err(store_error)?;
        Err(CloudError::new(Code::CorruptData, "a stored record is unreadable; it was set aside"))
    }

    /// Where `slot` lies.
    pub fn key(&self, slot: &str) -> String {
        format!("{}/{slot}", self.owner)
    }

    fn bound(&self, slot: &str) -> Vec<u8> {
        format!("roo-cloud-web 1\n{}\n{slot}", self.owner).into_bytes()
    }
}

fn newer() -> CloudError {
    CloudError::new(
        Code::VersionMismatch,
        "a stored record was written by a newer version of this client; it was left as it is",
    )
}

fn no_crypto() -> CloudError {
    CloudError::new(Code::CryptoUnavailable, "this page has no WebCrypto (is it served over https?)")
}

fn store_error(error: StoreError) -> CloudError {
    match error {
        StoreError::Unavailable => CloudError::new(Code::StorageUnavailable, "storage is denied or broken here"),
        StoreError::Full => CloudError::new(Code::StorageFull, "storage is full; what was stored before is intact"),
        StoreError::Mismatch => CloudError::new(Code::Conflict, "another tab wrote first"),
    }
}
