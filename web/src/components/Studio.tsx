import { useEffect } from "preact/hooks";
import { listenForKeys } from "../keyboard";
import { followKeyboard } from "../viewport";
import { Composer } from "./Composer";
import { FlashNote } from "./FlashNote";
import { Gallery } from "./Gallery";
import { Header } from "./Header";
import { Shortcuts } from "./Shortcuts";
import { VerifyBanner } from "./VerifyBanner";
import { Viewer } from "./Viewer";

/** Results in the middle, the prompt box always at hand below them. */
export function Studio() {
  useEffect(listenForKeys, []);
  useEffect(followKeyboard, []);
  return (
    <div class="studio">
      <Header />
      <main class="studio-main">
        <FlashNote />
        <VerifyBanner />
        <Gallery />
      </main>
      <Composer />
      <Viewer />
      <Shortcuts />
    </div>
  );
}
