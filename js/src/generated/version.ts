// Written by `cargo xtask codegen` from the core. Change nothing here.

/** The version of this package. */
export const VERSION = '0.1.0';
