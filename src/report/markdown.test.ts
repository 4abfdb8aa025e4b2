import { describe, expect, it } from 'vitest';
import { markdownHtml, parseMarkdown } from './markdown.ts';

const html = (text: string) => markdownHtml(parseMarkdown(text));

describe('notes in Markdown', () => {
  it('have headings, lists, tables, code, emphasis and links', () => {
    expect(html('# A\n\ntext *of* **two** ~~old~~ `x < y`  \nlines')).toBe(
      '<h3>A</h3><p>text <em>of</em> <strong>two</strong> <del>old</del> <code>x &lt; y</code><br>lines</p>',
    );
    expect(html('- one\n- two\n  1. in it\n')).toBe('<ul><li>one</li><li>two<ol><li>in it</li></ol></li></ul>');
    expect(html('- [x] done\n- [ ] open')).toBe('<ul><li>☑ done</li><li>☐ open</li></ul>');
    expect(html('| a | b |\n| - | - |\n| 1 | 2 |')).toBe(
      '<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>',
    );
    expect(html('> quoted\n\n---\n\n```\n<b>\n```')).toBe(
      '<blockquote><p>quoted</p></blockquote><hr><pre><code>&lt;b&gt;</code></pre>',
    );
    expect(html('[paper](https://arxiv.org/abs/2410.07663)')).toBe(
      '<p><a href="https://arxiv.org/abs/2410.07663" rel="noreferrer">paper</a></p>',
    );
    expect(html('')).toBe('');
  });

  it('keep symbols of the paper as they are typed', () => {
    expect(html('λ_H and λ_L, x_0, 2 * 3')).toBe('<p>λ_H and λ_L, x_0, 2 * 3</p>');
  });

  it.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<kbd><img src=x onerror=alert(1)//',
    '<pre>\n<svg onload=alert(1)>\n</pre>',
    '<!-- --><iframe src="https://example.com">',
    '[x](javascript:alert(1))',
    '[x](JaVaScRiPt:alert(1))',
    '[x](data:text/html,<b>)',
    '[x](vbscript:x "t")',
    '![x](x.png" onerror="alert(1))',
    '[a]: javascript:alert(1)\n\n[a]',
    '<javascript:alert(1)>',
    '`</code><script>`',
    '| <b onmouseover=x> |\n| - |\n| </td><script> |',
    '[x](https://example.com/"onmouseover="alert(1))',
    '# <style>*{display:none}</style>',
    '&lt;script&gt;',
  ])('let nothing become markup or an address that runs: %s', (text) => {
    const made = html(text);
    const tags = [...made.matchAll(/<[^>]*>/g)].map(([tag]) => tag);
    for (const tag of tags) {
      expect(tag).toMatch(
        /^<\/?(h[3-6]|a|blockquote|br|code|del|em|hr|li|ol|p|pre|strong|table|tbody|td|th|thead|tr|ul)( href="(https?:\/\/|mailto:)[^"<>]*" rel="noreferrer")?>$/,
      );
    }
    // All that is no tag is text.
    expect(made.replace(/<[^>]*>/g, '')).not.toMatch(/[<>"]/);
  });

  it('load no picture', () => {
    expect(html('![a picture](https://example.com/a.png)')).toBe(
      '<p><a href="https://example.com/a.png" rel="noreferrer">a picture</a></p>',
    );
  });
});
