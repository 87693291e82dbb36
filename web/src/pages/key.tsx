// SPDX-License-Identifier: Apache-2.0
// A server with accounts asks for a key before anything else.
import { useState } from "preact/hooks";
import { clearCache } from "../api/cache";
import { Button } from "../parts/button";
import { Field, Input } from "../parts/form";
import { Logo } from "../parts/icon";
import { accessKey, setAccessKey } from "../state/auth";

export function KeyPage() {
  const [text, setText] = useState("");
  const refused = accessKey.get() !== null;
  const submit = (event: Event) => {
    event.preventDefault();
    if (text.trim() === "") return;
    clearCache();
    setAccessKey(text.trim());
  };
  return (
    <main class="sheet">
      <form class="key-form" onSubmit={submit}>
        <div class="rail-brand">
          <Logo />
          <span>Vireo</span>
        </div>
        <p>This server has accounts. Give a key of a project to look at it; it is kept for this tab only.</p>
        <Field
          label="Key"
          error={refused ? "The server did not accept this key." : null}
          hint="From `vireo key create`, or from somebody with the role admin."
        >
          {(id) => (
            <Input id={id} type="password" autocomplete="off" autoFocus value={text} onValue={setText} />
          )}
        </Field>
        <Button look="primary" type="submit" disabled={text.trim() === ""}>
          Continue
        </Button>
      </form>
    </main>
  );
}
