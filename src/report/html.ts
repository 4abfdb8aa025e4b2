/** Parts of a page that is saved as one file and needs nothing else. */
import { base64 } from '../formats/bytes.ts';

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A text as it may stand between tags and in a quoted attribute. */
export const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => escapes[character] ?? '');

/** A part that may be wider than a phone, scrolled by keyboard too. */
export const scrolled = (html: string): string => `<div class="scroll" tabindex="0">${html}</div>`;

/** @param rows of texts, the first of them the head */
export function tableHtml([head, ...rows]: readonly (readonly string[])[]): string {
  if (!head) return '';
  const cells = (row: readonly string[], tag: string) =>
    row.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('');
  const body = rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('');
  return scrolled(`<table><thead><tr>${cells(head, 'th')}</tr></thead><tbody>${body}</tbody></table>`);
}

/** Colours, tables and figures, in both themes. */
export const pageStyle = `
:root { color-scheme: light dark; font: 14px/1.45 system-ui, sans-serif; }
body { margin: 0; padding: 12px; background: light-dark(#f4f4f5, #121213); color: light-dark(#1a1a1d, #ededf0); }
h1 { margin: 0 0 8px; font-size: 18px; }
figure { margin: 0; } figure img { width: 100%; height: auto; image-rendering: pixelated; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; margin: 12px 0; } th, td { padding: 4px 8px; border-bottom: 1px solid #8886; text-align: right; }
tr > :first-child { text-align: left; }
`;

/** A file as an address that holds it. */
export const dataUrl = async (file: Blob): Promise<string> =>
  `data:${file.type};base64,${base64(new Uint8Array(await file.arrayBuffer()))}`;
