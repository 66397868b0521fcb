//! Palettes: a sky from zenith to horizon, its light, the haze of the distance and the ink of what is near.

use super::color::Rgb;

/// The colours of one mood.
#[derive(Debug, Clone)]
pub struct Palette {
    /// Zenith to horizon.
    pub sky: [Rgb; 5],
    /// Sun or moon.
    pub light: Rgb,
    /// What the distance fades into.
    pub haze: Rgb,
    /// The nearest silhouettes.
    pub ink: Rgb,
    /// Whether stars are out.
    pub night: bool,
}

/// Name, sky, light, haze, ink, night; colours as `0x00RRGGBB`.
type Row = (&'static str, [u32; 5], u32, u32, u32, bool);

/// Every palette.
const TABLE: [Row; 12] = [
    ("sunset", [0x001B_1C4B, 0x005A_2A6E, 0x00C2_466D, 0x00F5_865A, 0x00FF_D08A], 0x00FF_F0C2, 0x00F2_9A76, 0x001A_1030, false),
    ("dawn", [0x0034_568F, 0x007D_8FC7, 0x00D9_A9BD, 0x00F8_CDB0, 0x00FF_F0D2], 0x00FF_F6DC, 0x00E6_C3C6, 0x0022_304F, false),
    ("gold", [0x003D_4F6E, 0x008B_7F83, 0x00D8_A35F, 0x00F3_C678, 0x00FF_F0BF], 0x00FF_F8DC, 0x00E9_BF86, 0x003A_2418, false),
    ("day", [0x001D_5FA8, 0x004A_92D0, 0x0086_BFE6, 0x00BF_E0F1, 0x00F0_F7F4], 0x00FF_FFFF, 0x00C3_DBE8, 0x0012_324A, false),
    ("dusk", [0x0012_173F, 0x0033_296B, 0x006B_4190, 0x00B4_6AA0, 0x00F0_B0A8], 0x00FF_E3CF, 0x00A8_7AA8, 0x0014_0F2C, true),
    ("night", [0x0005_0918, 0x000A_1430, 0x0014_264F, 0x0023_4270, 0x003F_6690], 0x00F4_F1E2, 0x0035_557D, 0x0003_060F, true),
    ("ember", [0x0016_060F, 0x004A_0D1E, 0x009C_1F24, 0x00E0_512A, 0x00FF_B04D], 0x00FF_E9B8, 0x00C9_4A33, 0x0017_060B, false),
    ("rose", [0x004B_3F72, 0x009A_6A9E, 0x00E2_9AB0, 0x00F8_C4BC, 0x00FF_F0E2], 0x00FF_F7EE, 0x00EA_B6C0, 0x003A_2348, false),
    ("teal", [0x0006_2B3D, 0x000D_5564, 0x002B_8D8B, 0x0086_C6AD, 0x00F0_ECC2], 0x00FF_FBE0, 0x007D_BBA9, 0x0004_202B, false),
    ("mint", [0x0016_352F, 0x002F_6650, 0x006B_A27A, 0x00B5_CF9F, 0x00F1_EFCD], 0x00FF_FBE2, 0x00A9_C79C, 0x000A_201C, false),
    ("ice", [0x003B_6EA5, 0x007A_A6CF, 0x00B3_CFE5, 0x00DD_E9F2, 0x00FB_F6F0], 0x00FF_FDF4, 0x00D3_E1EC, 0x002B_4763, false),
    ("storm", [0x001D_2733, 0x0037_4757, 0x0066_798A, 0x009D_ABB5, 0x00D8_DCD9], 0x00F4_F1E6, 0x0093_A3AE, 0x0014_1C25, false),
];

/// The palette of that name, if there is one.
pub fn named(name: &str) -> Option<Palette> {
    let &(_, sky, light, haze, ink, night) = TABLE.iter().find(|row| row.0 == name)?;
    Some(Palette { sky: sky.map(Rgb::hex), light: Rgb::hex(light), haze: Rgb::hex(haze), ink: Rgb::hex(ink), night })
}

/// Words of a prompt and the palette that they ask for; the first word found decides.
pub const WORDS: [(&str, &[&str]); 12] = [
    ("sunset", &["sunset", "sundown", "orange", "evening", "tropical", "summer"]),
    ("night", &["night", "midnight", "moon", "moonlight", "stars", "starry", "dark", "black"]),
    ("ember", &["red", "crimson", "scarlet", "fire", "volcano", "lava", "mars"]),
    ("dawn", &["dawn", "sunrise", "morning", "pastel", "calm", "spring"]),
    ("gold", &["gold", "golden", "yellow", "amber", "desert", "sand", "autumn", "savanna"]),
    ("ice", &["snow", "snowy", "ice", "winter", "white", "arctic", "glacier", "frozen"]),
    ("day", &["blue", "day", "noon", "bright", "sunny", "azure"]),
    ("dusk", &["dusk", "twilight", "purple", "violet", "neon", "cyberpunk", "magic"]),
    ("rose", &["pink", "rose", "blossom", "romantic", "candy", "cherry"]),
    ("teal", &["teal", "turquoise", "cyan", "lagoon", "emerald", "aqua"]),
    ("mint", &["green", "mint", "forest", "jungle", "moss", "meadow"]),
    ("storm", &["storm", "rain", "rainy", "grey", "gray", "fog", "foggy", "mist", "misty", "moody"]),
];
