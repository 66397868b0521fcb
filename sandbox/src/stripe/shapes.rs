//! The objects as the pinned version shows them, with whatever is not said otherwise as it is for a small studio.

use serde_json::{Value, json};

use super::value::{at, owned, share};

/// Where the sandbox's people live.
pub(super) fn home() -> Value {
    json!({"city": "Utrecht", "country": "NL", "line1": null, "line2": null, "postal_code": "3511AB", "state": null})
}

/// Value added tax of 21 % that is inside an amount.
pub(super) fn tax_in(amount: i64) -> i64 {
    share(amount, 21, 121)
}

pub(super) fn taxes(amount: i64, taxed: bool) -> Value {
    let tax = tax_in(amount);
    let entry = json!({"amount": tax, "tax_behavior": "inclusive", "tax_rate_details": {"tax_rate": "txr_sandbox21"},
        "taxability_reason": "standard_rated", "taxable_amount": amount - tax, "type": "tax_rate_details"});
    if taxed { json!([entry]) } else { json!([]) }
}

pub(super) fn customer(id: &str, created: i64, livemode: bool, prefix: &str) -> Value {
    json!({
        "id": id, "object": "customer", "address": null, "balance": 0, "created": created, "currency": null, "default_source": null, "delinquent": false,
        "description": null, "discount": null, "email": null, "invoice_prefix": prefix,
        "invoice_settings": {"custom_fields": null, "default_payment_method": null, "footer": null, "rendering_options": null},
        "livemode": livemode, "metadata": {}, "name": null, "next_invoice_sequence": 1, "phone": null, "preferred_locales": [], "shipping": null,
        "tax_exempt": "none", "test_clock": null,
        "_card": "works",
    })
}

pub(super) fn product(id: &str, created: i64, livemode: bool, name: &str) -> Value {
    json!({
        "id": id, "object": "product", "active": true, "created": created, "default_price": null, "description": null, "images": [], "livemode": livemode,
        "marketing_features": [], "metadata": {}, "name": name, "package_dimensions": null, "shippable": null, "statement_descriptor": null,
        "tax_code": null, "tax_details": null, "type": "service", "unit_label": null, "updated": created, "url": null,
    })
}

pub(super) fn price(id: &str, created: i64, livemode: bool, (amount, currency): (i64, &str), product: &str) -> Value {
    json!({
        "id": id, "object": "price", "active": true, "billing_scheme": "per_unit", "created": created, "currency": currency, "custom_unit_amount": null,
        "livemode": livemode, "lookup_key": null, "metadata": {}, "nickname": null, "product": product, "recurring": null,
        "tax_behavior": "unspecified", "tiers_mode": null, "transform_quantity": null, "type": "one_time", "unit_amount": amount,
        "unit_amount_decimal": amount.to_string(),
    })
}

/// A subscription's item, with the price as it is and the plan as it once was called.
pub(super) fn item(id: &str, subscription: &str, created: i64, price: &Value, quantity: i64, (start, end): (i64, i64)) -> Value {
    let recurring = at(price, "/recurring");
    let plan = json!({
        "id": at(price, "/id"), "object": "plan", "active": at(price, "/active"), "amount": at(price, "/unit_amount"),
        "amount_decimal": at(price, "/unit_amount_decimal"), "billing_scheme": "per_unit", "created": at(price, "/created"),
        "currency": at(price, "/currency"), "interval": at(recurring, "/interval"), "interval_count": at(recurring, "/interval_count"),
        "livemode": at(price, "/livemode"), "metadata": at(price, "/metadata"), "meter": null, "nickname": at(price, "/nickname"),
        "product": at(price, "/product"), "tiers_mode": null, "transform_usage": null, "trial_period_days": null, "usage_type": "licensed",
    });
    json!({
        "id": id, "object": "subscription_item", "billing_thresholds": null, "created": created, "current_period_end": end,
        "current_period_start": start, "current_trial": null, "discounts": [], "metadata": {}, "plan": plan, "price": price, "quantity": quantity,
        "subscription": subscription, "tax_rates": [],
    })
}

/// A subscription with one item that has not been paid yet.
pub(super) fn subscription(id: &str, created: i64, livemode: bool, customer: &str, item: &Value, taxed: bool) -> Value {
    let currency = owned(item, "/price/currency");
    let liability = if taxed { json!({"type": "self"}) } else { Value::Null };
    let items =
        json!({"object": "list", "data": [item], "has_more": false, "url": format!("/v1/subscription_items?subscription={id}"), "total_count": 1});
    json!({
        "id": id, "object": "subscription", "application": null, "application_fee_percent": null,
        "automatic_tax": {"disabled_reason": null, "enabled": taxed, "liability": liability}, "billing_cycle_anchor": created,
        "billing_cycle_anchor_config": null, "billing_mode": {"type": "flexible", "flexible": {"proration_discounts": "included"}},
        "billing_schedules": [], "billing_thresholds": null, "cancel_at": null, "cancel_at_period_end": false, "canceled_at": null,
        "cancellation_details": {"comment": null, "feedback": null, "feedback_option": null, "reason": null},
        "collection_method": "charge_automatically", "created": created, "currency": currency, "customer": customer, "customer_account": null,
        "days_until_due": null, "default_payment_method": null, "default_source": null, "default_tax_rates": [], "description": null,
        "discounts": [], "ended_at": null,
        "invoice_settings": {"account_tax_ids": null, "issuer": {"type": "self"}, "custom_fields": null, "description": null, "footer": null},
        "items": items, "latest_invoice": null, "livemode": livemode, "managed_payments": {"enabled": false}, "metadata": {},
        "next_pending_invoice_item_invoice": null, "on_behalf_of": null, "pause_collection": null,
        "payment_settings": {"payment_method_options": null, "payment_method_types": null, "save_default_payment_method": "off"},
        "pending_invoice_item_interval": null, "pending_setup_intent": null, "pending_update": null, "schedule": null, "start_date": created,
        "status": "incomplete", "test_clock": null, "transfer_data": null, "trial_end": null,
        "trial_settings": {"end_behavior": {"billing_cycle_anchor": null, "missing_payment_method": "create_invoice"}}, "trial_start": null,
        "_pending": [],
    })
}

/// A checkout session that is open.
pub(super) fn session(id: &str, created: i64, livemode: bool, taxed: bool) -> Value {
    let (liability, provider) = if taxed { (json!({"type": "self"}), json!("stripe")) } else { (Value::Null, Value::Null) };
    json!({
        "id": id, "object": "checkout.session", "adaptive_pricing": {"enabled": false}, "after_expiration": null, "allow_promotion_codes": null,
        "allowed_payment_method_types": null, "amount_subtotal": 0, "amount_total": 0,
        "automatic_tax": {"enabled": taxed, "liability": liability, "provider": provider, "status": if taxed { json!("requires_location_inputs") } else { Value::Null }},
        "billing_address_collection": null, "cancel_url": null, "client_reference_id": null, "client_secret": null,
        "collected_information": {"business_name": null, "individual_name": null, "shipping_details": null}, "consent": null,
        "consent_collection": null, "created": created, "currency": null, "currency_conversion": null, "custom_fields": [],
        "custom_text": {"after_submit": null, "shipping_address": null, "submit": null, "terms_of_service_acceptance": null}, "customer": null,
        "customer_account": null, "customer_creation": null, "customer_details": null, "customer_email": null, "discounts": [], "expires_at": 0,
        "integration_identifier": null, "invoice": null, "invoice_creation": null, "livemode": livemode, "locale": null,
        "managed_payments": {"enabled": false}, "metadata": {}, "mode": null, "origin_context": null, "payment_intent": null, "payment_link": null,
        "payment_method_collection": null, "payment_method_configuration_details": {"id": "pmc_sandbox", "parent": null},
        "payment_method_options": {}, "payment_method_types": ["card", "sepa_debit"], "payment_status": "unpaid", "permissions": null,
        "phone_number_collection": {"enabled": false}, "recovered_from": null,
        "saved_payment_method_options": {"allow_redisplay_filters": ["always"], "payment_method_remove": "disabled", "payment_method_save": null},
        "setup_intent": null, "shipping_address_collection": null, "shipping_cost": null, "shipping_options": [], "status": "open",
        "submit_type": null, "subscription": null, "success_url": null,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0}, "ui_mode": "hosted_page", "url": null, "wallet_options": null,
    })
}

pub(super) fn intent(id: &str, created: i64, livemode: bool, amount: i64, currency: &str) -> Value {
    json!({
        "id": id, "object": "payment_intent", "allowed_payment_method_types": null, "amount": amount, "amount_capturable": 0,
        "amount_details": {"tip": {}}, "amount_received": 0, "application": null, "application_fee_amount": null,
        "automatic_payment_methods": null, "canceled_at": null, "cancellation_reason": null, "capture_method": "automatic_async",
        "client_secret": format!("{id}_secret_sandbox"), "confirmation_method": "automatic", "created": created, "currency": currency,
        "customer": null, "customer_account": null, "description": null, "excluded_payment_method_types": null, "last_payment_error": null,
        "latest_charge": null, "livemode": livemode, "managed_payments": null, "metadata": {}, "next_action": null, "on_behalf_of": null,
        "payment_method": null, "payment_method_configuration_details": null, "payment_method_options": {}, "payment_method_types": ["card"],
        "payment_record": null, "processing": null, "receipt_email": null, "review": null, "setup_future_usage": null, "shipping": null,
        "source": null, "statement_descriptor": null, "statement_descriptor_suffix": null, "status": "requires_payment_method",
        "transfer_data": null, "transfer_group": null,
    })
}

/// A charge of a payment that has just been tried.
pub(super) fn charge(id: &str, created: i64, intent: &Value, card: bool, billing: &Value) -> Value {
    let (amount, livemode) = (at(intent, "/amount"), at(intent, "/livemode"));
    let details = if card {
        json!({"type": "card", "card": {
            "amount_authorized": amount, "authorization_code": "123456", "brand": "visa",
            "checks": {"address_line1_check": null, "address_postal_code_check": "pass", "cvc_check": "pass"}, "country": "NL",
            "electronic_commerce_indicator": null, "exp_month": 12, "exp_year": 2034, "extended_authorization": {"status": "disabled"},
            "fingerprint": "Sandbox4242", "funding": "credit", "incremental_authorization": {"status": "unavailable"}, "installments": null,
            "last4": "4242", "mandate": null, "multicapture": {"status": "unavailable"}, "network": "visa", "network_token": {"used": false},
            "network_transaction_id": "493851056211041", "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
            "regulated_status": "unregulated", "three_d_secure": null, "transaction_link_id": null, "wallet": null,
        }})
    } else {
        json!({"type": "sepa_debit", "sepa_debit": {"bank_code": "37040044", "branch_code": "", "country": "DE", "fingerprint": "SandboxDebit",
            "last4": "3201", "mandate": "mandate_sandbox"}})
    };
    json!({
        "id": id, "object": "charge", "amount": amount, "amount_captured": amount, "amount_refunded": 0, "application": null, "application_fee": null,
        "application_fee_amount": null, "balance_transaction": null, "billing_details": billing, "calculated_statement_descriptor": "STUDIO BV",
        "captured": true, "created": created, "currency": at(intent, "/currency"), "customer": at(intent, "/customer"),
        "description": at(intent, "/description"), "disputed": false, "failure_balance_transaction": null, "failure_code": null,
        "failure_message": null, "fraud_details": {}, "livemode": livemode, "metadata": at(intent, "/metadata"), "on_behalf_of": null,
        "outcome": {"advice_code": null, "network_advice_code": null, "network_decline_code": null, "network_status": "approved_by_network",
            "reason": null, "risk_level": "normal", "seller_message": "Payment complete.", "type": "authorized"},
        "paid": true, "payment_intent": at(intent, "/id"), "payment_method": at(intent, "/payment_method"), "payment_method_details": details,
        "receipt_email": null, "receipt_number": null, "receipt_url": null, "refunded": false, "review": null, "shipping": null, "source": null,
        "source_transfer": null, "statement_descriptor": null, "statement_descriptor_suffix": null, "status": "succeeded", "transfer_data": null,
        "transfer_group": null,
    })
}

/// A refund that went through.
pub(super) fn refund(id: &str, created: i64, charge: &Value, amount: i64) -> Value {
    json!({
        "id": id, "object": "refund", "amount": amount, "balance_transaction": format!("txn_{id}"), "charge": at(charge, "/id"), "created": created,
        "currency": at(charge, "/currency"), "customer": at(charge, "/customer"), "customer_account": null,
        "destination_details": {"card": {"reference": "5364068364658594", "reference_status": "available",
            "reference_type": "acquirer_reference_number", "type": "refund"}, "type": "card"},
        "metadata": {}, "payment_intent": at(charge, "/payment_intent"), "payment_method": null, "reason": null, "receipt_number": null,
        "source_transfer_reversal": null, "status": "succeeded", "transfer_reversal": null,
    })
}

/// What may be said in a dispute; nothing was said yet.
const EVIDENCE: [&str; 27] = [
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
];

/// A dispute that waits for an answer.
pub(super) fn dispute(id: &str, created: i64, charge: &Value, amount: i64, inquiry: bool) -> Value {
    let mut evidence: serde_json::Map<String, Value> = EVIDENCE.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
    evidence.insert("enhanced_evidence".into(), json!({}));
    let (status, case) = if inquiry { ("warning_needs_response", "inquiry") } else { ("needs_response", "chargeback") };
    json!({
        "id": id, "object": "dispute", "amount": amount, "balance_transactions": [], "charge": at(charge, "/id"), "created": created,
        "currency": at(charge, "/currency"), "enhanced_eligibility_types": [], "evidence": evidence,
        "evidence_details": {"due_by": created + 604_800, "enhanced_eligibility": {}, "has_evidence": false, "past_due": false,
            "submission_count": 0, "submission_method": "not_submitted"},
        "intended_submission_method": null, "is_charge_refundable": inquiry, "livemode": at(charge, "/livemode"), "metadata": {},
        "payment_intent": at(charge, "/payment_intent"),
        "payment_method_details": {"type": "card", "card": {"brand": "visa", "case_type": case, "network": "visa", "network_reason_code": "10.4"}},
        "reason": "fraudulent", "status": status,
    })
}

/// A draft without lines.
pub(super) fn invoice(id: &str, created: i64, customer: &Value, reason: &str, currency: &str, taxed: bool) -> Value {
    let (liability, provider, status) =
        if taxed { (json!({"type": "self"}), json!("stripe"), json!("complete")) } else { (Value::Null, Value::Null, Value::Null) };
    json!({
        "id": id, "object": "invoice", "account_country": "NL", "account_name": "Atelier sandbox", "account_tax_ids": null, "amount_due": 0,
        "amount_overpaid": 0, "amount_paid": 0, "amount_remaining": 0, "amount_shipping": 0, "application": null, "attempt_count": 0,
        "attempted": false, "auto_advance": true,
        "automatic_tax": {"disabled_reason": null, "enabled": taxed, "liability": liability, "provider": provider, "status": status},
        "automatically_finalizes_at": null, "billing_reason": reason, "collection_method": "charge_automatically", "created": created,
        "currency": currency, "custom_fields": null, "customer": at(customer, "/id"), "customer_account": null,
        "customer_address": at(customer, "/address"), "customer_email": at(customer, "/email"), "customer_name": at(customer, "/name"),
        "customer_phone": at(customer, "/phone"), "customer_shipping": at(customer, "/shipping"),
        "customer_tax_exempt": at(customer, "/tax_exempt"), "customer_tax_ids": [], "default_payment_method": null, "default_source": null,
        "default_tax_rates": [], "description": null, "discounts": [], "due_date": null, "effective_at": null, "ending_balance": null,
        "footer": null, "from_invoice": null, "hosted_invoice_url": null, "invoice_pdf": null, "issuer": {"type": "self"},
        "last_finalization_error": null, "latest_revision": null,
        "lines": {"object": "list", "data": [], "has_more": false, "total_count": 0, "url": format!("/v1/invoices/{id}/lines")},
        "livemode": at(customer, "/livemode"), "metadata": {}, "next_payment_attempt": null, "number": null, "on_behalf_of": null, "parent": null,
        "payment_settings": {"default_mandate": null, "payment_method_options": null, "payment_method_types": null}, "period_end": created,
        "period_start": created, "post_payment_credit_notes_amount": 0, "pre_payment_credit_notes_amount": 0, "receipt_number": null,
        "rendering": null, "shipping_cost": null, "shipping_details": null, "starting_balance": 0, "statement_descriptor": null,
        "status": "draft",
        "status_transitions": {"finalized_at": null, "marked_uncollectible_at": null, "paid_at": null, "voided_at": null}, "subtotal": 0,
        "subtotal_excluding_tax": 0, "test_clock": null, "total": 0, "total_discount_amounts": [], "total_excluding_tax": 0,
        "total_pretax_credit_amounts": [], "total_taxes": [], "webhooks_delivered_at": null,
    })
}
