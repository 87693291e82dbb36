// SPDX-License-Identifier: Apache-2.0
// Messages of a conversation: who, what, and the tools that were called.
import { tryParse } from "../lib/json";
import type { ChatMessage } from "../lib/shape";
import { CopyButton } from "./button";
import { JsonTree } from "./jsontree";
import { Text } from "./text";

const TONES: Record<string, string> = {
  system: "system",
  developer: "system",
  user: "user",
  human: "user",
  tool: "tool",
};

export function Messages({ messages }: { messages: readonly ChatMessage[] }) {
  return (
    <ol class="messages">
      {messages.map((message, i) => (
        <Message key={i} message={message} />
      ))}
    </ol>
  );
}

export function Message({ message }: { message: ChatMessage }) {
  return (
    <li class={`message message-${TONES[message.role.toLowerCase()] ?? "assistant"}`}>
      <header class="message-head">
        <span class="message-role">{message.role}</span>
        {message.text && <CopyButton text={message.text} label="Copy the message" />}
      </header>
      {message.text && <Text text={message.text} />}
      {message.toolCalls.map((call, i) => {
        const args = tryParse(call.args);
        return (
          <div key={i} class="tool-call">
            <span class="mono">{call.name}</span>
            {args !== undefined && args !== null ? (
              <JsonTree value={args} label={`arguments of ${call.name}`} />
            ) : (
              <pre class="text">{call.args}</pre>
            )}
          </div>
        );
      })}
    </li>
  );
}
