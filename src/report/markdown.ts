/**
 * Notes in Markdown (GFM) as a tree of a few elements. It has no raw HTML, no address but of the web and of mail, and loads
 * nothing: whatever a foreign note holds, it is text.
 */
import { Marked, type Token, type Tokens } from 'marked';
import { escaped } from './html.ts';

const headings = ['h3', 'h4', 'h5', 'h6'] as const;
type Heading = (typeof headings)[number];

export interface MarkdownElement {
  readonly tag:
    | Heading
    | 'a'
    | 'blockquote'
    | 'br'
    | 'code'
    | 'del'
    | 'em'
    | 'hr'
    | 'li'
    | 'ol'
    | 'p'
    | 'pre'
    | 'strong'
    | 'table'
    | 'tbody'
    | 'td'
    | 'th'
    | 'thead'
    | 'tr'
    | 'ul';
  /** Of a link alone. */
  readonly href?: string;
  readonly children: readonly MarkdownNode[];
}

export type MarkdownNode = string | MarkdownElement;

/** Tags stay text: without their rules, the parser never takes what stands between two of them for ready HTML either. */
const parser = new Marked({ gfm: true, tokenizer: { html: () => undefined, tag: () => undefined } });

const element = (tag: MarkdownElement['tag'], children: readonly MarkdownNode[]): MarkdownElement => ({
  tag,
  children,
});

/** A link into the web or to mail; any other address leaves its text alone. */
function link(href: string, children: readonly MarkdownNode[]): MarkdownNode[] {
  return /^(https?:\/\/|mailto:)/i.test(href) ? [{ tag: 'a', href, children }] : [...children];
}

function table({ header, rows }: Tokens.Table): MarkdownElement {
  const row = (cells: readonly Tokens.TableCell[], tag: 'td' | 'th') =>
    element(
      'tr',
      cells.map(({ tokens }) => element(tag, nodes(tokens))),
    );
  const body = element(
    'tbody',
    rows.map((cells) => row(cells, 'td')),
  );
  return element('table', [element('thead', [row(header, 'th')]), body]);
}

function item({ task, checked, tokens }: Tokens.ListItem): MarkdownElement {
  const box = task ? [checked ? '☑ ' : '☐ '] : [];
  // Its own box is drawn by other programs.
  return element('li', [...box, ...nodes(tokens.filter(({ type }) => type !== 'checkbox'))]);
}

function convert(token: Token): MarkdownNode[] {
  const inner = () => nodes(token.type !== 'table' && 'tokens' in token ? (token.tokens ?? []) : []);
  switch (token.type) {
    case 'space':
    case 'def':
      return [];
    case 'heading':
      // The page has headings of its own above.
      return [element(headings[token.depth - 1] ?? 'h6', inner())];
    case 'paragraph':
      return [element('p', inner())];
    case 'blockquote':
      return [element('blockquote', inner())];
    case 'hr':
      return [element('hr', [])];
    case 'br':
      return [element('br', [])];
    case 'strong':
    case 'em':
    case 'del':
      return [element(token.type, inner())];
    case 'code':
      return [element('pre', [element('code', [token.text])])];
    case 'codespan':
      return [element('code', [token.text])];
    case 'list':
      return [element(token.ordered ? 'ol' : 'ul', (token as Tokens.List).items.map(item))];
    case 'table':
      return [table(token as Tokens.Table)];
    case 'link':
      return link(token.href, inner());
    case 'image':
      // Nothing is loaded: the picture is a link.
      return link(token.href, [token.text || token.href]);
    default:
      return 'tokens' in token && token.tokens ? inner() : ['text' in token ? token.text : token.raw];
  }
}

const nodes = (tokens: readonly Token[]): MarkdownNode[] => tokens.flatMap(convert);

/** The notes' elements. Never throws: text that is no Markdown is a paragraph. */
export const parseMarkdown = (text: string): MarkdownNode[] => nodes(parser.lexer(text));

const empty: ReadonlySet<MarkdownElement['tag']> = new Set(['br', 'hr']);

/** The same as HTML, every text of it escaped. */
export const markdownHtml = (tree: readonly MarkdownNode[]): string =>
  tree
    .map((node) => {
      if (typeof node === 'string') return escaped(node);
      const { tag, href, children } = node;
      if (empty.has(tag)) return `<${tag}>`;
      const attributes = href === undefined ? '' : ` href="${escaped(href)}" rel="noreferrer"`;
      return `<${tag}${attributes}>${markdownHtml(children)}</${tag}>`;
    })
    .join('');
