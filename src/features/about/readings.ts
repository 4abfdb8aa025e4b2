/** The readings of the paper, from section 8 of src/paper/README.md. */

export interface Reading {
  /** "8.5" */
  readonly number: string;
  readonly title: string;
  /** One paragraph: text, `code` and [links](#s8.4). */
  readonly text: string;
  /** Names of the settings that choose it. */
  readonly settings: readonly string[];
}

/** Every "### 8.N Title" with the paragraph below it and its line "Setting: …". */
export function parseReadings(markdown: string): readonly Reading[] {
  const parts = markdown.split(/^### (?=8\.\d+ )/m).slice(1);
  return parts.map((part) => {
    const [head = '', ...lines] = part.split('\n');
    const [, number = '', title = ''] = /^(8\.\d+) (.*)$/.exec(head) ?? [];
    const end = lines.indexOf('');
    const [, settings = ''] = /^Setting: (.*)$/m.exec(part) ?? [];
    return {
      number,
      title: title.replace(/ <a id=.*$/, ''),
      text: lines.slice(0, end < 0 ? undefined : end).join(' '),
      settings: [...settings.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
    };
  });
}

export type Span =
  | { readonly kind: 'text' | 'code'; readonly text: string }
  /** To another reading. */
  | { readonly kind: 'reading'; readonly text: string };

/** A paragraph's text, code, and links; a link to another section than 8 is its number alone. */
export function spansOf(text: string): readonly Span[] {
  const pattern = /`([^`]+)`|\[§?([^\]]+)\]\(#s([\w.]+)\)|([^`[]+|[`[])/g;
  return [...text.matchAll(pattern)].map(([, code, label, target, plain = '']): Span => {
    if (code !== undefined) return { kind: 'code', text: code };
    if (target === undefined) return { kind: 'text', text: plain };
    return target.startsWith('8.') ? { kind: 'reading', text: target } : { kind: 'text', text: `section ${label}` };
  });
}

/** Fetched when the page is opened. */
export const loadReadings = async (): Promise<readonly Reading[]> =>
  parseReadings((await import('../../paper/README.md?raw')).default);
