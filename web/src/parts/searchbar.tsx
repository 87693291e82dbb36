// SPDX-License-Identifier: Apache-2.0
// The search field: the one filter language, with suggestions for fields and
// for values that are really there.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { complete, type Completion, type FieldInfo } from "../lib/query";
import { OptionList, useListbox } from "./combobox";
import { IconButton } from "./button";
import { Icon } from "./icon";

interface Props {
  value: string;
  fields: readonly FieldInfo[];
  error?: string | null;
  placeholder?: string;
  onSearch: (query: string) => void;
}

const NOTHING: Completion = { start: 0, end: 0, items: [] };

export const SEARCH_ID = "search";

export function SearchBar({ value, fields, error, placeholder, onSearch }: Props) {
  const [text, setText] = useState(value);
  const [completion, setCompletion] = useState(NOTHING);
  const input = useRef<HTMLInputElement>(null);
  const listId = useId();
  useEffect(() => setText(value), [value]);

  const suggest = (query: string, caret: number) => setCompletion(complete(query, caret, fields));
  const close = () => setCompletion(NOTHING);
  const search = (query: string) => {
    close();
    onSearch(query.trim());
  };
  const pick = (index: number) => {
    const item = completion.items[index];
    if (!item) return;
    const next = text.slice(0, completion.start) + item.insert + text.slice(completion.end).trimStart();
    const caret = completion.start + item.insert.length;
    // At once, not with the next frame: the next letter may be typed before it.
    if (input.current) {
      input.current.value = next;
      input.current.setSelectionRange(caret, caret);
    }
    setText(next);
    suggest(next, caret);
    list.setActive(-1);
    if (item.insert.endsWith(" ")) search(next);
  };
  const list = useListbox(completion.items.length, pick);
  const keys = (event: KeyboardEvent) => {
    if (list.onKey(event)) return;
    if (event.key === "Enter") search(text);
    else if (event.key === "Escape") {
      if (completion.items.length === 0) input.current?.blur();
      close();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const open = completion.items.length > 0;
  return (
    <div class="search" role="search">
      <span class="search-icon">
        <Icon name="search" />
      </span>
      <input
        id={SEARCH_ID}
        ref={input}
        class="search-input mono"
        role="combobox"
        aria-label="Search traces"
        aria-expanded={open}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-invalid={Boolean(error)}
        {...(list.active >= 0 ? { "aria-activedescendant": `${listId}-${list.active}` } : {})}
        spellcheck={false}
        autocomplete="off"
        placeholder={placeholder ?? "model:digits:v2 status:error latency>50ms"}
        value={text}
        onInput={(e) => {
          const { value: typed, selectionStart } = e.currentTarget;
          setText(typed);
          list.setActive(-1);
          suggest(typed, selectionStart ?? typed.length);
        }}
        onFocus={(e) => suggest(e.currentTarget.value, e.currentTarget.selectionStart ?? 0)}
        onBlur={close}
        onKeyDown={keys}
      />
      {text !== "" ? (
        <IconButton icon="close" label="Clear the search" onClick={() => search("")} />
      ) : (
        <kbd class="search-hint">/</kbd>
      )}
      {open && (
        <OptionList
          id={listId}
          label="Suggestions"
          options={completion.items}
          active={list.active}
          onPick={pick}
          onActive={list.setActive}
        />
      )}
      {error && !open && (
        <p class="search-error" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}
