//! The customer portal: what people can do there. More is paid for at once; less begins with the next period, since the credits of this one are theirs.

use super::setup::{Setup, Sold};
use super::{Form, fingerprint, form, text};
use crate::error::Error;

const PATH: &str = "/billing_portal/configurations";

/// Makes the portal's configuration, or changes it to what is sold.
///
/// # Errors
/// Stripe's refusal, or why it could not be asked.
pub fn ensure(setup: &mut Setup<'_>, sold: &[Sold]) -> Result<(), Error> {
    let mut wanted = features(sold);
    // What Stripe shows of a configuration is not all that it was told, so its own digest says what it was made from.
    let digest = fingerprint(PATH, &wanted, 0);
    wanted.extend(form(&[("metadata[atelier_kind]", "portal"), ("metadata[atelier_digest]", &digest)]));
    let known = setup.stripe().list(PATH, &form(&[("active", "true")]))?;
    // The oldest, should two have been made at the same time: the Worker takes the same.
    match known.iter().rev().find(|one| text(one, "/metadata/atelier_kind") == "portal") {
        None => {
            setup.create("the portal's configuration", PATH, &wanted, "")?;
        }
        Some(known) if text(known, "/metadata/atelier_digest") != digest => {
            let id = text(known, "/id").to_owned();
            setup.update(&format!("the portal's configuration {id}"), &format!("{PATH}/{id}"), &wanted)?;
        }
        Some(_) => {}
    }
    Ok(())
}

fn features(sold: &[Sold]) -> Form {
    let mut features = form(&[
        ("features[customer_update][enabled]", "true"),
        ("features[customer_update][allowed_updates][0]", "name"),
        ("features[customer_update][allowed_updates][1]", "address"),
        ("features[customer_update][allowed_updates][2]", "tax_id"),
        ("features[invoice_history][enabled]", "true"),
        ("features[payment_method_update][enabled]", "true"),
        ("features[subscription_cancel][enabled]", "true"),
        ("features[subscription_cancel][mode]", "at_period_end"),
        ("features[subscription_cancel][proration_behavior]", "none"),
    ]);
    let plans: Vec<&Sold> = sold.iter().filter(|sold| sold.good.kind == "plan").collect();
    let update = "features[subscription_update]";
    if plans.is_empty() {
        features.push((format!("{update}[enabled]"), "false".to_owned()));
        return features;
    }
    for (name, value) in [
        ("[enabled]", "true"),
        ("[default_allowed_updates][0]", "price"),
        ("[proration_behavior]", "always_invoice"),
        ("[schedule_at_period_end][conditions][0][type]", "decreasing_item_amount"),
        ("[schedule_at_period_end][conditions][1][type]", "shortening_interval"),
    ] {
        features.push((format!("{update}{name}"), value.to_owned()));
    }
    for (n, plan) in plans.iter().enumerate() {
        features.push((format!("{update}[products][{n}][product]"), plan.product.clone()));
        for (m, price) in plan.prices.iter().enumerate() {
            features.push((format!("{update}[products][{n}][prices][{m}]"), price.clone()));
        }
    }
    features
}
