import { text } from "../state";
import { Confirm } from "./Confirm";

interface Props {
  /** Pictures that go together. */
  count: number;
  onDelete: () => void;
  onKeep: () => void;
}

/** Asks before pictures are deleted, since that is for good. */
export function DeleteConfirm({ count, onDelete, onKeep }: Props) {
  const words = text.value.remove;
  const question = count > 1 ? words.many(count) : words.one;
  return <Confirm question={question} yes={words.yes} no={words.no} onYes={onDelete} onNo={onKeep} />;
}
