import { describe, expect, it } from "vitest";
import { en } from "../text/en";
import { fr } from "../text/fr";
import { parseAgent } from "./agent";
import { agentWords } from "./words";

const MOZILLA = "Mozilla/5.0";
const LIKE = "AppleWebKit/537.36 (KHTML, like Gecko)";

describe("a user agent in words", () => {
  it.each([
    [`${MOZILLA} (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0`, "Firefox on Windows"],
    [`${MOZILLA} (Windows NT 10.0; Win64; x64) ${LIKE} Chrome/140.0.0.0 Safari/537.36`, "Chrome on Windows"],
    [`${MOZILLA} (Windows NT 10.0; Win64; x64) ${LIKE} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`, "Edge on Windows"],
    [`${MOZILLA} (Windows NT 10.0; Win64; x64) ${LIKE} Chrome/139.0.0.0 Safari/537.36 OPR/124.0.0.0`, "Opera on Windows"],
    [`${MOZILLA} (X11; Linux x86_64) ${LIKE} HeadlessChrome/140.0.0.0 Safari/537.36`, "Chrome on Linux"],
    [`${MOZILLA} (X11; CrOS x86_64 14541.0.0) ${LIKE} Chrome/140.0.0.0 Safari/537.36`, "Chrome on ChromeOS"],
    [`${MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15`, "Safari on macOS"],
    [`${MOZILLA} (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1`, "Safari on iPhone"],
    [`${MOZILLA} (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0.0.0 Mobile/15E148 Safari/604.1`, "Chrome on iPhone"],
    [`${MOZILLA} (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/140.0 Mobile/15E148 Safari/605.1.15`, "Firefox on iPad"],
    [`${MOZILLA} (Linux; Android 10; K) ${LIKE} Chrome/140.0.0.0 Mobile Safari/537.36`, "Chrome on Android"],
    [`${MOZILLA} (Linux; Android 10; K) ${LIKE} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`, "Samsung Internet on Android"],
    [`${MOZILLA} (Linux; Android 14; wv) AppleWebKit/537.36 (KHTML, like Gecko) Something/1.0`, "A browser on Android"],
    ["curl/8.5.0", "Unknown device"],
    ["", "Unknown device"],
  ])("%s", (userAgent, words) => {
    expect(agentWords(parseAgent(userAgent), en)).toBe(words);
  });

  it("is French in French", () => {
    expect(agentWords(parseAgent(`${MOZILLA} (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0`), fr)).toBe("Firefox sur Windows");
    expect(agentWords(parseAgent("node"), fr)).toBe("Appareil inconnu");
  });

  it("tells what is held in a hand", () => {
    expect(parseAgent(`${MOZILLA} (iPhone; CPU iPhone OS 18_6 like Mac OS X)`).handheld).toBe(true);
    expect(parseAgent(`${MOZILLA} (Windows NT 10.0)`).handheld).toBe(false);
  });
});
