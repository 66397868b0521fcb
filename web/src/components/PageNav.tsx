interface Props {
  label: string;
  sections: readonly { id: string; title: string }[];
}

/** Beside a page's sections: the way to each. */
export function PageNav({ label, sections }: Props) {
  return (
    <nav class="account-nav" aria-label={label}>
      <ul role="list">
        {sections.map(({ id, title }) => (
          <li key={id}>
            <a href={`#section-${id}`}>{title}</a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
