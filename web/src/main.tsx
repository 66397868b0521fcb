import { render } from "preact";
import "./styles/index.css";
import { App } from "./app";
import { applyPreferences } from "./preferences";
import { start } from "./session";
import { watch } from "./watch";

applyPreferences();
watch();
const root = document.getElementById("app");
if (root) render(<App />, root);
void start();
