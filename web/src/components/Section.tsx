import type { ComponentChildren, RefObject } from "preact";

interface Props {
  id: string;
  title: string;
  lead?: ComponentChildren;
  /** For returning the focus to, when what was pressed is gone. */
  heading?: RefObject<HTMLHeadingElement | null>;
  children: ComponentChildren;
}

/** One matter of a page. */
export function Section({ id, title, lead, heading, children }: Props) {
  return (
    <section class="account-section card" id={`section-${id}`} aria-labelledby={`title-${id}`}>
      <h2 id={`title-${id}`} tabIndex={-1} {...(heading ? { ref: heading } : {})}>
        {title}
      </h2>
      {lead && <p class="account-lead">{lead}</p>}
      {children}
    </section>
  );
}
