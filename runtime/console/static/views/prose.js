// A model's text as paragraphs: only text nodes and our own tags, whatever it says.

import { html, nothing } from "../lit.js";

const HEADING = /^(?:#{1,6}\s+(.+)|\*\*([^*]+)\*\*:?)$/;
const ITEM = /^(?:[-*•]|\d{1,2}[.)])\s+/;
const INLINE = /\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*|`([^`]+)`/g;

// `open`: the end is still to come, so that what is begun there is no slip.
export function prose(text, open = false) {
  const blocks = blocksOf(open ? closed(text) : text);
  return blocks.map((block, place) => drawn(block, open && place === blocks.length - 1));
}

// A bold run whose end has not arrived yet is bold already.
function closed(text) {
  const trimmed = text.replace(/\*+$/, "");
  const line = trimmed.slice(trimmed.lastIndexOf("\n") + 1);
  return (line.match(/\*\*/g)?.length ?? 0) % 2 ? `${trimmed}**` : trimmed;
}

function blocksOf(text) {
  const blocks = [];
  for (const line of text.split("\n")) {
    const last = blocks.at(-1);
    const heading = HEADING.exec(line.trim());
    if (!line.trim()) blocks.push({ kind: "gap" });
    else if (heading) blocks.push({ kind: "heading", lines: [heading[1] ?? heading[2]] });
    else if (ITEM.test(line.trim())) grow(blocks, last, "list", line.trim().replace(ITEM, ""));
    else if (line.startsWith(">")) grow(blocks, last, "quote", line.replace(/^>\s?/, ""));
    else grow(blocks, last, "paragraph", line);
  }
  return blocks.filter((block) => block.kind !== "gap");
}

function grow(blocks, last, kind, line) {
  if (last?.kind === kind) last.lines.push(line);
  else blocks.push({ kind, lines: [line] });
}

function drawn({ kind, lines }, last) {
  const caret = last ? html`<span class="caret" aria-hidden="true"></span>` : nothing;
  if (kind === "heading") return html`<h2>${inline(lines[0])}${caret}</h2>`;
  if (kind === "list") return html`<ul>${lines.map((line) => html`<li>${inline(line)}</li>`)}</ul>`;
  const body = lines.map((line, place) => html`${place ? html`<br />` : nothing}${inline(line)}`);
  return kind === "quote" ? html`<blockquote>${body}${caret}</blockquote>` : html`<p>${body}${caret}</p>`;
}

function inline(text) {
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(INLINE)) {
    parts.push(text.slice(from, found.index), strong(found));
    from = found.index + found[0].length;
  }
  return [...parts, text.slice(from)];
}

function strong([, bold, slanted, code]) {
  if (bold) return html`<strong>${bold}</strong>`;
  return slanted ? html`<em>${slanted}</em>` : html`<code>${code}</code>`;
}
