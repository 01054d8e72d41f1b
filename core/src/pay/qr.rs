//! QR codes as SVG: black on white whatever the page's theme, of whatever size the page gives
//! them. Knows nothing of what the text means.

use std::fmt::Write;

use qrcode::{Color, EcLevel, QrCode};

use crate::{Error, Result};

/// The white border that the standard asks for, in modules.
const QUIET_ZONE: usize = 4;

/// The QR code of `text` with medium error correction, as one `<svg>` element without a size of
/// its own, script or reference, so that it can be inlined, stored in a file or sent as an image.
///
/// # Errors
/// [`crate::ErrorCode::InvalidInput`] when the text is empty or longer than a QR code can hold.
pub fn qr_svg(text: &str) -> Result<String> {
    if text.is_empty() {
        return Err(Error::invalid("text", "a QR code needs something to say"));
    }
    let code = QrCode::with_error_correction_level(text, EcLevel::M)
        .map_err(|_| Error::invalid("text", "it is longer than a QR code can hold"))?;
    let side = code.width().saturating_add(QUIET_ZONE.saturating_mul(2));
    let path = dark_modules(&code);
    Ok(format!(
        concat!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}""#,
            r#" shape-rendering="crispEdges">"#,
            r##"<path fill="#fff" d="M0 0h{side}v{side}H0z"/>"##,
            r##"<path fill="#000" d="{path}"/></svg>"##,
        ),
        side = side,
        path = path,
    ))
}

/// A path of one rectangle for every run of dark modules in a row.
fn dark_modules(code: &QrCode) -> String {
    let modules = code.to_colors();
    let mut path = String::new();
    for (row, modules) in modules.chunks_exact(code.width()).enumerate() {
        let y = row.saturating_add(QUIET_ZONE);
        let mut x = QUIET_ZONE;
        for run in modules.chunk_by(|left, right| left == right) {
            let length = run.len();
            if run.first() == Some(&Color::Dark) {
                // Writing to a string cannot fail.
                let _ = write!(path, "M{x} {y}h{length}v1H{x}z");
            }
            x = x.saturating_add(length);
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "bitcoin:bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq?amount=0.00150000";

    /// Paints the path on a grid, the way a browser would.
    fn painted(svg: &str) -> Vec<Vec<bool>> {
        let side = svg.split("viewBox=\"0 0 ").nth(1).unwrap();
        let side: usize = side.split(' ').next().unwrap().parse().unwrap();
        let mut grid = vec![vec![false; side]; side];
        let path = svg
            .split("#000\" d=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        for run in path.split_terminator('z') {
            let (place, rest) = run.strip_prefix('M').unwrap().split_once('h').unwrap();
            let (x, y) = place.split_once(' ').unwrap();
            let (length, back) = rest.split_once("v1H").unwrap();
            assert_eq!(back, x);
            let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            grid[y][x..x + length.parse::<usize>().unwrap()].fill(true);
        }
        grid
    }

    #[test]
    fn the_picture_shows_the_code_inside_a_white_border() {
        let code = QrCode::with_error_correction_level(TEXT, EcLevel::M).unwrap();
        let grid = painted(&qr_svg(TEXT).unwrap());
        assert_eq!(grid.len(), code.width() + 8);
        for (y, row) in grid.iter().enumerate() {
            for (x, dark) in row.iter().enumerate() {
                let inside = |n: usize| (4..4 + code.width()).contains(&n);
                let expected = inside(x) && inside(y) && code[(x - 4, y - 4)] == Color::Dark;
                assert_eq!(*dark, expected, "module {x}, {y}");
            }
        }
    }

    #[test]
    fn the_picture_holds_neither_its_text_nor_a_size_script_or_reference() {
        let svg = qr_svg("\"/><script>alert(1)</script>").unwrap();
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"));
        for forbidden in [
            "script", "alert", "href", "url(", " width=", " height=", "style", "<?",
        ] {
            assert!(!svg.contains(forbidden), "{forbidden}");
        }
        assert_eq!(
            svg.matches("http").count(),
            1,
            "the namespace is the only address"
        );
    }

    #[test]
    fn a_text_of_no_or_too_many_characters_is_refused() {
        assert!(qr_svg("").is_err());
        assert!(qr_svg(&"x".repeat(10_000)).is_err());
    }
}
