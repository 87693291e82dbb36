// SPDX-License-Identifier: Apache-2.0
import { IconButton } from "../parts/button";
import { SHORTCUTS } from "../state/keyboard";
import { Layer } from "./layer";

export default function Help({ onClose }: { onClose: () => void }) {
  return (
    <Layer label="Keyboard shortcuts" onClose={onClose}>
      <header class="layer-head">
        <h2>Keyboard</h2>
        <IconButton icon="close" label="Close" onClick={onClose} />
      </header>
      <div class="help">
        {SHORTCUTS.map((group) => (
          <section key={group.group}>
            <h3 class="muted">{group.group}</h3>
            <dl>
              {group.keys.map(([keys, what]) => (
                <>
                  <dt>
                    {keys.split(/ {1,2}/).map((k) => (
                      <kbd key={k}>{k}</kbd>
                    ))}
                  </dt>
                  <dd>{what}</dd>
                </>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Layer>
  );
}
