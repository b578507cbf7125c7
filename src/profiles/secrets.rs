//! What never crosses: secret keys and secret-looking values.
