import { render } from "preact";
import "./styles/index.css";
import { App } from "./app";
import { applyPreferences } from "./preferences";
import { listenToHistory } from "./route";
import { arrive, start } from "./session";
import { watch } from "./watch";

arrive();
listenToHistory();
applyPreferences();
watch();
const root = document.getElementById("app");
if (root) render(<App />, root);
void start();
