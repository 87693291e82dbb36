// SPDX-License-Identifier: Apache-2.0
// The head of a plain table.

/** Numbers stand right, under their title; what is only spoken heads a column of buttons. */
export type HeadColumn = string | { right: string; hint?: string } | { spoken: string };

export function TableHead({ columns }: { columns: readonly HeadColumn[] }) {
  return (
    <thead>
      <tr>
        {columns.map((column, i) => (
          <HeadCell key={i} column={column} />
        ))}
      </tr>
    </thead>
  );
}

function HeadCell({ column }: { column: HeadColumn }) {
  if (typeof column === "string") return <th scope="col">{column}</th>;
  if ("spoken" in column)
    return (
      <th scope="col">
        <span class="sr-only">{column.spoken}</span>
      </th>
    );
  return (
    <th scope="col" class="right" title={column.hint}>
      {column.right}
    </th>
  );
}
