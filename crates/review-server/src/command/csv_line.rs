//! One line of CSV with a line feed at its end, quoted where it has to be.

use std::io::{Error, Result, Write};

/// Appends a line of these cells.
pub(crate) fn write<T: AsRef<[u8]>>(out: &mut impl Write, cells: impl IntoIterator<Item = T>) -> Result<()> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    writer.write_record(cells).map_err(Error::other)?;
    let line = writer.into_inner().map_err(|_| Error::other("a line was not written whole"))?;
    // Not through `csv`: its errors hide that a pipe was closed.
    out.write_all(&line)
}
