//! Pictures as PNG files, for evidence.
//!
//! Called by the camera model when an image is pulled over the wire. It must never be on the way
//! of a reading: it takes longer than one.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_encoded_decodes_to_the_same_pixels() {
        let pixels = (0..=255).collect();
        let picture = Picture { width: 32, height: 8, pixels };
        let file = std::io::Cursor::new(encode(&picture));
        let mut reader = png::Decoder::new(file).read_info().unwrap();
        let mut pixels = vec![0; 256];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (32, 8));
        assert_eq!(pixels, picture.pixels);
    }

    #[test]
    fn an_impossible_picture_gives_no_file() {
        assert!(encode(&Picture { width: 3, height: 2, pixels: vec![0] }).is_empty());
        assert!(encode(&Picture::filled(0, 0, 0)).is_empty());
    }
}
