// SPDX-License-Identifier: Apache-2.0
// Fields with their label and what is wrong with them.
import type { InputHTMLAttributes, ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { Icon } from "./icon";

interface FieldProps {
  label: string;
  error?: string | null | undefined;
  hint?: string;
  children: (id: string) => ComponentChildren;
}

export function Field({ label, error, hint, children }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children(id)}
      {hint && !error && <p class="field-hint">{hint}</p>}
      {error && (
        <p class="field-error" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

interface InputProps extends Omit<InputHTMLAttributes, "value" | "onInput"> {
  value: string;
  onValue: (value: string) => void;
}

export function Input({ value, onValue, ...rest }: InputProps) {
  return <input class="input" value={value} onInput={(e) => onValue(e.currentTarget.value)} {...rest} />;
}

interface SelectProps<V extends string = string> {
  value: V;
  options: readonly { value: V; label: string }[];
  label: string;
  id?: string;
  onPick: (value: V) => void;
}

export function Select<V extends string>({ value, options, label, id, onPick }: SelectProps<V>) {
  return (
    <span class="select">
      <select
        {...(id ? { id } : { "aria-label": label })}
        value={value}
        onChange={(e) => onPick(e.currentTarget.value as V)}
      >
        {options.map((o) => (
          <option key={o.value} value={o.value}>
            {o.label}
          </option>
        ))}
      </select>
      <Icon name="down" size={12} />
    </span>
  );
}

/** One of a few, all in sight. */
export function Segmented({ value, options, label, onPick }: SelectProps) {
  return (
    <div class="segmented" role="radiogroup" aria-label={label}>
      {options.map((o) => (
        <button
          key={o.value}
          type="button"
          role="radio"
          aria-checked={o.value === value}
          onClick={() => onPick(o.value)}
        >
          {o.label}
        </button>
      ))}
    </div>
  );
}
