//! May this profile be used under this allow list?
