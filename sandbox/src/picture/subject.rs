//! What a prompt asks for, as far as a landscape painter can tell.

use super::palette::{Palette, WORDS, named};
use crate::dice::Dice;

/// The scenes that can be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scene {
    /// Ridges in the haze.
    Mountains,
    /// The same under snow.
    Snow,
    /// Firs in the mist.
    Forest,
    /// Open water.
    Sea,
    /// Northern lights.
    Aurora,
    /// Sand.
    Dunes,
    /// A skyline.
    City,
    /// A planet.
    Space,
    /// Sheets of colour.
    Flow,
}

/// A prompt, understood.
#[derive(Debug)]
pub struct Subject {
    /// What to draw.
    pub scene: Scene,
    /// In which colours.
    pub palette: Palette,
    /// Whether a boat is wanted on the water.
    pub boat: bool,
}

/// Words and the scene that they ask for; the first word found decides.
const SCENES: [(Scene, &[&str]); 9] = [
    (Scene::Aurora, &["aurora", "northern", "polar"]),
    (Scene::Space, &["planet", "space", "galaxy", "nebula", "cosmos", "cosmic", "mars", "saturn"]),
    (Scene::City, &["city", "skyline", "town", "street", "tokyo", "york", "paris", "skyscraper", "cyberpunk", "neon", "buildings"]),
    (Scene::Dunes, &["desert", "dune", "dunes", "sand", "sahara", "camel", "pyramid"]),
    (Scene::Sea, &["sea", "ocean", "beach", "boat", "ship", "sail", "sailboat", "island", "waves", "lighthouse", "harbor", "harbour", "coast"]),
    (Scene::Snow, &["snow", "snowy", "glacier", "winter", "alps", "everest", "ski"]),
    (Scene::Forest, &["forest", "trees", "tree", "woods", "jungle", "pine", "fox", "deer", "bear"]),
    (Scene::Mountains, &["mountain", "mountains", "hill", "hills", "valley", "lake", "canyon", "landscape", "river", "fjord"]),
    (Scene::Flow, &["abstract", "flow", "flowing", "shapes", "gradient", "wallpaper", "pattern", "silk", "logo", "colors", "colours"]),
];

/// Palettes that suit a scene when the prompt names none.
const fn suitable(scene: Scene) -> &'static [&'static str] {
    match scene {
        Scene::Mountains => &["dawn", "sunset", "teal", "rose", "gold", "dusk"],
        Scene::Snow => &["ice", "dawn", "rose", "dusk"],
        Scene::Forest => &["mint", "teal", "dawn", "gold", "storm"],
        Scene::Sea => &["sunset", "dawn", "day", "teal", "rose"],
        Scene::Aurora => &["night", "teal", "rose"],
        Scene::Dunes => &["gold", "sunset", "ember", "dusk"],
        Scene::City => &["dusk", "sunset", "night", "ember"],
        Scene::Space => &["teal", "ember", "dusk", "gold", "rose"],
        Scene::Flow => &["sunset", "dusk", "teal", "rose", "day", "ember"],
    }
}

/// Reads the prompt; `dice` decide whatever it leaves open.
pub fn read(prompt: &str, dice: &mut Dice) -> Subject {
    let lower = prompt.to_lowercase();
    let words: Vec<&str> = lower.split(|letter: char| !letter.is_alphanumeric()).collect();
    let says = |list: &[&str]| list.iter().any(|word| words.contains(word));
    let scene = SCENES.iter().find(|(_, list)| says(list)).map_or_else(|| any(dice), |(scene, _)| *scene);
    let asked = WORDS.iter().find(|(_, list)| says(list)).map(|(name, _)| *name);
    let fitting = suitable(scene);
    let rolled = fitting[usize::try_from(dice.below(fitting.len() as u64)).unwrap_or(0)];
    let palette = named(asked.unwrap_or(rolled)).expect("every name in the tables above is a palette");
    Subject { scene, palette, boat: says(&["boat", "ship", "sail", "sailboat", "yacht"]) }
}

fn any(dice: &mut Dice) -> Scene {
    SCENES[usize::try_from(dice.below(SCENES.len() as u64)).unwrap_or(0)].0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(prompt: &str, scene: Scene, palette: &str) -> bool {
        let subject = read(prompt, &mut Dice::new(3));
        subject.scene == scene && named(palette).is_some_and(|palette| palette.sky == subject.palette.sky)
    }

    #[test]
    fn words_steer() {
        assert!(is("A city at night", Scene::City, "night"));
        assert!(is("a boat on the sea, SUNSET", Scene::Sea, "sunset"));
        assert!(is("pink abstract shapes", Scene::Flow, "rose"));
        assert!(is("snowy peaks", Scene::Snow, "ice"));
    }

    #[test]
    fn every_palette_in_the_tables_exists() {
        for (scene, _) in SCENES {
            for name in suitable(scene) {
                assert!(named(name).is_some(), "{name}");
            }
        }
        for (name, _) in WORDS {
            assert!(named(name).is_some(), "{name}");
        }
    }
}
