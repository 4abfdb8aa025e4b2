import { Trash2 } from 'lucide-react';
import {
  createElement,
  lazy,
  type ReactNode,
  Suspense,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import type { StoredRunSummary } from '../../../protocol/train.ts';
import type { MarkdownNode } from '../../../report/markdown.ts';
import { longestCaption, longestNotes, type PinnedPicture, pinName } from '../../../report/run-record.ts';
import { useActions } from '../../../store/context.ts';
import { Button, IconButton } from '../../ui/buttons.tsx';
import { formatInteger } from '../../ui/format.ts';
import panel from '../panels.module.css';
import styles from './notes.module.css';

const shown = (nodes: readonly MarkdownNode[]): ReactNode[] =>
  nodes.map((node, key) => {
    if (typeof node === 'string') return node;
    const { tag, href, children } = node;
    const link = href === undefined ? {} : { href, target: '_blank', rel: 'noreferrer' };
    return createElement(tag, { key, ...link }, ...shown(children));
  });

/** Notes as they stand in a logbook: elements, never HTML. The parser of Markdown comes with the first preview. */
const Markdown = lazy(async () => {
  const { parseMarkdown } = await import('../../../report/markdown.ts');
  return { default: ({ text }: { readonly text: string }) => shown(parseMarkdown(text)) };
});

const settleMilliseconds = 400;

/** Saves a text when nothing was typed for a moment, and at the latest when it leaves the screen. @returns saves it now */
function useAutosave(text: string, save: (text: string) => void): () => void {
  const saved = useRef(text);
  const latest = useRef({ text, save });
  latest.current = { text, save };
  const flush = useCallback(() => {
    const now = latest.current;
    if (now.text === saved.current) return;
    saved.current = now.text;
    now.save(now.text);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change of the text starts the wait anew
  useEffect(() => {
    const timer = setTimeout(flush, settleMilliseconds);
    return () => clearTimeout(timer);
  }, [text, flush]);
  useEffect(() => {
    window.addEventListener('pagehide', flush);
    return () => {
      window.removeEventListener('pagehide', flush);
      flush();
    };
  }, [flush]);
  return flush;
}

interface PinProps {
  readonly run: string;
  readonly pin: PinnedPicture;
}

function Pin({ run, pin }: PinProps) {
  const { pinPanel, unpinPanel } = useActions();
  const [caption, setCaption] = useState(pin.caption);
  const flush = useAutosave(caption, (words) => pinPanel(run, { ...pin, caption: words }));
  const [url, setUrl] = useState<string>();
  const name = pinName(pin);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the engine's news bring the same picture anew
  useEffect(() => {
    const made = URL.createObjectURL(pin.image);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [name]);
  const at = `iteration ${formatInteger(pin.step + 1)}`;
  return (
    <li className={styles.pin} data-pin={name}>
      <img src={url} alt={`${caption}, ${at}`} />
      <span className={styles.caption}>
        <input
          type="text"
          aria-label={`Caption of the picture of ${at}`}
          autoComplete="off"
          maxLength={longestCaption}
          value={caption}
          onBlur={flush}
          onChange={({ target }) => setCaption(target.value)}
        />
        <span className={panel.facts}>{at}</span>
      </span>
      <IconButton icon={Trash2} label={`Unpin ${caption}, ${at}`} onClick={() => unpinPanel(run, pin)} />
    </li>
  );
}

/** The notes of a kept run, in Markdown, and the pictures that are pinned to them. Both are saved with the run by themselves. */
export function Notes({ run: { id, notes, pins } }: { readonly run: StoredRunSummary }) {
  const { noteRun } = useActions();
  const [text, setText] = useState(notes);
  const [isPreview, setIsPreview] = useState(false);
  const save = useMemo(() => (typed: string) => noteRun(id, typed), [id, noteRun]);
  const flush = useAutosave(text, save);
  return (
    <section className={styles.notes} aria-labelledby="run-notes">
      <div className={styles.head}>
        <h3 id="run-notes" className={panel.title}>
          Notes of the open run
        </h3>
        <Button look="quiet" aria-pressed={isPreview} onClick={() => setIsPreview(!isPreview)}>
          Preview
        </Button>
      </div>
      {isPreview ? (
        <div className={styles.preview} data-testid="notes-preview">
          <Suspense>{text.trim() === '' ? <p>No notes yet.</p> : <Markdown text={text} />}</Suspense>
        </div>
      ) : (
        <textarea
          className={styles.text}
          aria-label="Notes, in Markdown"
          rows={6}
          maxLength={longestNotes}
          placeholder="Markdown: # heading, **bold**, - list"
          value={text}
          onBlur={flush}
          onChange={({ target }) => setText(target.value)}
        />
      )}
      {pins.length === 0 ? (
        <p className={panel.runsHint}>Pictures of the figure are pinned here with the button beside their name.</p>
      ) : (
        <ul className={styles.pins} aria-label="Pinned pictures">
          {pins.map((pin) => (
            <Pin key={pinName(pin)} run={id} pin={pin} />
          ))}
        </ul>
      )}
    </section>
  );
}
