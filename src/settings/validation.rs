//! Is this an answer to `GET /api/extension-settings`?
