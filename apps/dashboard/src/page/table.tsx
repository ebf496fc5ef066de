import type { ComponentChildren } from 'preact';

export interface Column {
  readonly title: string;
  /** Classes of its cells: `number` to the right, `wide` left out where it is narrow. */
  readonly kind?: string;
}

/** A table that scrolls by itself, in the panel `id`. `caption` is for those who can't see it. */
export function Table(props: {
  readonly id: string;
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly tall?: boolean;
  readonly children: ComponentChildren;
}) {
  const { id, caption, columns, tall = false, children } = props;
  return (
    <div class={tall ? 'scroll tall' : 'scroll'} role="region" aria-labelledby={id} tabIndex={0}>
      <table>
        <caption class="hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ title, kind }) => (
              <th key={title} scope="col" class={kind}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
