//! The face in JavaScript: options in, promises and events out. No decisions are taken here.
//!
//! Values cross as JSON text in one piece: `JSON.parse` and `JSON.stringify` are the fastest way there is, and cost no bytes
//! here. `face/index.js` is the other half: it holds the listeners and makes the methods bound.

mod client;
mod events;
mod failure;
mod online;
mod options;
mod part;
mod provider;
mod pure;
mod snapshot;
mod values;
