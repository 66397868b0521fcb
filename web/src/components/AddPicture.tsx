import { picturesIn } from "../catalogue";
import { keepFocus } from "../focus";
import { placesOf } from "../places";
import { faces, inputs, model, text } from "../state";
import type { ImagesInput } from "../types";
import { bring, choosing, painting } from "../uploads";
import { FilePick } from "./FilePick";
import { Icon } from "./Icon";
import { Popover } from "./Popover";

/** Where pictures come from: this device, one's own pictures, and for a mask the brush. Without a slot: where they belong. */
export function AddPicture({ slot }: { slot?: ImagesInput }) {
  const { pictures } = text.value;
  const label = slot ? pictures.add(pictures.slots[slot.role]) : pictures.start;
  const source = model.value && placesOf(model.value)[0];
  const [under] = source ? picturesIn(inputs.value, source.name) : [];
  const paintable = slot?.role === "mask" && under !== undefined && faces.value.get(under)?.phase === "there";
  return (
    <Popover
      class="add-picture"
      buttonClass={slot ? "thumb-add" : "icon-button"}
      buttonId={slot && `add-${slot.name}`}
      label={label}
      face={<Icon name={slot ? "plus" : "picture"} />}
    >
      {(close) => (
        <>
          <h3>{label}</h3>
          {paintable && (
            <button
              type="button"
              class="menu-item"
              aria-haspopup="dialog"
              onClick={() => {
                close();
                painting.value = true;
              }}
            >
              <Icon name="brush" />
              {pictures.paint}
            </button>
          )}
          <FilePick
            class="menu-item"
            multiple={slot?.role !== "mask"}
            onPick={(files) => {
              close();
              bring(files, slot?.name);
              keepFocus(slot?.name);
            }}
          >
            <Icon name="upload" />
            {pictures.device}
          </FilePick>
          <button
            type="button"
            class="menu-item"
            aria-haspopup="dialog"
            onClick={() => {
              close();
              choosing.value = { into: slot?.name };
            }}
          >
            <Icon name="picture" />
            {pictures.own}
          </button>
          <p class="field-hint">{pictures.private}</p>
        </>
      )}
    </Popover>
  );
}
