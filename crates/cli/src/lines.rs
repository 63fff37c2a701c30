//! A text as messages: what stands between line feeds, byte for byte, one line in memory at a time.

use std::io::{self, BufRead, Read};

use crate::text::len_of;

/// The longest content of a message, in bytes: a little less than 16 MiB.
pub(crate) const MAX_LINE: u64 = entrenous::MAX_CONTENT as u64;

#[derive(Debug)]
pub(crate) struct Lines<R> {
    input: R,
    /// Lines read so far.
    pub(crate) count: u64,
}

#[derive(Debug)]
pub(crate) enum LineError {
    Io(io::Error),
    /// The line of this number, from 1, is too long.
    TooLong(u64),
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, count: 0 }
    }

    /// The next line without its line feed; a last one that has none is a line as well.
    pub(crate) fn next_line(&mut self) -> Result<Option<Vec<u8>>, LineError> {
        let mut line = Vec::new();
        // one more byte than allowed: the line feed, or the proof that the line is too long
        let read = self.input.by_ref().take(MAX_LINE + 1).read_until(b'\n', &mut line);
        if read.map_err(LineError::Io)? == 0 {
            return Ok(None);
        }
        self.count += 1;
        if line.last() == Some(&b'\n') {
            line.pop();
        } else if len_of(line.len()) > MAX_LINE {
            return Err(LineError::TooLong(self.count));
        }
        Ok(Some(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> Vec<Vec<u8>> {
        let mut lines = Lines::new(text);
        std::iter::from_fn(|| lines.next_line().expect("memory reads")).collect()
    }

    #[test]
    fn a_line_is_what_stands_between_line_feeds() {
        assert_eq!(lines(b""), Vec::<Vec<u8>>::new());
        assert_eq!(lines(b"\n"), [b""]);
        assert_eq!(lines(b"a\n\nb"), [&b"a"[..], b"", b"b"]);
        assert_eq!(lines(b"a\r\n\xff\xfe\0\n"), [&b"a\r"[..], b"\xff\xfe\0"]);
    }

    #[test]
    fn the_longest_line_passes_and_one_more_byte_does_not() {
        let longest = usize::try_from(MAX_LINE).expect("a length");
        let mut text = vec![b'x'; longest];
        assert_eq!(lines(&text)[0].len(), longest);
        text.push(b'\n');
        assert_eq!(lines(&text)[0].len(), longest);

        let mut text = b"short\n".to_vec();
        text.extend(vec![b'x'; longest + 1]);
        let mut lines = Lines::new(&*text);
        assert!(lines.next_line().is_ok());
        assert!(matches!(lines.next_line(), Err(LineError::TooLong(2))));
    }
}
