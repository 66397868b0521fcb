import { render } from "preact";
import "./styles/index.css";
import { App } from "./app";
import { watchBilling } from "./billing";
import { applyPreferences } from "./preferences";
import { watchQuotes } from "./quote";
import { listenToHistory, place } from "./route";
import { arrive, start } from "./session";
import { watch } from "./watch";

arrive();
listenToHistory();
applyPreferences();
watch();
watchBilling();
watchQuotes();
const root = document.getElementById("app");
if (root) render(<App />, root);
// A link is for anybody: who is there does not matter.
if (place.peek() !== "shared") void start();
