//! Pictures as PNG files, for evidence.
//!
//! Called by the camera model when an image is pulled over the wire, and by the command line. It
//! must never be on the way of a camera's reading: it takes longer than one.

use thiserror::Error;

use crate::optics::picture::Picture;

/// The picture as the bytes of an 8-bit grey PNG file.
///
/// Empty only for a picture that PNG cannot hold: one without pixels, or with a `pixels` length
/// that is not its width times its height.
#[must_use]
pub fn encode(picture: &Picture) -> Vec<u8> {
    try_encode(picture).unwrap_or_default()
}

/// [`encode`], telling why it failed.
fn try_encode(picture: &Picture) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::with_capacity(picture.pixels.len() / 2);
    // A size beyond u32 becomes 0, which PNG refuses.
    let side = |length: usize| u32::try_from(length).unwrap_or(0);
    let mut encoder = png::Encoder::new(&mut bytes, side(picture.width), side(picture.height));
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&picture.pixels)?;
    writer.finish()?;
    Ok(bytes)
}

/// Largest picture that is read, in pixels.
const PIXELS_MAX: usize = 64 << 20;

/// Why a file is no picture for us.
#[derive(Debug, Error)]
pub enum PngError {
    /// Not a PNG file, or a broken one.
    #[error("not a PNG picture: {0}")]
    Broken(#[from] png::DecodingError),
    /// Larger than any camera's picture.
    #[error("the picture is larger than {PIXELS_MAX} pixels")]
    TooLarge,
}

/// The picture in the bytes of a PNG file of any colours, as grey; transparent is white.
///
/// # Errors
/// When the bytes are no PNG file, or one beyond any camera's size.
pub fn decode(bytes: &[u8]) -> Result<Picture, PngError> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info()?;
    let size = reader.output_buffer_size().filter(|size| *size <= 4 * PIXELS_MAX);
    let mut samples = vec![0; size.ok_or(PngError::TooLarge)?];
    let info = reader.next_frame(&mut samples)?;
    let of_pixel = info.color_type.samples();
    let pixels = samples[..info.buffer_size()].chunks_exact(of_pixel).map(grey).collect();
    Ok(Picture { width: info.width as usize, height: info.height as usize, pixels })
}

/// The grey of a pixel of grey, grey and opacity, colours, or colours and opacity.
fn grey(samples: &[u8]) -> u8 {
    let mix = |grey: u32, opacity: u8| {
        let opacity = u32::from(opacity);
        ((grey * opacity + 255 * (255 - opacity)) / 255) as u8
    };
    let luma =
        |r: u8, g: u8, b: u8| (u32::from(r) * 77 + u32::from(g) * 150 + u32::from(b) * 29) >> 8;
    match *samples {
        [grey] => grey,
        [grey, opacity] => mix(grey.into(), opacity),
        [r, g, b] => luma(r, g, b) as u8,
        [r, g, b, opacity] => mix(luma(r, g, b), opacity),
        _ => 255,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_encoded_decodes_to_the_same_pixels() {
        let pixels = (0..=255).collect();
        let picture = Picture { width: 32, height: 8, pixels };
        assert_eq!(decode(&encode(&picture)).unwrap(), picture);
        assert!(matches!(decode(b"no picture"), Err(PngError::Broken(_))));
    }

    #[test]
    fn colours_become_grey_and_transparent_white() {
        assert_eq!([grey(&[9]), grey(&[0, 255]), grey(&[0, 0])], [9, 0, 255]);
        assert_eq!(
            [grey(&[255, 255, 255]), grey(&[0, 0, 0, 255]), grey(&[0, 0, 0, 0])],
            [255, 0, 255]
        );
    }

    #[test]
    fn an_impossible_picture_gives_no_file() {
        assert!(encode(&Picture { width: 3, height: 2, pixels: vec![0] }).is_empty());
        assert!(encode(&Picture::filled(0, 0, 0)).is_empty());
    }
}
