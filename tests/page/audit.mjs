/**
 * Looks over what is on the screen as assistive technology and a finger would; answers what is wrong.
 * `targetMin` is the least side of a control in CSS pixels: 24 (WCAG 2.2, 2.5.8), 44 on phones.
 */
export function audit(page, targetMin = 24) {
  return page.evaluate((least) => {
    const wrong = [];
    const name = (element) =>
      element.getAttribute("aria-label") ??
      ([...(element.labels ?? [])].map((label) => label.textContent).join(" ").trim() ||
        element.textContent?.trim() ||
        element.getAttribute("title") ||
        "");
    const shown = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: false });
    const tell = (element) => `${element.tagName.toLowerCase()}.${element.className || element.id}`;

    if (!["en", "fr"].includes(document.documentElement.lang)) wrong.push("the document names no language");
    if (document.title.trim() === "") wrong.push("the document has no title");
    if ([...document.querySelectorAll("h1")].filter(shown).length !== 1) wrong.push("not exactly one h1");
    if (document.querySelectorAll("main").length !== 1) wrong.push("not exactly one main");
    const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
    for (const id of new Set(ids)) if (ids.filter((each) => each === id).length > 1) wrong.push(`id twice: ${id}`);
    for (const image of document.querySelectorAll("img")) if (!image.hasAttribute("alt")) wrong.push(`no alt: ${image.src}`);
    for (const element of document.querySelectorAll("[aria-describedby],[aria-labelledby]")) {
      for (const attribute of ["aria-describedby", "aria-labelledby"]) {
        for (const id of element.getAttribute(attribute)?.split(" ").filter(Boolean) ?? []) {
          if (!document.getElementById(id)) wrong.push(`${attribute} of ${tell(element)} points nowhere: ${id}`);
        }
      }
    }
    for (const element of document.querySelectorAll("button, a[href], input, textarea, select, dialog[open], fieldset")) {
      if (!shown(element)) continue;
      const own = element.tagName === "FIELDSET" ? element.querySelector("legend")?.textContent : name(element);
      if (!own?.trim()) wrong.push(`no name: ${tell(element)}`);
    }
    for (const element of document.querySelectorAll("button, a[href], input:not([type=radio]), textarea")) {
      // Off the screen until focused, or a link within a sentence: neither is aimed at.
      if (!shown(element) || element.matches(".skip, .field-error .link, .reference-id")) continue;
      // A box to tick is pressed by its label as well.
      const aimed = element.type === "checkbox" ? (element.closest("label") ?? element) : element;
      const box = aimed.getBoundingClientRect();
      if (box.width > 0 && Math.min(box.width, box.height) < least - 0.5) {
        wrong.push(`small: ${tell(element)} ${Math.round(box.width)}×${Math.round(box.height)}`);
      }
    }
    if (document.documentElement.scrollWidth > window.innerWidth) wrong.push("scrolls sideways");
    // Nothing may hang out of its box: the page clips what is too wide rather than to scroll, so that alone would not tell.
    for (const element of document.querySelectorAll("main *, dialog[open] *, .popover-panel *")) {
      const { parentElement: parent } = element;
      const { position, display } = getComputedStyle(element);
      if (!shown(element) || /absolute|fixed/.test(position) || /^inline$|contents/.test(display) || element.closest("svg, .visually-hidden")) continue;
      if (getComputedStyle(parent).overflowX !== "visible" || getComputedStyle(parent).display === "inline") continue;
      const over = element.getBoundingClientRect().right - parent.getBoundingClientRect().right;
      if (over > 1) wrong.push(`too wide by ${Math.round(over)}: ${tell(element)} in ${tell(parent)}`);
    }
    return wrong;
  }, targetMin);
}
