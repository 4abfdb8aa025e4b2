import { createElement, type ReactNode } from 'react';
import { type MarkdownNode, parseMarkdown } from '../../../report/markdown.ts';

const shown = (nodes: readonly MarkdownNode[]): ReactNode[] =>
  nodes.map((node, key) => {
    if (typeof node === 'string') return node;
    const { tag, href, children } = node;
    const link = href === undefined ? {} : { href, target: '_blank', rel: 'noreferrer' };
    return createElement(tag, { key, ...link }, ...shown(children));
  });

/** Notes as they stand in a logbook: elements, never HTML. */
export function Markdown({ text }: { readonly text: string }) {
  return shown(parseMarkdown(text));
}
