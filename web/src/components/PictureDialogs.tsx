import { lazily } from "../lazily";
import { notice, text } from "../state";
import { choosing } from "../uploads";

const notLoaded = () => {
  choosing.value = null;
  notice.value = text.value.problems.connection_lost;
};
const Chooser = lazily(async () => (await import("./PictureChooser")).default, notLoaded);

/** What is needed seldom enough to be loaded when it is. */
export function PictureDialogs() {
  return choosing.value && <Chooser into={choosing.value.into} />;
}
