import { formatDate, formatNumber } from "./format";
import { formatMoney, formatPrice } from "./money";
import { lang, text } from "./state";

/** What the page shows of numbers, in the language that it speaks now. */
export const number = (value: number) => formatNumber(value, lang.value);
export const date = (iso: string) => formatDate(iso, lang.value);
export const shortDate = (iso: string) => formatDate(iso, lang.value, "medium");
export const money = (minor: number, currency: string) => formatMoney(minor, currency, lang.value);
export const price = (minor: number, currency: string) => formatPrice(minor, currency, lang.value);
/** "3 credits". */
export const credits = (count: number) => text.value.header.credits(count, number(count));
/** What of a day's credits is spent. */
export function spentToday({ dayLimit, spentToday: spent }: { dayLimit: number | null; spentToday: number }): string {
  const { spending } = text.value.billing;
  return dayLimit === null ? spending.today(spent, number(spent)) : spending.ofLimit(number(spent), number(dayLimit));
}
