import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { parseAgent } from "../agent";
import { formatAgo, formatDate } from "../format";
import { loadSessions, revoke, revokeOthers } from "../me";
import { placeOf } from "../place";
import { lang, sessions, text } from "../state";
import type { Trouble } from "../trouble";
import type { DeviceSession } from "../types";
import { agentWords } from "../words";
import { FormTrouble } from "./FormTrouble";
import { Icon } from "./Icon";
import { ListWaiting } from "./ListWaiting";
import { Section } from "./Section";

/** Where one is signed in: device, place, when last seen, and the end of each. */
export function SessionsSection() {
  const { sessions: words } = text.value.account;
  const trouble = useSignal<Trouble | null>(null);
  const busy = useSignal<string | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => void loadSessions(), []);

  const end = (what: string, request: () => Promise<Trouble | null>) => async () => {
    if (busy.value) return;
    busy.value = what;
    trouble.value = await request();
    busy.value = null;
    // What was pressed is gone with its session.
    if (!trouble.value) heading.current?.focus();
  };
  const list = sessions.value;
  return (
    <Section id="sessions" title={words.title} lead={words.lead} heading={heading}>
      {typeof list === "string" ? (
        <ListWaiting failed={list === "failed"} onRetry={loadSessions} />
      ) : (
        <ul class="rows" role="list">
          {[...list].sort(currentFirst).map((session) => (
            <Row key={session.id} session={session} busy={busy.value === session.id} onEnd={end(session.id, () => revoke(session.id))} />
          ))}
        </ul>
      )}
      <FormTrouble trouble={trouble.value} />
      {typeof list !== "string" && list.some((each) => !each.current) && (
        <button type="button" class="secondary" aria-disabled={busy.value === "others"} onClick={() => void end("others", revokeOthers)()}>
          {busy.value === "others" && <span class="spinner" aria-hidden="true" />}
          {words.endOthers}
        </button>
      )}
    </Section>
  );
}

const currentFirst = (one: DeviceSession, other: DeviceSession) => Number(other.current) - Number(one.current);

function Row({ session, busy, onEnd }: { session: DeviceSession; busy: boolean; onEnd: () => Promise<void> }) {
  const { sessions: words } = text.value.account;
  const agent = parseAgent(session.userAgent);
  const device = agentWords(agent, text.value);
  const place = placeOf(session, lang.value);
  // The server knows it to within a day, so no more is said.
  const ago = formatAgo(session.lastActiveAt, Date.now(), lang.value);
  return (
    <li class="row">
      <Icon name={agent.handheld ? "phone" : "laptop"} />
      <div class="row-text">
        <p class="row-title">
          {device} {session.current && <span class="badge">{words.current}</span>}
        </p>
        <p class="row-note">
          {place && <span title={session.ipAddress}>{place}</span>}
          <span>{session.current ? words.now : ago === null ? words.lately : words.active(ago)}</span>
          <span>{words.since(formatDate(session.createdAt, lang.value, "medium"))}</span>
        </p>
      </div>
      {!session.current && (
        <button
          type="button"
          class="secondary small"
          aria-disabled={busy}
          aria-label={words.endLabel([device, place].filter(Boolean).join(", "))}
          onClick={() => void onEnd()}
        >
          {busy && <span class="spinner" aria-hidden="true" />}
          {words.end}
        </button>
      )}
    </li>
  );
}
