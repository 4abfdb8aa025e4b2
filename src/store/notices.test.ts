import { describe, expect, it } from 'vitest';
import { addNotice, applyToNotices, initialNotices, removeNotice } from './notices.ts';

const messages = (notices: typeof initialNotices) => notices.list.map(({ message }) => message);

describe('notices', () => {
  it('keep one for each of a folder of broken files, but no endless list', () => {
    const texts = Array.from({ length: 50 }, (_, i) => `${i}.png: The file is empty.`);
    const notices = texts.reduce((list, text) => addNotice(list, 'warning', text), initialNotices);
    expect(messages(notices)).toEqual(texts.slice(-40));
  });

  it('say the same thing once, but keep every Undo', () => {
    let notices = addNotice(initialNotices, 'warning', 'Lost.');
    notices = addNotice(notices, 'info', 'a.png removed.', ['1']);
    notices = addNotice(notices, 'warning', 'Lost.');
    notices = addNotice(notices, 'info', 'a.png removed.', ['2']);
    expect(messages(notices)).toEqual(['a.png removed.', 'Lost.', 'a.png removed.']);
    expect(new Set(notices.list.map(({ id }) => id)).size).toBe(3);
  });

  it('go by their number', () => {
    const notices = addNotice(addNotice(initialNotices, 'info', 'a'), 'info', 'b');
    expect(messages(removeNotice(notices, 1))).toEqual(['b']);
  });

  it('tell screen readers of a failure with its reason', () => {
    const event = {
      type: 'job',
      id: 'x',
      state: 'failed',
      progress: null,
      result: null,
      message: 'No memory.',
    } as const;
    expect(applyToNotices(initialNotices, event, () => 'cat.png').announcement).toBe('cat.png failed: No memory.');
  });
});
