import type { Lang } from "./format";

/** Codes that the edge gives where there is no country: unknown, and the Tor network. */
const NO_COUNTRY = new Set(["XX", "T1"]);

/** "Montréal, Canada" in the reader's language; the address where the edge knew no place; null: nothing is known. */
export function placeOf({ city, country, ipAddress }: { city: string | null; country: string | null; ipAddress: string }, lang: Lang): string | null {
  const land = country ? countryName(country, lang) : null;
  return [city, land].filter(Boolean).join(", ") || shortAddress(ipAddress) || null;
}

function countryName(code: string, lang: Lang): string | null {
  if (code === "T1") return "Tor";
  if (NO_COUNTRY.has(code)) return null;
  try {
    return new Intl.DisplayNames([lang], { type: "region" }).of(code) ?? code;
  } catch {
    // Not a code of the form that regions have.
    return code;
  }
}

/** Rows keep IPv6 written out in full; people know the short form. */
function shortAddress(address: string): string {
  if (!address.includes(":")) return address;
  try {
    return new URL(`http://[${address}]`).hostname.slice(1, -1);
  } catch {
    return address;
  }
}
