//! What a picture's own file says of how it came to be.

use crate::{
    domain::{
        catalogue::{self, Accepts, Kind},
        picture::xmp::{Facts, Origin},
    },
    lanes::{In, Mark},
    store::{generations::HostFacts, life::Made},
};
use serde_json::{Map, Value};

/// Of a generation whose host is done. Names of pictures are no part of it: they are of use to nobody else.
pub(super) fn of(made: &Made, host: &HostFacts) -> Mark {
    let model = catalogue::model(&made.model);
    let is_picture = |name: &str| made.slots.iter().any(|slot| slot == name);
    let known = |name: &str| {
        model.is_none_or(|model| model.inputs.iter().any(|input| input.name == name && !matches!(input.accepts, Accepts::Images { .. })))
    };
    let kept = made.inputs.iter().filter(|(name, _)| known(name) && !is_picture(name));
    let mut inputs: Map<String, Value> = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
    if let Some(seed) = host.seed {
        inputs.insert("seed".to_owned(), seed.into());
    }
    let facts = Facts {
        origin: Origin::of(model.map_or(Kind::Edit, |model| model.kind), made.brought),
        created_at: made.created_at,
        model: (&made.model, model.map_or(&made.model, |model| model.name)),
        host: &made.host,
        host_version: host.version.as_deref(),
        inputs: &inputs,
        sources: &made.slots,
    };
    Mark::new(&facts, Some(&In::new(made.prompt.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::time::Timestamp, lanes::Prompt};

    fn made(model: &str, inputs: &Value, slots: &[&str], brought: bool) -> Made {
        Made {
            user: "u".to_owned(),
            model: model.to_owned(),
            host: "replicate".to_owned(),
            prompt: Prompt::new("a red fox"),
            inputs: inputs.as_object().unwrap().clone(),
            created_at: Timestamp::from_ms(0),
            slots: slots.iter().map(|slot| (*slot).to_owned()).collect(),
            brought,
        }
    }
    /// What a file says that took the mark.
    fn said(made: &Made, seed: Option<i64>) -> String {
        let host = HostFacts { seed, version: Some("v1".to_owned()), ..HostFacts::default() };
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3a\x7e\x9b\x55";
        String::from_utf8_lossy(&of(made, &host).whole(png).unwrap()).into_owned()
    }

    #[test]
    fn names_of_pictures_and_people_stay_here() {
        let inputs = serde_json::json!({"image": "01jqupload", "seed": 5, "aspectRatio": "1:1"});
        let said = said(&made("flux-kontext-pro", &inputs, &["image"], true), None);
        assert!(said.contains("compositeWithTrainedAlgorithmicMedia"));
        assert!(said.contains("<atelier:sources>image</atelier:sources>") && said.contains("<atelier:seed>5</atelier:seed>"));
        assert!(!said.contains("01jqupload") && !said.contains("&quot;image&quot;"));
    }

    #[test]
    fn the_hosts_seed_counts_and_a_model_that_is_gone_is_still_named() {
        let said = said(&made("gone-model", &serde_json::json!({"seed": 5}), &[], false), Some(77));
        assert!(said.contains("<atelier:seed>77</atelier:seed>") && said.contains("<atelier:model>gone-model</atelier:model>"));
        assert!(said.contains("/trainedAlgorithmicMedia"));
    }
}
