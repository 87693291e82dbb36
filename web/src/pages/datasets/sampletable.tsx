// SPDX-License-Identifier: Apache-2.0
// Samples as rows: a picture where there is one, input, what is expected, metadata.
import type { Sample } from "../../api/datasets";
import { Tag } from "../../parts/chip";
import { hasPicture, SamplePicture, ShortValue } from "../../parts/sample";

interface Props {
  project: string;
  samples: readonly Sample[];
  open: string | null;
  onOpen: (id: string) => void;
}

const SHOWN_TAGS = 4;

export function SampleTable({ project, samples, open, onOpen }: Props) {
  const split = samples.some((s) => s.split !== null);
  return (
    <div class="table-scroll">
      <table class="table sample-table">
        <thead>
          <tr>
            <th scope="col">Sample</th>
            <th scope="col">Input</th>
            <th scope="col">Expected</th>
            {split && <th scope="col">Split</th>}
            <th scope="col">Metadata</th>
          </tr>
        </thead>
        <tbody>
          {samples.map((s) => (
            <tr key={s.id} class={s.id === open ? "row-selected" : "row-plain"} onClick={() => onOpen(s.id)}>
              <td class="mono cut sample-id" title={s.id}>
                <button type="button" class="text-button" onClick={() => onOpen(s.id)}>
                  {s.id.length > 18 ? `${s.id.slice(0, 12)}…` : s.id}
                </button>
              </td>
              <td class="sample-input">
                <span class="row">
                  <span class="sample-thumb">
                    <SamplePicture project={project} value={s.input} />
                  </span>
                  {!hasPicture(s.input) && <ShortValue value={s.input} />}
                </span>
              </td>
              <td class="sample-wanted">
                <ShortValue value={s.expected} />
              </td>
              {split && <td class="muted">{s.split}</td>}
              <td>
                <span class="row">
                  {Object.entries(s.metadata)
                    .slice(0, SHOWN_TAGS)
                    .map(([name, value]) => (
                      <Tag key={name} name={name} value={value} />
                    ))}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
