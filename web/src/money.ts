import type { Lang } from "./format";

/** Spelling of amounts: in French as in Québec, where "$" alone is Canada's. */
const LOCALE: Record<Lang, string> = { en: "en", fr: "fr-CA" };

/** Currencies whose minor unit is no hundredth. Source: Stripe, "Zero-decimal currencies", "Three-decimal currencies". */
const WHOLE = new Set(["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"]);
const THOUSANDTHS = new Set(["bhd", "jod", "kwd", "omr", "tnd"]);

function major(minor: number, currency: string): number {
  if (WHOLE.has(currency.toLowerCase())) return minor;
  return minor / (THOUSANDTHS.has(currency.toLowerCase()) ? 1000 : 100);
}

function format(value: number, currency: string, lang: Lang, options: Intl.NumberFormatOptions): string {
  return new Intl.NumberFormat(LOCALE[lang], { style: "currency", currency, ...options }).format(value);
}

/** An amount that was or will be charged, to the minor unit: "$12.00", "12,00 $ US". */
export function formatMoney(minor: number, currency: string, lang: Lang): string {
  return format(major(minor, currency), currency, lang, {});
}

/** A price on offer, without cents that say nothing: "$12". */
export function formatPrice(minor: number, currency: string, lang: Lang): string {
  return format(major(minor, currency), currency, lang, { trailingZeroDisplay: "stripIfInteger" });
}

/** The price of one credit, to two digits that count: "$0.014". */
export function formatEach(minor: number, credits: number, currency: string, lang: Lang): string {
  const digits = { minimumFractionDigits: 0, maximumFractionDigits: 20, maximumSignificantDigits: 2 };
  return format(major(minor, currency) / credits, currency, lang, digits);
}
