//! The picture that the gateway serves for a payment's address.

use qrcode::{Color, QrCode};

const MODULE_PIXELS: usize = 4;
/// White on every side, as readers need it.
const QUIET_MODULES: usize = 4;

/// A grey-scale PNG of the text as a QR code, or why there is none.
pub(crate) fn png(text: &str) -> Result<Vec<u8>, String> {
    let code = QrCode::new(text).map_err(|error| error.to_string())?;
    let modules = code.width();
    let colors = code.to_colors();
    let side = (modules + 2 * QUIET_MODULES) * MODULE_PIXELS;
    let is_dark = |x: usize, y: usize| {
        let module = |pixel: usize| (pixel / MODULE_PIXELS).checked_sub(QUIET_MODULES);
        let (Some(x), Some(y)) = (module(x), module(y)) else {
            return false;
        };
        x < modules && y < modules && colors[y * modules + x] == Color::Dark
    };
    let pixels = (0..side * side).map(|index| {
        if is_dark(index % side, index / side) {
            0x00
        } else {
            0xff
        }
    });
    let pixels: Vec<u8> = pixels.collect();
    encode(side, &pixels).map_err(|error| error.to_string())
}

fn encode(side: usize, pixels: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
    let mut file = Vec::new();
    let side = u32::try_from(side).unwrap_or(u32::MAX);
    let mut encoder = png::Encoder::new(&mut file, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(file)
}
