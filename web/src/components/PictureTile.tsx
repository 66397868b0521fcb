import { useSignal } from "@preact/signals";
import { fileName } from "../format";
import { pictureLoaded, remove, renewExpired, renewPicture } from "../gallery";
import { text, viewing } from "../state";
import type { Generation, Output } from "../types";
import { DeleteConfirm } from "./DeleteConfirm";
import { Icon } from "./Icon";

interface Props {
  generation: Generation;
  output: Output;
  n: number;
}

/** A finished picture: a press opens it; hovering or focusing shows what else can be done. */
export function PictureTile({ generation, output, n }: Props) {
  const loaded = useSignal(false);
  const broken = useSignal(false);
  const asking = useSignal(false);
  /** An address may be as good as it was, and still have failed once: another image element loads it again. */
  const attempt = useSignal(0);
  const { tile } = text.value;
  const { id, prompt, outputs } = generation;

  const renew = async (again: boolean) => {
    broken.value = false;
    broken.value = !(await renewPicture(id, output.url, again));
    attempt.value += 1;
  };
  const onLoad = () => {
    loaded.value = true;
    pictureLoaded(output.url);
  };

  if (broken.value) {
    return (
      <div class="broken">
        <p>{tile.broken}</p>
        <button type="button" class="secondary small" onClick={() => void renew(true)}>
          {tile.reload}
        </button>
      </div>
    );
  }
  return (
    <div class="picture" data-state="succeeded" data-loaded={loaded.value}>
      <button
        type="button"
        class="picture-open"
        id={`picture-${id}-${n}`}
        aria-label={tile.openLabel(prompt)}
        aria-haspopup="dialog"
        onClick={() => (viewing.value = { id, n })}
      >
        <img
          key={attempt.value}
          src={output.url}
          alt={prompt}
          loading="lazy"
          decoding="async"
          onLoad={onLoad}
          onError={() => void renew(false)}
        />
      </button>
      {asking.value ? (
        <DeleteConfirm count={outputs.length} onDelete={() => void remove(id)} onKeep={() => (asking.value = false)} />
      ) : (
        <div class="picture-bar">
          <p class="picture-prompt" aria-hidden="true">
            {prompt}
          </p>
          <button type="button" class="on-picture" aria-label={tile.open} title={tile.open} onClick={() => (viewing.value = { id, n })}>
            <Icon name="expand" />
          </button>
          <a
            class="on-picture"
            href={output.url}
            download={fileName(prompt, n, outputs.length, output.mediaType)}
            aria-label={tile.download}
            title={tile.download}
            onPointerEnter={() => void renewExpired(id)}
            onFocus={() => void renewExpired(id)}
          >
            <Icon name="download" />
          </a>
          <button type="button" class="on-picture" aria-label={tile.delete} title={tile.delete} onClick={() => (asking.value = true)}>
            <Icon name="trash" />
          </button>
        </div>
      )}
    </div>
  );
}
