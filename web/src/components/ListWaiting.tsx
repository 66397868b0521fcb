import { text } from "../state";

interface Props {
  failed: boolean;
  onRetry: () => Promise<void>;
  /** All that there is to see, rather than a list among others. */
  page?: boolean;
}

/** What is not there: on its way, or failed with a way to ask again. */
export function ListWaiting({ failed, onRetry, page = false }: Props) {
  const words = text.value.account;
  const look = page ? "account-wait" : "account-note";
  if (!failed) {
    return (
      <p class={look} role="status">
        {page && <span class="spinner" aria-hidden="true" />} {words.loading}
      </p>
    );
  }
  return (
    <div class={look} role="alert">
      <p>{words.failed}</p>
      <button type="button" class={page ? "secondary" : "secondary small"} onClick={() => void onRetry()}>
        {words.retry}
      </button>
    </div>
  );
}
