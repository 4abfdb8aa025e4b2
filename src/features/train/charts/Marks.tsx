import { useState } from 'react';
import type { Annotation } from '../../../report/run-metrics.ts';
import { useApp } from '../../../store/context.ts';
import { useFeed } from '../use-feed.ts';
import styles from './Charts.module.css';

/** The changes that are marked on the charts, in words; each leads to its iteration. */
export function Marks() {
  const { look } = useApp();
  const [edits, setEdits] = useState<readonly Annotation[]>([]);
  const list = useFeed<HTMLElement>('rows', (_, { annotations }) => {
    if (annotations.length !== edits.length || annotations[0] !== edits[0]) setEdits([...annotations]);
  });
  return (
    <section ref={list} className={styles.marks} aria-label="Changes of settings" hidden={edits.length === 0}>
      <h3>Changes of settings</h3>
      <ol>
        {edits.map(({ step, text }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list only grows
          <li key={index}>
            <button type="button" className={styles.mark} onClick={() => look.change({ iteration: step })}>
              {step.toLocaleString('en-US')}
            </button>{' '}
            {text}
          </li>
        ))}
      </ol>
    </section>
  );
}
