//! A picture that is safe to show: re-encoded pixels and their dimensions. It holds a person's photo, so it never
//! prints its bytes.

use std::fmt;

/// A JPEG that this program encoded itself: 8-bit RGB, upright, without metadata.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendition {
    /// The encoded picture.
    pub jpeg: Vec<u8>,
    /// Width of the rendition in pixels, after turning it upright.
    pub width: u32,
    /// Height of the rendition in pixels, after turning it upright.
    pub height: u32,
    /// Width of the original in pixels, after turning it upright.
    pub source_width: u32,
    /// Height of the original in pixels, after turning it upright.
    pub source_height: u32,
}

impl fmt::Debug for Rendition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rendition")
            .field("jpeg", &format_args!("{} bytes", self.jpeg.len()))
            .field("width", &self.width)
            .field("height", &self.height)
            .field("source_width", &self.source_width)
            .field("source_height", &self.source_height)
            .finish()
    }
}
