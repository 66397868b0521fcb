import { crc32, deflateSync } from "node:zlib";

/** A PNG, painted by a function of the place (0 to 1 both ways) that answers red, green and blue. */
export function png(width, height, paint = (x, y) => [255 * x, 110 + 120 * y, 210 - 160 * y]) {
  const chunk = (type, data) => {
    const content = Buffer.concat([Buffer.from(type), data]);
    const whole = Buffer.alloc(content.length + 8);
    whole.writeUInt32BE(data.length);
    content.copy(whole, 4);
    whole.writeUInt32BE(crc32(content), content.length + 4);
    return whole;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width);
  head.writeUInt32BE(height, 4);
  // Eight bits of red, green and blue.
  head.set([8, 2], 8);
  const line = width * 3 + 1;
  const rows = Buffer.alloc(height * line);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) rows.set(paint(x / width, y / height), y * line + 1 + x * 3);
  }
  const signature = Buffer.from("89504e470d0a1a0a", "hex");
  return Buffer.concat([signature, chunk("IHDR", head), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

/** A picture as a file chooser gives it. */
export const picture = (name = "garden.png", buffer = png(600, 400)) => ({ name, mimeType: "image/png", buffer });

/** Chooses files by the open panel's button. */
export async function chooseFiles(page, files) {
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.click(".popover-panel .file-pick")]);
  await chooser.setFiles(files);
}

/** Lets files fall on what a selector names, or pastes them there, as a browser would. */
export function give(page, how, selector, { name, mimeType, buffer }) {
  return page.evaluate(
    ([deed, where, title, type, base64]) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], title, { type }));
      const target = document.querySelector(where);
      const options = { bubbles: true, cancelable: true };
      if (deed === "paste") target.dispatchEvent(new ClipboardEvent("paste", { ...options, clipboardData: data }));
      else for (const each of ["dragenter", "dragover", "drop"]) target.dispatchEvent(new DragEvent(each, { ...options, dataTransfer: data }));
    },
    [how, selector, name, mimeType, buffer.toString("base64")],
  );
}

/** Waits until so many pictures are in the prompt box, all of them brought. */
export function brought(page, count) {
  return page.waitForFunction((wanted) => {
    const thumbs = [...document.querySelectorAll(".composer .thumb")];
    return thumbs.length === wanted && thumbs.every(({ dataset }) => dataset.phase === "there");
  }, count);
}

export async function chooseModel(page, id) {
  await page.click(".model > button");
  await page.click(`.model-option input[value="${id}"]`);
  await page.waitForSelector(".models", { state: "detached" });
}
