//! QR codes, drawn with half blocks: two modules a character.

use std::{error::Error, fmt, fmt::Write as _};

use qrcode::{Color as Module, EcLevel, QrCode};

use super::Palette;

/// Modules of free space around a code, on each side (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;

/// Why there is no drawing. The text itself always serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QrError {
    /// No QR code holds that much.
    TooLong,
    /// The output is no terminal, or too narrow.
    TooNarrow {
        /// Columns that it needs.
        needed: usize,
    },
}

impl fmt::Display for QrError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => f.write_str("this is too long for a QR code"),
            Self::TooNarrow { needed } => {
                write!(f, "a QR code needs a terminal that is {needed} columns wide")
            }
        }
    }
}

impl Error for QrError {}

/// Draws `text` as a QR code for a terminal with this many columns (none: no terminal). Capitals and digits make the
/// smallest codes. With colour the code is black on white; without, light modules are drawn, as fits a
/// dark background.
///
/// # Errors
/// [`QrError`]: write the text instead.
pub fn draw_qr(text: &str, columns: Option<u16>, palette: Palette) -> Result<String, QrError> {
    // a screen is not torn or stained: the lowest level of correction makes the smallest code
    let code = QrCode::with_error_correction_level(text, EcLevel::L).map_err(|_| QrError::TooLong)?;
    let needed = code.width() + 2 * QUIET_ZONE;
    if columns.is_none_or(|columns| usize::from(columns) < needed) {
        return Err(QrError::TooNarrow { needed });
    }
    let (on, off) = if palette.is_colored() { ("\x1b[38;5;231;48;5;16m", "\x1b[0m") } else { ("", "") };
    let is_light = |x: usize, y: usize| light(&code, x, y);
    let mut drawn = String::new();
    for y in (0..needed).step_by(2) {
        drawn.push_str(on);
        for x in 0..needed {
            drawn.push(match (is_light(x, y), y + 1 < needed && is_light(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        // writing to a string can't fail
        let _ = writeln!(drawn, "{off}");
    }
    Ok(drawn)
}

/// Whether the module is light, the quiet zone included.
fn light(code: &QrCode, x: usize, y: usize) -> bool {
    let inside = |at: usize| at.checked_sub(QUIET_ZONE).filter(|at| *at < code.width());
    match (inside(x), inside(y)) {
        (Some(x), Some(y)) => code.to_colors().get(y * code.width() + x) != Some(&Module::Dark),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The modules that a drawing shows, true for dark ones.
    fn modules(drawn: &str) -> Vec<Vec<bool>> {
        let upper = |c| matches!(c, ' ' | '▄');
        let lower = |c| matches!(c, ' ' | '▀');
        drawn
            .lines()
            .flat_map(|line| [line.chars().map(upper).collect(), line.chars().map(lower).collect()])
            .collect()
    }

    #[test]
    fn the_drawing_shows_the_code_in_its_quiet_zone() {
        let text = "ENTRENOUS:0123456789ABCDEF";
        let code = QrCode::with_error_correction_level(text, EcLevel::L).expect("a code");
        let (width, colors) = (code.width(), code.to_colors());
        let shown = modules(&draw_qr(text, Some(200), Palette::plain()).expect("drawn"));
        // an odd number of rows leaves half a line, which is no part of it
        assert_eq!(shown.len(), (width + 2 * QUIET_ZONE).next_multiple_of(2));
        for (y, row) in shown.iter().take(width + 2 * QUIET_ZONE).enumerate() {
            assert_eq!(row.len(), width + 2 * QUIET_ZONE);
            for (x, dark) in row.iter().enumerate() {
                let zone = QUIET_ZONE..QUIET_ZONE + width;
                let expected = zone.contains(&x)
                    && zone.contains(&y)
                    && colors[(y - QUIET_ZONE) * width + x - QUIET_ZONE] == Module::Dark;
                assert_eq!(*dark, expected, "{x}, {y}");
            }
        }
    }

    #[test]
    fn a_narrow_terminal_or_none_gets_no_drawing() {
        let needed = 21 + 2 * QUIET_ZONE;
        assert!(draw_qr("A", Some(29), Palette::plain()).is_ok());
        for columns in [Some(28), Some(0), None] {
            assert_eq!(draw_qr("A", columns, Palette::plain()), Err(QrError::TooNarrow { needed }));
        }
        let long = "x".repeat(4000);
        assert_eq!(draw_qr(&long, Some(1000), Palette::plain()), Err(QrError::TooLong));
    }
}
