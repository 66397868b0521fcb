import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

/** A component that is loaded when it is first shown. `onFail`: it could not be, and has to be asked for once more. */
export function lazily<Props extends object>(load: () => Promise<ComponentType<Props>>, onFail: () => void) {
  let ready: ComponentType<Props> | null = null;
  return function Lazily(props: Props) {
    const [, draw] = useState(ready !== null);
    useEffect(() => {
      if (ready) return;
      load().then((component) => {
        ready = component;
        draw(true);
      }, onFail);
    }, []);
    const Ready = ready;
    return Ready && <Ready {...props} />;
  };
}
