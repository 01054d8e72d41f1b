//! The ratios as one picture: a point for each median, a line for the quarters around it, and a
//! mark where the limit is.

use std::path::Path;

use anyhow::{Result, anyhow, ensure};
use plotters::prelude::*;

use super::figure::{Figure, Spread, Wanted};

const WIDTH: u32 = 900;
const ROW_HEIGHT: u32 = 34;
const GREEN: RGBColor = RGBColor(0x2e, 0x7d, 0x32);
const RED: RGBColor = RGBColor(0xc6, 0x28, 0x28);
const GREY: RGBColor = RGBColor(0x60, 0x60, 0x60);

/// Draws the figures that have a ratio.
///
/// # Errors
/// Where the file cannot be written, or there is nothing to draw.
pub fn draw(figures: &[Figure], file: &Path) -> Result<()> {
    let compared: Vec<_> = figures
        .iter()
        .filter_map(|figure| Some((figure, figure.ratio?)))
        .collect();
    ensure!(!compared.is_empty(), "no figure has a ratio to draw");
    let rows = u32::try_from(compared.len())?;
    let area = SVGBackend::new(file, (WIDTH, 90 + rows * ROW_HEIGHT)).into_drawing_area();
    paint(&area, &compared).map_err(|error| anyhow!("cannot draw: {error}"))?;
    area.present()
        .map_err(|error| anyhow!("cannot write the plot: {error}"))
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

fn paint(
    area: &Area<'_>,
    compared: &[(&Figure, Spread)],
) -> Result<(), Box<dyn std::error::Error>> {
    area.fill(&WHITE)?;
    let most = compared
        .iter()
        .map(|(_, ratio)| ratio.high)
        .fold(1.5, f64::max)
        * 1.05;
    let rows = compared.len();
    let title = "Ours divided by what stands beside it (median and quartiles)";
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 17))
        .margin(12)
        .margin_left(430)
        .x_label_area_size(30)
        .build_cartesian_2d(0.0..most, 0.0..rows as f64)?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .disable_y_axis()
        .x_labels(8)
        .x_label_formatter(&|ratio| format!("{ratio:.2}"))
        .label_style(("sans-serif", 13))
        .draw()?;
    chart.draw_series([PathElement::new(vec![(1.0, 0.0), (1.0, rows as f64)], GREY)])?;
    for (row, (figure, ratio)) in compared.iter().enumerate() {
        let y = (rows - row) as f64 - 0.5;
        let color = match figure.holds() {
            None => GREY,
            Some(true) => GREEN,
            Some(false) => RED,
        };
        let line = vec![(ratio.low, y), (ratio.high, y)];
        chart.draw_series([PathElement::new(line, color.stroke_width(3))])?;
        chart.draw_series([Circle::new((ratio.median, y), 5, color.filled())])?;
        if let Some(Wanted::AtMost(limit) | Wanted::AtLeast(limit)) = figure.wanted {
            let mark = vec![(limit, y - 0.35), (limit, y + 0.35)];
            chart.draw_series([PathElement::new(mark, BLACK.stroke_width(2))])?;
        }
        let against = figure.against.as_deref().unwrap_or_default();
        let text = format!("{} / {against}", figure.what);
        let height = i32::try_from(ROW_HEIGHT)?;
        let place = (14, 44 + height * i32::try_from(row)? + height / 2);
        area.draw(&Text::new(text, place, ("sans-serif", 14)))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::figure::Unit;
    use super::*;

    #[test]
    fn a_plot_names_each_figure_that_has_a_ratio() {
        let alone = Figure::alone("g", "by itself", Unit::Nanoseconds, &[1.0]);
        let file = std::env::temp_dir().join(format!("coinpay-plot-{}.svg", std::process::id()));
        draw(std::slice::from_ref(&alone), &file).expect_err("nothing to draw");
        let compared = Figure::alone("g", "a call", Unit::Nanoseconds, &[1.0]);
        let compared = compared.beside(&[1.0], "its peer", &[2.0]);
        draw(&[alone, compared], &file).expect("a plot");
        let svg = fs::read_to_string(&file).expect("the plot");
        fs::remove_file(&file).expect("is there");
        assert!(svg.contains("a call / its peer"), "{svg}");
        assert!(!svg.contains("by itself"), "{svg}");
    }
}
