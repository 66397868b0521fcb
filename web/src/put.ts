import { ConnectionLost, parse, problemIn, ProblemError } from "./api";
import type { Upload } from "./types";

/**
 * Sends a file to where the studio expects it, and tells how much of it has left. By XMLHttpRequest: fetch cannot tell. No time limit:
 * a large photo on a slow line takes its time, and can be taken away at any moment.
 */
export function put(url: string, file: Blob, onSent: (part: number) => void, stop: AbortSignal): Promise<Upload> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const lost = () => reject(new ConnectionLost());
    request.open("PUT", url);
    request.upload.onprogress = ({ lengthComputable, loaded, total }) => lengthComputable && onSent(loaded / total);
    request.onerror = lost;
    request.onabort = lost;
    request.onload = () => {
      const value = parse(request.responseText);
      if (request.status >= 200 && request.status < 300) resolve(value as Upload);
      else {
        const problem = problemIn(request.status, value);
        const seconds = Number.parseInt(request.getResponseHeader("retry-after") ?? "", 10);
        if (Number.isFinite(seconds)) problem.retryAfterS = seconds;
        reject(new ProblemError(problem));
      }
    };
    stop.addEventListener("abort", () => request.abort());
    if (stop.aborted) return lost();
    request.send(file);
  });
}
