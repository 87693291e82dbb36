// SPDX-License-Identifier: Apache-2.0
// A short list of names as chips, with a field at its end that suggests more.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Completion } from "../lib/completion";
import { Chip } from "./chip";
import { OptionList, useListbox } from "./combobox";
import { useSuggestions } from "./suggestions";

interface Props {
  label: string;
  values: readonly string[];
  max: number;
  /** The last one cannot be taken out. */
  least?: number;
  placeholder: string;
  /** What could be added, for the text that is typed. */
  suggest: (text: string, signal: AbortSignal) => Promise<Completion["items"]>;
  onChange: (values: readonly string[]) => void;
}

/** What Enter adds: what was typed if that is a name, else the nearest of what was suggested. */
function meant(typed: string, items: Completion["items"]): string {
  return items.some((i) => i.insert === typed) ? typed : (items[0]?.insert ?? typed);
}

export function ChipField({ label, values, max, least = 0, placeholder, suggest, onChange }: Props) {
  const [text, setText] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const typing = useRef<AbortController | null>(null);
  const quiet = useRef(false);
  const id = useId();
  const { completion, ask, close } = useSuggestions(async (typed, _caret, signal) => {
    const items = await suggest(typed, signal);
    return {
      kind: "value",
      start: 0,
      end: typed.length,
      items: items.filter((i) => !values.includes(i.insert)),
    };
  });
  const add = (value: string) => {
    const name = value.trim();
    close();
    setText("");
    list.setActive(-1);
    if (name !== "" && !values.includes(name) && values.length < max) onChange([...values, name]);
  };
  /** What is suggested decides what was meant, so it is waited for. */
  const enter = () => {
    const typed = text.trim();
    const controller = (typing.current = new AbortController());
    const settle = (items: Completion["items"]) => {
      if (!controller.signal.aborted) latest.current(meant(typed, items));
    };
    if (typed === "" || values.includes(typed)) add(typed);
    else if (open) add(meant(typed, completion.items));
    else suggest(typed, controller.signal).then(settle, () => settle([]));
  };
  const remove = (value: string) => {
    onChange(values.filter((v) => v !== value));
    // The field has the keys again; what it suggests would lie over what just changed.
    close();
    quiet.current = true;
    input.current?.focus();
    quiet.current = false;
  };
  const list = useListbox(completion.items.length, (i) => add(completion.items[i]?.insert ?? ""));
  const open = completion.items.length > 0;
  const latest = useRef(add);
  latest.current = add;
  useEffect(() => () => typing.current?.abort(), []);
  const keys = (event: KeyboardEvent) => {
    if (list.onKey(event)) return;
    const last = values.at(-1);
    if (event.key === "Enter") enter();
    else if (event.key === "Tab" && open && text !== "" && !event.shiftKey)
      add(completion.items[0]?.insert ?? text);
    else if (event.key === "ArrowDown") ask(text, text.length);
    else if (event.key === "Backspace" && text === "" && last !== undefined && values.length > least)
      remove(last);
    else if (event.key === "Escape" && open) close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="chip-field" role="group" aria-label={label}>
      <span class="chip-field-label">{label}</span>
      {values.map((v) => (
        <Chip
          key={v}
          title={v}
          {...(values.length > least ? { onRemove: () => remove(v), removeLabel: `Remove ${v}` } : {})}
        >
          <span class="mono">{v}</span>
        </Chip>
      ))}
      {values.length < max && (
        <span class="chip-field-add">
          <input
            ref={input}
            class="chip-field-input mono"
            role="combobox"
            aria-label={`Add to ${label.toLowerCase()}`}
            aria-expanded={open}
            aria-controls={id}
            aria-autocomplete="list"
            {...(list.active >= 0 ? { "aria-activedescendant": `${id}-${list.active}` } : {})}
            spellcheck={false}
            autocomplete="off"
            placeholder={placeholder}
            value={text}
            onInput={(e) => {
              typing.current?.abort();
              setText(e.currentTarget.value);
              list.setActive(-1);
              ask(e.currentTarget.value, e.currentTarget.value.length, true);
            }}
            onFocus={() => quiet.current || ask(text, text.length)}
            onBlur={() => void close()}
            onKeyDown={keys}
          />
          {open && (
            <OptionList
              id={id}
              label={`Suggestions for ${label.toLowerCase()}`}
              options={completion.items}
              active={list.active}
              onPick={(i) => add(completion.items[i]?.insert ?? "")}
              onActive={list.setActive}
            />
          )}
        </span>
      )}
    </div>
  );
}
