//! The first-party plugin echo.
