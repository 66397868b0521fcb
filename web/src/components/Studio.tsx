import { useEffect } from "preact/hooks";
import { listenForKeys } from "../keyboard";
import { followKeyboard } from "../viewport";
import { Composer } from "./Composer";
import { DueBanner } from "./DueBanner";
import { FlashNote } from "./FlashNote";
import { Gallery } from "./Gallery";
import { Header } from "./Header";
import { PictureDialogs } from "./PictureDialogs";
import { PurchaseNote } from "./PurchaseNote";
import { Shortcuts } from "./Shortcuts";
import { SpendingNote } from "./SpendingNote";
import { TillDialog } from "./TillDialog";
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
        <PurchaseNote />
        <DueBanner />
        <SpendingNote />
        <VerifyBanner />
        <Gallery />
      </main>
      <Composer />
      <Viewer />
      <PictureDialogs />
      <Shortcuts />
      <TillDialog />
    </div>
  );
}
