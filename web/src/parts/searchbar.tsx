// SPDX-License-Identifier: Apache-2.0
// The search field: the one filter language, with suggestions of what is really
// there, and a mark where a search went wrong.
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { applySuggestion, markAt } from "../lib/completion";
import { OptionList, useListbox } from "./combobox";
import { IconButton } from "./button";
import { Icon } from "./icon";
import { type Suggest, useSuggestions } from "./suggestions";

export interface SearchError {
  message: string;
  /** The character at which it went wrong. */
  at: number | null;
}

interface Props {
  value: string;
  suggest: Suggest;
  error?: SearchError | null;
  placeholder?: string;
  label?: string;
  /** Another field than the page's main one. */
  id?: string;
  onSearch: (query: string) => void;
  /** In a form: what stands in the field, at each letter. */
  onText?: (text: string) => void;
}

export const SEARCH_ID = "search";

export function SearchBar({
  value,
  suggest,
  error,
  placeholder,
  label = "Search traces",
  id = SEARCH_ID,
  onSearch,
  onText,
}: Props) {
  const [text, setText] = useState(value);
  const input = useRef<HTMLInputElement>(null);
  // Typed since the last Escape: that Escape is for suggestions, also where none came.
  const fresh = useRef(false);
  const listId = useId();
  const { completion, ask, close } = useSuggestions(suggest);
  // With the address, not a frame later: what is typed meanwhile would be lost.
  useLayoutEffect(() => setText(value), [value]);

  const shut = () => {
    list.setActive(-1);
    return close();
  };
  const search = (query: string) => {
    shut();
    onSearch(query.trim());
  };
  const pick = (index: number) => {
    const next = applySuggestion(text, completion, index);
    if (!next) return;
    // At once, not with the next frame: the next letter may be typed before it.
    if (input.current) {
      input.current.value = next.text;
      input.current.setSelectionRange(next.caret, next.caret);
    }
    setText(next.text);
    onText?.(next.text);
    list.setActive(-1);
    if (next.whole) search(next.text);
    else ask(next.text, next.caret);
  };
  const list = useListbox(completion.items.length, pick);
  const open = completion.items.length > 0;
  const keys = (event: KeyboardEvent) => {
    if (list.onKey(event)) return;
    // What stands in the field: on a busy machine keys come before it was drawn.
    const typed = input.current?.value ?? text;
    if (event.key === "Tab" && open && !event.shiftKey && typed !== "") pick(0);
    else if (event.key === "ArrowDown") ask(typed, input.current?.selectionStart ?? typed.length);
    else if (event.key === "Enter") search(typed);
    else if (event.key === "Escape") {
      if (!shut() && !fresh.current) input.current?.blur();
      fresh.current = false;
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const wrong = error && text === value ? error : null;
  return (
    <div class="search" role="search">
      <span class="search-icon">
        <Icon name="search" />
      </span>
      <span class="search-field">
        <input
          id={id}
          ref={input}
          class="search-input mono"
          role="combobox"
          aria-label={label}
          aria-expanded={open}
          aria-controls={listId}
          aria-autocomplete="list"
          aria-invalid={Boolean(wrong)}
          {...(wrong ? { "aria-describedby": `${listId}-error` } : {})}
          {...(list.active >= 0 ? { "aria-activedescendant": `${listId}-${list.active}` } : {})}
          spellcheck={false}
          autocomplete="off"
          placeholder={placeholder ?? "model:digits:v2 status:error latency>50ms"}
          value={text}
          onInput={(e) => {
            const { value: typed, selectionStart } = e.currentTarget;
            setText(typed);
            onText?.(typed);
            fresh.current = true;
            list.setActive(-1);
            ask(typed, selectionStart ?? typed.length, true);
          }}
          onFocus={(e) => ask(e.currentTarget.value, e.currentTarget.selectionStart ?? 0, true)}
          onBlur={() => void shut()}
          onKeyDown={keys}
        />
        {typeof wrong?.at === "number" && <Mark text={text} at={wrong.at} input={input} />}
      </span>
      {text !== "" ? (
        <IconButton icon="close" label="Clear the search" onClick={() => search("")} />
      ) : (
        id === SEARCH_ID && <kbd class="search-hint">/</kbd>
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
      {wrong && !open && (
        <p class="search-error" role="alert" id={`${listId}-error`}>
          {wrong.message}
        </p>
      )}
    </div>
  );
}

/** Lies over the text of the field and scrolls with it. */
function Mark({
  text,
  at,
  input,
}: {
  text: string;
  at: number;
  input: { current: HTMLInputElement | null };
}) {
  const layer = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    const field = input.current;
    if (!field) return;
    const follow = () => layer.current?.scrollTo({ left: field.scrollLeft });
    follow();
    field.addEventListener("scroll", follow);
    return () => field.removeEventListener("scroll", follow);
  }, [input, text]);
  const { before, wrong, after } = markAt(text, at);
  return (
    <span class="search-marks mono" aria-hidden="true" ref={layer}>
      {before}
      <span class="search-wrong">{wrong}</span>
      {after}
    </span>
  );
}
