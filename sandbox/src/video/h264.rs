//! A small H.264 encoder (ITU-T H.264, Main profile, CAVLC). Two tools of the standard are enough for a moving camera:
//! key pictures whose samples are sent as they are (`I_PCM`), and pictures that say of every block where in a key picture
//! it comes from. Moving, filtering and fading are the decoder's work, so a second of film takes no more than its key
//! picture and a few kilobytes, and nothing here depends on the machine.

use super::bits::Bits;

/// Samples of a macroblock's side.
pub const BLOCK: u32 = 16;
/// Bits of `frame_num` and of the picture order count in slice headers.
const FRAME_NUMBER_BITS: u32 = 4;
const ORDER_BITS: u32 = 10;
/// `profile_idc` of the Main profile, the flag that says so once more, and level 3.0.
pub const PROFILE: [u8; 3] = [77, 0x40, 30];

/// A picture as 4:2:0 samples, padded to whole macroblocks.
#[derive(Debug)]
pub struct Samples {
    /// Macroblocks across.
    pub columns: u32,
    /// Macroblocks down.
    pub rows: u32,
    luma: Vec<u8>,
    blue: Vec<u8>,
    red: Vec<u8>,
}

impl Samples {
    /// From 8-bit RGB rows; ITU-R BT.601 in studio range. The last column and row are repeated as far as needed.
    pub fn from_rgb(rgb: &[u8], width: u32, height: u32) -> Self {
        let (columns, rows) = (width.div_ceil(BLOCK), height.div_ceil(BLOCK));
        let pixel = |x: u32, y: u32| -> [i32; 3] {
            let at = (y.min(height - 1) * width + x.min(width - 1)) as usize * 3;
            std::array::from_fn(|channel| rgb.get(at + channel).copied().map_or(0, i32::from))
        };
        let mix = |[red, green, blue]: [i32; 3], weights: [i32; 3], base: i32| {
            u8::try_from(base + ((weights[0] * red + weights[1] * green + weights[2] * blue + 32_768) >> 16)).unwrap_or(128)
        };
        let luma = (0..rows * BLOCK).flat_map(|y| (0..columns * BLOCK).map(move |x| (x, y)));
        let luma = luma.map(|(x, y)| mix(pixel(x, y), [16_829, 33_039, 6_416], 16)).collect();
        let quarter = |x: u32, y: u32| -> [i32; 3] {
            let four = [pixel(x * 2, y * 2), pixel(x * 2 + 1, y * 2), pixel(x * 2, y * 2 + 1), pixel(x * 2 + 1, y * 2 + 1)];
            std::array::from_fn(|channel| (four.iter().map(|one| one[channel]).sum::<i32>() + 2) / 4)
        };
        let halves = || (0..rows * BLOCK / 2).flat_map(|y| (0..columns * BLOCK / 2).map(move |x| (x, y)));
        let blue = halves().map(|(x, y)| mix(quarter(x, y), [-9_714, -19_070, 28_784], 128)).collect();
        let red = halves().map(|(x, y)| mix(quarter(x, y), [28_784, -24_103, -4_681], 128)).collect();
        Self { columns, rows, luma, blue, red }
    }
}

/// Where a block comes from, in quarters of a sample to the right and down.
pub type Vector = (i32, i32);

/// Sequence parameter set of a film whose pictures are cropped to that size, in samples. With `reordered`, one key
/// picture is sent before pictures that are shown before it.
pub fn sequence(width: u32, height: u32, reordered: bool) -> Vec<u8> {
    let (columns, rows) = (width.div_ceil(BLOCK), height.div_ceil(BLOCK));
    let references = if reordered { 2 } else { 1 };
    let mut bits = Bits::default();
    bits.raw(PROFILE);
    bits.unsigned(0); // seq_parameter_set_id
    bits.unsigned(FRAME_NUMBER_BITS - 4);
    bits.unsigned(0); // pic_order_cnt_type
    bits.unsigned(ORDER_BITS - 4);
    bits.unsigned(references); // max_num_ref_frames
    bits.flag(false); // gaps_in_frame_num_value_allowed_flag
    bits.unsigned(columns - 1);
    bits.unsigned(rows - 1);
    bits.flag(true); // frame_mbs_only_flag
    bits.flag(true); // direct_8x8_inference_flag
    bits.flag(true); // frame_cropping_flag, in pairs of samples
    for crop in [0, (columns * BLOCK - width) / 2, 0, (rows * BLOCK - height) / 2] {
        bits.unsigned(crop);
    }
    bits.flag(true); // vui_parameters_present_flag
    bits.flag(false); // aspect_ratio_info_present_flag
    bits.flag(false); // overscan_info_present_flag
    bits.flag(true); // video_signal_type_present_flag
    bits.fixed(5, 3); // video_format: unspecified
    bits.flag(false); // video_full_range_flag
    bits.flag(true); // colour_description_present_flag
    for _ in 0..3 {
        bits.fixed(6, 8); // primaries, transfer and matrix of BT.601 with 525 lines
    }
    bits.flag(false); // chroma_loc_info_present_flag
    bits.flag(false); // timing_info_present_flag
    bits.flag(false); // nal_hrd_parameters_present_flag
    bits.flag(false); // vcl_hrd_parameters_present_flag
    bits.flag(false); // pic_struct_present_flag
    bits.flag(true); // bitstream_restriction_flag
    bits.flag(true); // motion_vectors_over_pic_boundaries_flag
    // No limits on bytes and bits, vectors up to 2^16, pictures to reorder, pictures to keep.
    for value in [0, 0, 16, 16, references - 1, references] {
        bits.unsigned(value);
    }
    bits.unit(0x67)
}

/// Picture parameter set: CAVLC, one slice a picture, fades by the distance in time.
pub fn parameters() -> Vec<u8> {
    let mut bits = Bits::default();
    bits.unsigned(0); // pic_parameter_set_id
    bits.unsigned(0); // seq_parameter_set_id
    bits.flag(false); // entropy_coding_mode_flag
    bits.flag(false); // bottom_field_pic_order_in_frame_present_flag
    bits.unsigned(0); // num_slice_groups_minus1
    bits.unsigned(0); // num_ref_idx_l0_default_active_minus1
    bits.unsigned(0); // num_ref_idx_l1_default_active_minus1
    bits.flag(false); // weighted_pred_flag
    bits.fixed(2, 2); // weighted_bipred_idc: implicit
    bits.signed(0); // pic_init_qp_minus26
    bits.signed(0); // pic_init_qs_minus26
    bits.signed(0); // chroma_qp_index_offset
    bits.flag(true); // deblocking_filter_control_present_flag
    bits.flag(false); // constrained_intra_pred_flag
    bits.flag(false); // redundant_pic_cnt_present_flag
    bits.unit(0x68)
}

/// A key picture: the first of all (`number` 0), or one more (`number` 1) that later ones may refer to. `place` counts
/// the pictures as they are shown.
pub fn key(samples: &Samples, number: u32, place: u32) -> Vec<u8> {
    let first = number == 0;
    let mut bits = Bits::default();
    header(&mut bits, 7, number, place, first);
    bits.flag(false); // no_output_of_prior_pics_flag, or adaptive_ref_pic_marking_mode_flag
    if first {
        bits.flag(false); // long_term_reference_flag
    }
    trailer(&mut bits);
    for (row, column) in (0..samples.rows).flat_map(|row| (0..samples.columns).map(move |column| (row, column))) {
        bits.unsigned(25); // I_PCM
        bits.align();
        bits.raw(block(&samples.luma, samples.columns, row, column, BLOCK));
        bits.raw(block(&samples.blue, samples.columns, row, column, BLOCK / 2));
        bits.raw(block(&samples.red, samples.columns, row, column, BLOCK / 2));
    }
    bits.unit(if first { 0x65 } else { 0x61 })
}

/// A picture that nothing refers to: each block comes from the key picture, moved by its vector.
pub fn moved(columns: u32, place: u32, vectors: &[Vector]) -> Vec<u8> {
    let mut bits = Bits::default();
    header(&mut bits, 5, 1, place, false);
    bits.flag(false); // num_ref_idx_active_override_flag
    bits.flag(false); // ref_pic_list_modification_flag_l0
    trailer(&mut bits);
    for at in 0..vectors.len() {
        bits.unsigned(0); // mb_skip_run
        bits.unsigned(0); // P_L0_16x16
        difference(&mut bits, columns, vectors, at);
        bits.unsigned(0); // coded_block_pattern: nothing is added
    }
    bits.unit(0x01)
}

/// A picture between two key pictures: each block is mixed of both, the more of one the nearer it is in time.
pub fn between(columns: u32, place: u32, from_earlier: &[Vector], from_later: &[Vector]) -> Vec<u8> {
    let mut bits = Bits::default();
    header(&mut bits, 6, 2, place, false);
    bits.flag(true); // direct_spatial_mv_pred_flag
    bits.flag(false); // num_ref_idx_active_override_flag
    bits.flag(false); // ref_pic_list_modification_flag_l0
    bits.flag(false); // ref_pic_list_modification_flag_l1
    trailer(&mut bits);
    for at in 0..from_earlier.len() {
        bits.unsigned(0); // mb_skip_run
        bits.unsigned(3); // B_Bi_16x16
        difference(&mut bits, columns, from_earlier, at);
        difference(&mut bits, columns, from_later, at);
        bits.unsigned(0); // coded_block_pattern: nothing is added
    }
    bits.unit(0x01)
}

fn header(bits: &mut Bits, slice_type: u32, number: u32, place: u32, first: bool) {
    bits.unsigned(0); // first_mb_in_slice
    bits.unsigned(slice_type);
    bits.unsigned(0); // pic_parameter_set_id
    bits.fixed(number, FRAME_NUMBER_BITS);
    if first {
        bits.unsigned(0); // idr_pic_id
    }
    bits.fixed(place * 2, ORDER_BITS);
}

fn trailer(bits: &mut Bits) {
    bits.signed(0); // slice_qp_delta
    bits.unsigned(1); // disable_deblocking_filter_idc
}

fn block(plane: &[u8], columns: u32, row: u32, column: u32, side: u32) -> impl Iterator<Item = u8> {
    let stride = columns * side;
    let lines = (0..side).map(move |line| ((row * side + line) * stride + column * side) as usize);
    lines.flat_map(move |from| plane.get(from..from + side as usize).unwrap_or_default().iter().copied())
}

/// A vector as its difference from what its neighbours let expect (section 8.4.1.3, for blocks of 16 × 16 that all refer
/// to the same picture).
fn difference(bits: &mut Bits, columns: u32, vectors: &[Vector], at: usize) {
    let width = columns as usize;
    let (row, column) = (at / width, at % width);
    let neighbour = |present: bool, back: usize| present.then(|| vectors.get(at.wrapping_sub(back)).copied()).flatten();
    let left = neighbour(column > 0, 1);
    let above = neighbour(row > 0, width);
    let corner = neighbour(row > 0 && column + 1 < width, width - 1).or_else(|| neighbour(row > 0 && column > 0, width + 1));
    let expected = match (left, above, corner) {
        (Some(only), None, None) | (None, Some(only), None) | (None, None, Some(only)) => only,
        _ => {
            let [left, above, corner] = [left, above, corner].map(Option::unwrap_or_default);
            (median(left.0, above.0, corner.0), median(left.1, above.1, corner.1))
        }
    };
    let (x, y) = vectors.get(at).copied().unwrap_or_default();
    bits.signed(x - expected.0);
    bits.signed(y - expected.1);
}

fn median(one: i32, two: i32, three: i32) -> i32 {
    one.max(two).min(one.min(two).max(three))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_three() {
        for (one, two, three) in [(1, 2, 3), (3, 1, 2), (2, 3, 1), (2, 2, 9), (-5, 2, 7)] {
            assert_eq!(median(one, two, three), 2);
        }
    }

    #[test]
    fn colours_are_those_of_bt_601() {
        // White, black, red, blue: ITU-R BT.601, 8 bits, studio range.
        for (rgb, expected) in
            [([255, 255, 255], [235, 128, 128]), ([0, 0, 0], [16, 128, 128]), ([255, 0, 0], [81, 90, 240]), ([0, 0, 255], [41, 240, 110])]
        {
            let samples = Samples::from_rgb(&rgb, 1, 1);
            assert_eq!((samples.columns, samples.rows, samples.luma.len(), samples.red.len()), (1, 1, 256, 64));
            assert_eq!([samples.luma[255], samples.blue[63], samples.red[0]], expected);
        }
    }

    #[test]
    fn equal_vectors_cost_no_more_than_none() {
        let (still, panned) = (moved(4, 1, &[(0, 0); 12]), moved(4, 1, &[(9, -7); 12]));
        assert!(panned.len() <= still.len() + 4, "{} {}", panned.len(), still.len());
    }
}
