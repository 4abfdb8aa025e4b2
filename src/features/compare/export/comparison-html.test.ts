import { describe, expect, it } from 'vitest';
import { comparisonHtml } from './comparison-html.ts';

const picture = (title: string) => ({ title, facts: '85 ms', url: 'data:image/png;base64,AAAA' });

describe('comparisonHtml', () => {
  it('lets nothing of a name become markup', () => {
    const name = '<img src=x onerror=alert(1)> & "quotes"';
    const html = comparisonHtml({
      title: name,
      width: 4,
      height: 4,
      pictures: [picture(name), picture('b')],
      pair: [0, 1],
      conditions: name,
      table: [[name]],
    });
    expect(html).not.toContain('<img src=x');
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt; &amp; &quot;quotes&quot;');
  });

  it('names no address but its own data', () => {
    const html = comparisonHtml({
      title: 't',
      width: 4,
      height: 4,
      pictures: [picture('a'), picture('b')],
      pair: [1, 0],
      conditions: 'Seed 42.',
      table: [],
    });
    expect(html).not.toMatch(/https?:/);
    expect(html.match(/src="(?!data:)/g)).toBeNull();
    expect(html).toContain('<p>Seed 42.</p>');
    // On the pair that was shown.
    expect(html).toContain('<select id="a"><option value="0">a</option><option value="1" selected>b</option></select>');
  });
});
