//! `expand[]`: ids become the objects they name, and lists that are left out are put in.

use serde_json::{Value, json};

use super::{
    Stripe,
    fault::Fault,
    value::{at, entries, list, owned, shown, text},
};

/// The vendor's limit.
const DEPTH_MAX: usize = 4;

/// What can stand in a path: fields with an id, lists, and what leads to them.
const KNOWN: [&str; 23] = [
    "charge",
    "customer",
    "data",
    "default_price",
    "discounts",
    "invoice",
    "items",
    "latest_charge",
    "latest_invoice",
    "line_items",
    "lines",
    "parent",
    "payment",
    "payment_intent",
    "payments",
    "price",
    "price_details",
    "pricing",
    "product",
    "refunds",
    "subscription",
    "subscription_details",
    "tax",
];

impl Stripe {
    /// Whether all of these can be expanded; asked before anything happens.
    pub(super) fn expandable(wanted: &[&str]) -> Result<(), Fault> {
        for path in wanted {
            let depth = path.split('.').count();
            if depth > DEPTH_MAX {
                return Err(Fault::invalid(format!("You cannot expand more than {DEPTH_MAX} levels of a property. Property: {path}")));
            }
            if !path.split('.').all(|part| KNOWN.contains(&part)) {
                return Err(Fault::invalid(format!("This property cannot be expanded ({path}).")).param("expand"));
            }
        }
        Ok(())
    }

    pub(super) fn expand(&self, value: &mut Value, wanted: &[&str]) {
        for path in wanted {
            self.expand_one(value, path);
        }
    }

    fn expand_one(&self, value: &mut Value, path: &str) {
        if let Value::Array(entries) = value {
            for entry in entries {
                self.expand_one(entry, path);
            }
            return;
        }
        let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
        let left_out = self.left_out(value, name);
        let Some(fields) = value.as_object_mut() else {
            return;
        };
        if let Some(left_out) = left_out {
            fields.insert(name.to_owned(), left_out);
        }
        let Some(inside) = fields.get_mut(name) else {
            return;
        };
        if let Some(object) = inside.as_str().and_then(|id| self.store.any(id)) {
            *inside = if super::store::is_gone(object) { deleted(object) } else { shown(object) };
        }
        if let Some(rest) = rest {
            self.expand_one(inside, rest);
        }
    }

    /// Lists that are shown only when they are asked for.
    fn left_out(&self, value: &Value, name: &str) -> Option<Value> {
        let id = text(value, "/id");
        match (text(value, "/object"), name) {
            ("invoice", "payments") => Some(self.payments_of(id)),
            ("charge", "refunds") => {
                let refunds = self.store.all("refund").rev().filter(|refund| text(refund, "/charge") == id);
                Some(list(&refunds.map(shown).collect::<Vec<_>>(), &format!("/v1/charges/{id}/refunds")))
            }
            ("checkout.session", "line_items") => Some(self.line_items(id)),
            _ => None,
        }
    }

    pub(super) fn line_items(&self, session: &str) -> Value {
        let items = self.store.any(session).map(|session| at(session, "/_lines").clone()).unwrap_or_default();
        list(entries(&items, ""), &format!("/v1/checkout/sessions/{session}/line_items"))
    }
}

/// What is left of an object that was deleted.
pub(super) fn deleted(object: &Value) -> Value {
    json!({"id": owned(object, "/id"), "object": owned(object, "/object"), "deleted": true})
}
