import type { CompareLayer } from '../../../protocol/compare.ts';
import { formatBytes, formatMilliseconds, formatPsnr } from '../../ui/format.ts';
import { useResultOf, useTitles } from '../use-compare.ts';
import styles from './PaneLabel.module.css';

/** What a pane shows, and its numbers. */
export function PaneLabel({ layer }: { readonly layer: CompareLayer }) {
  const titleOf = useTitles();
  const result = useResultOf(layer);
  const psnr = result?.scores?.psnrY;
  const facts = result && [
    formatMilliseconds(result.ms),
    `${result.megapixelsPerSecond.toPrecision(2)} MP/s`,
    result.peakBytes !== null && formatBytes(result.peakBytes),
    result.parameters !== null && `${(result.parameters / 1e6).toPrecision(2)} M param.`,
  ];
  return (
    <p className={styles.label}>
      <strong className={styles.name}>{titleOf(layer)}</strong>
      {psnr !== undefined && <span>{formatPsnr(psnr)}</span>}
      {facts && <span className={styles.facts}>{facts.filter(Boolean).join(' · ')}</span>}
    </p>
  );
}
