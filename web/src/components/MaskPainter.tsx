import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { MASK, picturesIn } from "../catalogue";
import { keepFocus } from "../focus";
import { isPainted, maskFile, maskSize, paint, type Deed } from "../mask";
import { placesOf } from "../places";
import { number } from "../shown";
import { faces, inputs, model, text } from "../state";
import { bring, deedsOf, painting } from "../uploads";
import { Confirm } from "./Confirm";
import { FilePick } from "./FilePick";
import { Heard } from "./Heard";
import { Icon } from "./Icon";
import { Segments } from "./Segments";

/** Brush widths in hundredths of the picture's longer side. */
const SIZE = { minimum: 1, maximum: 30, default: 8 };
/** What is painted is as large as a screen, whatever the picture: the file is painted anew, in full. */
const SHOWN_MAX = 1600;
/** Any opaque colour: the style sheet makes it translucent. */
const COLOUR = "#ff5a2b";

type Tool = "brush" | "eraser";

/** Paints where a picture may change: with a pointer, with keys, or in one go. */
export default function MaskPainter() {
  const dialog = useRef<HTMLDialogElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const source = model.value && placesOf(model.value)[0];
  const [picture = ""] = source ? picturesIn(inputs.value, source.name) : [];
  const [mask = ""] = picturesIn(inputs.value, MASK);
  const face = faces.value.get(picture);

  const size = useSignal<{ width: number; height: number } | null>(null);
  const failed = useSignal<"picture" | "mask" | null>(null);
  const before = useRef(deedsOf.get(faces.value.get(mask)?.key ?? "") ?? []);
  const deeds = useSignal<readonly Deed[]>(before.current);
  /** Whether it is asked if what was painted may go. */
  const asking = useSignal(false);
  const tool = useSignal<Tool>("brush");
  const width = useSignal(SIZE.default);
  const at = useSignal<[x: number, y: number] | null>(null);
  const stroke = useRef<Extract<Deed, { kind: "stroke" }> | null>(null);
  const { painter, viewer } = text.value;

  useEffect(() => dialog.current?.showModal(), []);

  const scale = size.value ? Math.min(1, SHOWN_MAX / Math.max(size.value.width, size.value.height)) : 1;
  const brush = size.value ? (width.value / 100) * Math.max(size.value.width, size.value.height) : 0;
  const apply = (list: readonly Deed[]) => {
    const on = canvas.current?.getContext("2d");
    if (!on || !size.value) return;
    on.setTransform(scale, 0, 0, scale, 0, 0);
    for (const deed of list) paint(on, deed, size.value.width, size.value.height, COLOUR);
  };
  useEffect(() => {
    if (size.value) apply([{ kind: "clear" }, ...deeds.peek()]);
  }, [size.value]);

  const add = (deed: Deed) => {
    deeds.value = [...deeds.value, deed];
    apply([deed]);
  };
  const undo = () => {
    deeds.value = deeds.value.slice(0, -1);
    apply([{ kind: "clear" }, ...deeds.value]);
  };
  const place = (event: PointerEvent): [number, number] => {
    const box = canvas.current?.getBoundingClientRect();
    if (!box || !size.value) return [0, 0];
    return [((event.clientX - box.left) / box.width) * size.value.width, ((event.clientY - box.top) / box.height) * size.value.height];
  };
  const down = (event: PointerEvent) => {
    if (event.button !== 0 || stroke.current) return;
    canvas.current?.setPointerCapture(event.pointerId);
    stroke.current = { kind: "stroke", erase: tool.value === "eraser", width: brush, points: [place(event)] };
    apply([stroke.current]);
  };
  const move = (event: PointerEvent) => {
    at.value = place(event);
    if (!stroke.current) return;
    const last = stroke.current.points.at(-1) ?? at.value;
    const points = (event.getCoalescedEvents?.() ?? []).map(place);
    const more = points.length > 0 ? points : [at.value];
    stroke.current.points.push(...more);
    apply([{ ...stroke.current, points: [last, ...more] }]);
  };
  const up = () => {
    if (!stroke.current) return;
    deeds.value = [...deeds.value, stroke.current];
    stroke.current = null;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!size.value || event.ctrlKey || event.metaKey || event.altKey) return;
    const { width: w, height: h } = size.value;
    const [x, y] = at.value ?? [w / 2, h / 2];
    const step = event.shiftKey ? brush * 2 : brush / 2;
    const way = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    if (way) at.value = [Math.min(w, Math.max(0, x + (way[0] ?? 0))), Math.min(h, Math.max(0, y + (way[1] ?? 0)))];
    else if (event.key === " ") add({ kind: "stroke", erase: tool.value === "eraser", width: brush, points: [[x, y]] });
    else return;
    event.preventDefault();
  };
  const onUndoKey = (event: KeyboardEvent) => {
    if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey) || deeds.value.length === 0) return;
    event.preventDefault();
    undo();
  };
  const use = async () => {
    if (!size.value || !isPainted(deeds.value)) return;
    const blob = await maskFile(deeds.value, size.value);
    if (!blob) {
      failed.value = "mask";
      return;
    }
    const [name] = bring([new File([blob], text.value.pictures.painted, { type: "image/png" })], MASK);
    if (name !== undefined) deedsOf.set(name, deeds.value);
    dialog.current?.close();
  };
  const changed = () => deeds.value.length !== before.current.length || deeds.value.some((deed, n) => deed !== before.current[n]);
  const leave = () => {
    if (changed()) asking.value = true;
    else dialog.current?.close();
  };
  const onCancel = (event: Event) => {
    if (!changed()) return;
    event.preventDefault();
    asking.value = true;
  };
  const onClose = () => {
    painting.value = false;
    keepFocus(MASK);
  };
  const shown = size.value && maskSize(size.value.width * scale, size.value.height * scale);
  const empty = !isPainted(deeds.value);
  return (
    <dialog class="sheet painter" ref={dialog} aria-labelledby="painter-title" onCancel={onCancel} onClose={onClose} onKeyDown={onUndoKey}>
      <div class="sheet-body">
        <div>
          <h2 id="painter-title">{painter.title}</h2>
          <p class="painter-lead">{painter.lead}</p>
        </div>
        {failed.value === "picture" || !face ? (
          <p role="alert">{painter.failed}</p>
        ) : (
          <div class="painter-stage" data-ready={size.value !== null}>
            <img
              src={face.url}
              alt={face.title}
              onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) => (size.value = { width: naturalWidth, height: naturalHeight })}
              onError={() => (failed.value = "picture")}
            />
            {shown && size.value ? (
              <>
                <canvas
                  ref={canvas}
                  width={shown.width}
                  height={shown.height}
                  role="application"
                  aria-label={painter.canvas}
                  tabIndex={0}
                  onPointerDown={down}
                  onPointerMove={move}
                  onPointerUp={up}
                  onPointerCancel={up}
                  onPointerLeave={() => !stroke.current && (at.value = null)}
                  onKeyDown={onKeyDown}
                  onFocus={() => size.value && (at.value ??= [size.value.width / 2, size.value.height / 2])}
                />
                {at.value && (
                  <span
                    class="painter-brush"
                    aria-hidden="true"
                    style={{
                      left: `${(at.value[0] / size.value.width) * 100}%`,
                      top: `${(at.value[1] / size.value.height) * 100}%`,
                      width: `${(brush / size.value.width) * 100}%`,
                    }}
                  />
                )}
              </>
            ) : (
              <p class="visually-hidden" role="status">
                {painter.loading}
              </p>
            )}
          </div>
        )}
        <div class="painter-tools">
          <Segments
            id="painter-tool"
            legend={painter.tools}
            value={tool.value}
            options={[
              { value: "brush", label: <Icon name="brush" />, name: painter.brush },
              { value: "eraser", label: <Icon name="eraser" />, name: painter.eraser },
            ]}
            onChange={(chosen: Tool) => (tool.value = chosen)}
          />
          <label class="painter-size">
            <span>{painter.size}</span>
            <input
              class="scale"
              type="range"
              min={SIZE.minimum}
              max={SIZE.maximum}
              value={width.value}
              aria-valuetext={`${number(width.value)}\u00a0%`}
              onInput={(event) => (width.value = event.currentTarget.valueAsNumber)}
            />
          </label>
          <button type="button" class="icon-button" aria-label={painter.undo} title={painter.undo} aria-disabled={deeds.value.length === 0} onClick={undo}>
            <Icon name="undo" />
          </button>
          <div class="painter-whole">
            {(["all", "invert", "clear"] as const).map((kind) => (
              <button type="button" class="secondary small" key={kind} onClick={() => add({ kind })}>
                {painter[kind]}
              </button>
            ))}
            <FilePick
              class="secondary small"
              onPick={(files) => {
                bring(files.slice(0, 1), MASK);
                dialog.current?.close();
              }}
            >
              {painter.file}
            </FilePick>
          </div>
        </div>
        {asking.value ? (
          <Confirm question={painter.leaveAsk} yes={painter.leave} no={painter.stay} onYes={() => dialog.current?.close()} onNo={() => (asking.value = false)} />
        ) : (
          <div class="form-actions">
            <button type="button" class="primary" aria-disabled={empty} aria-describedby="painter-note" onClick={() => void use()}>
              {painter.use}
            </button>
            <button type="button" class="secondary" onClick={leave}>
              {painter.cancel}
            </button>
            <p class="painter-note" id="painter-note" role="status">
              {failed.value === "mask" ? painter.cannot : empty ? painter.empty : ""}
            </p>
          </div>
        )}
        <button type="button" class="icon-button sheet-close" aria-label={viewer.close} title={viewer.close} onClick={leave}>
          <Icon name="close" />
        </button>
      </div>
      <Heard />
    </dialog>
  );
}
