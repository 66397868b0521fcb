/** The marks of browsers in a user agent, in the order in which they are looked for: most call themselves Chrome and Safari too. */
const BROWSERS: readonly [mark: RegExp, name: string][] = [
  [/\bEdg(e|A|iOS)?\//, "Edge"],
  [/\bOPR\/|\bOPT\/|\bOPX\/|\bOpera/, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\bVivaldi\//, "Vivaldi"],
  [/\bYaBrowser\//, "Yandex"],
  [/\bDuckDuckGo\/|\bDdg\//, "DuckDuckGo"],
  [/\bFirefox\/|\bFxiOS\//, "Firefox"],
  [/\bHeadlessChrome\/|\bChrome\/|\bCriOS\/|\bChromium\//, "Chrome"],
  [/\bVersion\/[\d.]+.*\bSafari\//, "Safari"],
];

/** The same for systems: Android calls itself Linux, and an iPhone names macOS. */
const SYSTEMS: readonly [mark: RegExp, name: string][] = [
  [/\biPhone\b|\biPod\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bWindows\b/, "Windows"],
  [/\bMacintosh\b|\bMac OS X\b/, "macOS"],
  [/\bLinux\b|\bX11\b/, "Linux"],
];

export interface Agent {
  /** Null: not a browser that we know. */
  browser: string | null;
  system: string | null;
  /** Held in a hand, for the picture beside the words. */
  handheld: boolean;
}

/** Browser and system of a user agent, under the names that their users know. Versions are left out: they say nothing to anyone. */
export function parseAgent(userAgent: string): Agent {
  const named = (marks: readonly [RegExp, string][]) => marks.find(([mark]) => mark.test(userAgent))?.[1] ?? null;
  const system = named(SYSTEMS);
  return { browser: named(BROWSERS), system, handheld: system === "iPhone" || system === "iPad" || system === "Android" };
}
