import { imagesOf, picturesIn } from "../catalogue";
import { faces, inputs, shelf, text } from "../state";
import type { ImagesInput, Model } from "../types";
import { slotWords } from "../words";
import { AddPicture } from "./AddPicture";
import { PictureThumb } from "./PictureThumb";
import { PictureTrouble } from "./PictureTrouble";

/** The pictures that an order starts from, by what they are to the model. */
export function Pictures({ model }: { model: Model }) {
  const { pictures } = text.value;
  const slots = imagesOf(model);
  const aside = shelf.value.pictures.length;
  const refused = slots.flatMap(({ name }) => picturesIn(inputs.value, name).filter((each) => faces.value.get(each)?.phase === "refused").map((each) => ({ each, name })));
  if (slots.length === 0 && aside === 0) return null;
  return (
    <div class="pictures" role="group" aria-label={pictures.region}>
      {slots.length > 0 && (
        <div class="slots">
          {slots.map((slot) => (
            <Slot key={slot.name} slot={slot} from={before(slots, slot)} />
          ))}
        </div>
      )}
      {refused.map(({ each, name }) => (
        <PictureTrouble key={each} input={name} name={each} />
      ))}
      {aside > 0 && <p class="pictures-aside">{pictures.aside(aside, model.name)}</p>}
    </div>
  );
}

/** Pictures are counted through all inputs: words may speak of "picture 2". */
function before(slots: readonly ImagesInput[], slot: ImagesInput): number {
  return slots.slice(0, slots.indexOf(slot)).reduce((sum, { name, role }) => sum + (role === "mask" ? 0 : picturesIn(inputs.value, name).length), 0);
}

function Slot({ slot, from }: { slot: ImagesInput; from: number }) {
  const { pictures } = text.value;
  const { name, role, minimum, maximum } = slot;
  const held = picturesIn(inputs.value, name);
  const label = slotWords(role, maximum > 1, text.value);
  const more = maximum > 1 ? pictures.upTo(maximum) : minimum === 0 ? pictures.optional : null;
  const numbered = role !== "mask" && (maximum > 1 || from > 0);
  return (
    <div class="slot" role="group" aria-label={label} data-input={name}>
      <p class="slot-name">
        {label} {more && <span>{more}</span>}
      </p>
      <div class="slot-row">
        {held.length > 0 && (
          <ul class="thumbs" role="list">
            {held.map((each, n) => (
              <PictureThumb key={faces.value.get(each)?.key ?? each} input={slot} name={each} number={numbered ? from + n + 1 : null} />
            ))}
          </ul>
        )}
        {held.length < maximum && <AddPicture slot={slot} />}
      </div>
    </div>
  );
}
