import { text } from "../state";

/** A list that is not there: on its way, or failed with a way to ask again. */
export function ListWaiting({ failed, onRetry }: { failed: boolean; onRetry: () => Promise<void> }) {
  const words = text.value.account;
  if (!failed) {
    return (
      <p class="account-note" role="status">
        {words.loading}
      </p>
    );
  }
  return (
    <div class="account-note" role="alert">
      <p>{words.failed}</p>
      <button type="button" class="secondary small" onClick={() => void onRetry()}>
        {words.retry}
      </button>
    </div>
  );
}
