//! Places that hold rows.
