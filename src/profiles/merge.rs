//! The merge of cloud profiles into the stored document.
