import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { stillness } from "../motion";

interface Props {
  url: string;
  title: string;
  width: number;
  height: number;
  onError: () => void;
}

interface TileProps {
  url: string;
  title: string;
  film: RefObject<HTMLVideoElement | null>;
  onLoad: () => void;
  onError: () => void;
}

/** How far from the screen a film is asked for, as browsers do with pictures. */
const NEAR = "800px";

/** A film of the grid: its first frame, until it is played from without. Without a poster, a moment of it is asked for as one. */
export function TileFilm({ url, title, film, onLoad, onError }: TileProps) {
  const near = useSignal(false);
  useEffect(() => {
    if (!film.current) return;
    const observer = new IntersectionObserver(([seen]) => seen?.isIntersecting && (near.value = true), { rootMargin: NEAR });
    observer.observe(film.current);
    return () => observer.disconnect();
  }, []);
  return (
    <video
      ref={film}
      // Some browsers show nothing of a film before a time is asked for.
      src={near.value ? `${url}#t=0.001` : undefined}
      aria-label={title}
      preload="metadata"
      muted
      loop
      playsInline
      disablePictureInPicture
      tabIndex={-1}
      onLoadedData={onLoad}
      onError={onError}
    />
  );
}

/** Plays a film of the grid, and shows its beginning again. */
export function play(film: HTMLVideoElement | null, on: boolean): void {
  if (!film) return;
  if (!on) {
    film.pause();
    film.currentTime = 0;
  } else if (!stillness()) {
    // A browser may want a press first; the film can still be opened.
    film.play().catch(() => undefined);
  }
}

/** A film, large, with the browser's own controls. It begins by itself, silently, where nobody minds movement. */
export function ViewerFilm({ url, title, width, height, onError }: Props) {
  const film = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (!stillness()) film.current?.play().catch(() => undefined);
  }, []);
  return <video ref={film} src={url} width={width} height={height} aria-label={title} controls loop muted playsInline preload="auto" onError={onError} />;
}
