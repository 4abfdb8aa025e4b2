/** Short messages in the corner. The newest is last; a repeated one replaces its older self. */
import type { Event } from '../protocol/index.ts';

export interface Notice {
  readonly id: number;
  readonly level: 'info' | 'warning';
  readonly message: string;
  /** Images that the Undo button brings back. */
  readonly undo: readonly string[] | null;
  /** Hash of the address that it belongs to; null: of every page. */
  readonly place: string | null;
}

export interface NoticeState {
  readonly list: readonly Notice[];
  readonly next: number;
  /** The latest change of a job, for screen readers only. */
  readonly announcement: string;
}

/** Enough for a folder of broken files to get a sentence each. */
const most = 40;

export const initialNotices: NoticeState = { list: [], next: 1, announcement: '' };

export function addNotice(
  notices: NoticeState,
  level: Notice['level'],
  message: string,
  undo: Notice['undo'] = null,
  place: Notice['place'] = null,
): NoticeState {
  const others = notices.list.filter((notice) => notice.message !== message || notice.undo !== null);
  const notice: Notice = { id: notices.next, level, message, undo, place };
  return { ...notices, next: notices.next + 1, list: [...others, notice].slice(-most) };
}

export const removeNotice = (notices: NoticeState, id: number): NoticeState => ({
  ...notices,
  list: notices.list.filter((notice) => notice.id !== id),
});

/** @param nameOf the name of an image in the queue. */
export function applyToNotices(notices: NoticeState, event: Event, nameOf: (id: string) => string): NoticeState {
  switch (event.type) {
    case 'notice':
      return addNotice(notices, event.level, event.message);
    case 'image-rejected':
      return { ...notices, announcement: `${event.name} was not added: ${event.message}` };
    case 'job': {
      if (event.state === 'failed' && event.message) {
        return { ...notices, announcement: `${nameOf(event.id)} failed: ${event.message}` };
      }
      if (event.state === 'done') return { ...notices, announcement: `${nameOf(event.id)} is done.` };
      if (event.state === 'paused') return { ...notices, announcement: `${nameOf(event.id)} is paused.` };
      return notices;
    }
    default:
      return notices;
  }
}
