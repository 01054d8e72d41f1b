//! What the linker has to know of an addon.

fn main() {
    napi_build::setup();
    // A worker that ends unloads the addon, unless somebody else has loaded it too. Threads of
    // the store may still be at the end of their last commit, and need the code that they run.
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
