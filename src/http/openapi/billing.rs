//! The routes of money in the OpenAPI document.

use super::{described, operation, schema};
use serde_json::{Value, json};

/// The description of a route; none if it is not one of these.
pub(super) fn describe(id: &str) -> Option<Value> {
    let signed_out = ("401", "unauthenticated");
    let foreign = ("403", "foreign_origin");
    let bad_input = ("400", "invalid_input");
    let done = || ("204", json!({"description": "Done"}));
    let body = |properties: Value, required: Value| {
        let schema = json!({"type": "object", "required": required, "properties": properties});
        json!({"required": true, "content": {"application/json": {"schema": schema}}})
    };
    let limit = json!({"type": ["integer", "null"], "minimum": 1});
    let way_back = json!({"type": "string", "description": "A path of this origin"});
    let path_id = || json!([{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}]);
    let mut described = match id {
        "listPlans" => operation(id, "What is on sale", false, ("200", described("Plans and packs", schema("PlanList"))), &[]),
        "getBilling" => {
            operation(id, "What the user has, has bought and owes", true, ("200", described("The overview", schema("BillingShown"))), &[signed_out])
        }
        "beginCheckout" => operation(
            id,
            "Begin a purchase: Stripe's page is where it goes on",
            true,
            ("201", described("Where to go on", schema("CheckoutOpened"))),
            &[bad_input, signed_out, foreign, ("409", "already_subscribed or billing_off")],
        ),
        "getCheckout" => {
            let bad = [signed_out, ("404", "not_found")];
            operation(id, "A purchase. While its end is not known, Stripe is asked", true, ("200", described("It", schema("CheckoutShown"))), &bad)
        }
        "openPortal" => operation(
            id,
            "Stripe's portal: plan, payment method, invoices",
            true,
            ("201", described("Where to go on", schema("PortalOpened"))),
            &[bad_input, signed_out, foreign, ("409", "no_customer or billing_off")],
        ),
        "listInvoices" => operation(id, "The invoices, newest first", true, ("200", described("The invoices", schema("InvoiceList"))), &[signed_out]),
        "openInvoice" => {
            let good = ("303", json!({"description": "Leads to Stripe's page or PDF of the invoice"}));
            operation(id, "An invoice at Stripe: in_…/page or in_…/pdf", true, good, &[signed_out, ("404", "not_found")])
        }
        "listLedger" => {
            let good = ("200", described("A page", schema("LedgerPage")));
            operation(id, "The ledger of the user's credits, newest first", true, good, &[bad_input, signed_out])
        }
        "setSpending" => operation(id, "Limit what may be spent in a day (UTC)", true, done(), &[bad_input, signed_out, foreign]),
        "listKeys" => operation(id, "The API keys", true, ("200", described("The keys", schema("KeyList"))), &[signed_out]),
        "makeKey" => {
            let good = ("201", described("The key, its secret this once", schema("KeyMade")));
            operation(id, "Make an API key", true, good, &[bad_input, signed_out, foreign, ("409", "too_many_keys")])
        }
        "limitKey" => {
            operation(id, "Limit what a key may spend in a day (UTC)", true, done(), &[bad_input, signed_out, foreign, ("404", "not_found")])
        }
        "endKey" => operation(id, "End a key", true, done(), &[signed_out, foreign, ("404", "not_found")]),
        "quote" => operation(
            id,
            "What a generation would cost, signed: an order with the quote costs no more",
            true,
            ("200", super::described("The quote", schema("QuoteShown"))),
            &[("400", "invalid_input or unknown_model"), signed_out],
        ),
        "stripeWebhook" => {
            let good = (
                "200",
                super::described("Taken in: applied, ignored, parked or duplicate", json!({"application/json": {"schema": {"type": "object"}}})),
            );
            operation(id, "Stripe's messages", false, good, &[("401", "webhook_refused: signature or age"), ("413", "body_too_large")])
        }
        _ => return None,
    };
    match id {
        "beginCheckout" => {
            let properties = json!({"plan": {"type": "string"}, "interval": {"type": "string", "enum": ["month", "year"]}, "pack": {"type": "string"}, "returnTo": way_back});
            described["requestBody"] = body(properties, json!([]));
        }
        "openPortal" => {
            let flows = json!({"type": "string", "enum": ["manage", "change", "cancel", "payment"]});
            described["requestBody"] = body(json!({"flow": flows, "returnTo": way_back}), json!([]));
        }
        "setSpending" | "limitKey" => described["requestBody"] = body(json!({"dayLimit": limit}), json!(["dayLimit"])),
        "makeKey" => {
            let name = json!({"type": "string", "minLength": 1, "maxLength": 60});
            described["requestBody"] = body(json!({"name": name, "dayLimit": limit}), json!(["name"]));
        }
        "quote" => described["requestBody"] = json!({"required": true, "content": schema("NewQuote")}),
        "listLedger" => {
            described["parameters"] = json!([
                {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 50}},
                {"name": "cursor", "in": "query", "schema": {"type": "string"}},
            ]);
        }
        "openInvoice" => described["parameters"] = json!([{"name": "key", "in": "path", "required": true, "schema": {"type": "string"}}]),
        _ => {}
    }
    if matches!(id, "getCheckout" | "limitKey" | "endKey") {
        described["parameters"] = path_id();
    }
    Some(described)
}

/// What a quote is asked for with.
pub(super) fn new_quote_schema() -> Value {
    json!({
        "type": "object",
        "required": ["model"],
        "description": "Further inputs are those of the model, as GET /api/models lists them.",
        "properties": {
            "model": {"type": "string", "description": "An id of GET /api/models", "example": "flux-schnell"},
            "aspectRatio": {"type": "string"}, "outputs": {"type": "integer"}, "seed": {"type": "integer"}, "outputFormat": {"type": "string"},
        },
    })
}
