/** When the request of each answer left, counted. */
const left = new WeakMap<object, number>();
/** The latest of them that was taken, by what it was about. */
const taken = new Map<string, number>();
let count = 0;

/** Counts a request that leaves; what comes of it is to be marked. */
export function leaves(): (answer: unknown) => void {
  const mine = ++count;
  return (answer) => {
    if (typeof answer === "object" && answer !== null) left.set(answer, mine);
  };
}

/** Whether nothing that was asked for later has been taken already: answers overtake each other, and a later question knows more. */
export function isNewest(what: string, answer: object): boolean {
  const mine = left.get(answer) ?? count;
  if (mine < (taken.get(what) ?? 0)) return false;
  taken.set(what, mine);
  return true;
}
