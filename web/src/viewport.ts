/**
 * Keeps the prompt box above a phone's keyboard where the browser lays the keyboard over the page
 * instead of resizing it. Answers how to stop.
 */
export function followKeyboard(): () => void {
  const viewport = window.visualViewport;
  if (!viewport) return () => undefined;
  const root = document.documentElement;
  const follow = () => {
    // A zoomed-in page is also smaller; lifting the box then would only cover more of it.
    const covered = viewport.scale > 1.01 ? 0 : Math.max(0, window.innerHeight - viewport.height - viewport.offsetTop);
    root.style.setProperty("--keyboard", `${Math.round(covered)}px`);
  };
  viewport.addEventListener("resize", follow);
  viewport.addEventListener("scroll", follow);
  return () => {
    viewport.removeEventListener("resize", follow);
    viewport.removeEventListener("scroll", follow);
    root.style.removeProperty("--keyboard");
  };
}
