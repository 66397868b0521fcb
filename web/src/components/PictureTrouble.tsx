import { keepFocus } from "../focus";
import { faces, text } from "../state";
import { bring, bringAgain, mayPass, takeAway } from "../uploads";
import { FilePick } from "./FilePick";
import { Icon } from "./Icon";

/** Why a picture was not taken, and the ways on: beside it, for as long as it stands there. */
export function PictureTrouble({ input, name }: { input: string; name: string }) {
  const { pictures, problems } = text.value;
  const face = faces.value.get(name);
  if (!face?.trouble) return null;
  const instead = (files: readonly File[]) => {
    takeAway(input, name);
    bring(files, input);
  };
  const again = () => {
    bringAgain(name);
    keepFocus(input);
  };
  const away = () => {
    takeAway(input, name);
    keepFocus(input);
  };
  return (
    <div class="picture-trouble" role="alert">
      <Icon name="alert" />
      <p>
        <strong>{face.title}</strong> {problems[face.trouble]}
      </p>
      <div class="picture-trouble-ways">
        {mayPass(face.trouble) ? (
          <button type="button" class="secondary small" onClick={again}>
            {pictures.again}
          </button>
        ) : (
          <FilePick class="secondary small" onPick={instead}>
            {pictures.other}
          </FilePick>
        )}
        <button type="button" class="secondary small" onClick={away}>
          {pictures.takeAway}
        </button>
      </div>
    </div>
  );
}
