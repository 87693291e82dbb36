// SPDX-License-Identifier: Apache-2.0
// Markdown as elements: text stays text, links leave without saying whence.
import { useMemo } from "preact/hooks";
import { type Block, type Inline, parseMarkdown } from "../lib/markdown";

export default function Markdown({ text }: { text: string }) {
  const blocks = useMemo(() => parseMarkdown(text), [text]);
  return (
    <div class="markdown">
      {blocks.map((block, i) => (
        <BlockView key={i} block={block} />
      ))}
    </div>
  );
}

function BlockView({ block }: { block: Block }) {
  switch (block.kind) {
    case "heading": {
      const Heading = `h${Math.min(6, block.level + 2)}` as "h3";
      return (
        <Heading>
          <InlineView parts={block.content} />
        </Heading>
      );
    }
    case "paragraph":
      return (
        <p>
          <InlineView parts={block.content} />
        </p>
      );
    case "quote":
      return (
        <blockquote>
          <InlineView parts={block.content} />
        </blockquote>
      );
    case "code":
      return <pre class="text">{block.text}</pre>;
    case "rule":
      return <hr />;
    case "list":
      return <ListView block={block} />;
    case "table":
      return <TableView block={block} />;
  }
}

function ListView({ block }: { block: Extract<Block, { kind: "list" }> }) {
  const List = block.ordered ? "ol" : "ul";
  return (
    <List class={block.ordered ? "markdown-numbers" : "markdown-bullets"}>
      {block.items.map((item, i) => (
        <li key={i} style={{ marginLeft: `${item.depth * 16}px` }}>
          <InlineView parts={item.content} />
        </li>
      ))}
    </List>
  );
}

function TableView({ block }: { block: Extract<Block, { kind: "table" }> }) {
  return (
    <table>
      <thead>
        <tr>
          {block.head.map((cell, i) => (
            <th key={i}>
              <InlineView parts={cell} />
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {block.rows.map((row, i) => (
          <tr key={i}>
            {row.map((cell, j) => (
              <td key={j}>
                <InlineView parts={cell} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function InlineView({ parts }: { parts: readonly Inline[] }) {
  return (
    <>
      {parts.map((part, i) => {
        switch (part.kind) {
          case "code":
            return <code key={i}>{part.text}</code>;
          case "strong":
            return <strong key={i}>{part.text}</strong>;
          case "em":
            return <em key={i}>{part.text}</em>;
          case "strike":
            return <s key={i}>{part.text}</s>;
          case "link":
            return (
              <a key={i} class="link" href={part.href} target="_blank" rel="noopener noreferrer nofollow">
                {part.text}
              </a>
            );
          case "text":
            return part.text;
        }
      })}
    </>
  );
}
