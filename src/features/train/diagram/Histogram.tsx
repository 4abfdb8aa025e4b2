import { histogramBins, histogramRange, type ScoreName } from '../../../paper/names.ts';
import { useFeed } from '../use-feed.ts';
import styles from './Histogram.module.css';

const height = 20;

/** Bars from the bottom, one a bin. */
function bars(shares: Float32Array | undefined, highest: number): string {
  const heights = [...(shares ?? [])].map((share) => (height * share) / highest);
  return heights.map((bar, x) => (bar > 0 ? `M${x} ${height}v${-bar}h1V${height}z` : '')).join('');
}

interface HistogramProps {
  readonly label: string;
  readonly real: ScoreName;
  readonly fake: ScoreName;
}

/** How a discriminator's logits of real and fake places are spread, at the iteration that is shown. */
export function Histogram({ label, real, fake }: HistogramProps) {
  const svg = useFeed<SVGSVGElement>(['panels', 'look'], (element, feed, { iteration }) => {
    const histograms = feed.frame(iteration)?.histograms ?? [];
    const shares = [real, fake].map((name) => histograms.find((each) => each.name === name)?.shares);
    const highest = Math.max(1e-6, ...shares.flatMap((each) => [...(each ?? [])]));
    element.querySelectorAll('[data-bars]').forEach((path, i) => {
      path.setAttribute('d', bars(shares[i], highest));
    });
  });
  return (
    <figure className={styles.histogram}>
      <svg
        ref={svg}
        className={styles.plot}
        viewBox={`0 0 ${histogramBins} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={label}
      >
        <path className={styles.real} data-bars="real" />
        <path className={styles.fake} data-bars="fake" />
        <path className={styles.zero} d={`M${histogramBins / 2} 0V${height}`} />
      </svg>
      <figcaption className={styles.scale}>
        <span>−{histogramRange}</span>
        <span>
          <i className={styles.fakeMark} aria-hidden="true" /> fake <i className={styles.realMark} aria-hidden="true" />{' '}
          real
        </span>
        <span>{histogramRange}</span>
      </figcaption>
    </figure>
  );
}
