import { BookmarkPlus, Maximize2, Pin, X } from 'lucide-react';
import { type CSSProperties, useRef } from 'react';
import { histogramBins, histogramRange, type PanelName, type ScoreName } from '../../../paper/names.ts';
import { useApp } from '../../../store/context.ts';
import type { ShownPanel } from '../../../store/training-feed.ts';
import { IconButton } from '../../ui/buttons.tsx';
import { Explained, Formula } from '../equations/Formula.tsx';
import shared from '../panels.module.css';
import { usePin } from '../runs/pin.ts';
import { useChartView, useFeed } from '../use-feed.ts';
import styles from './diagram.module.css';
import marks from './histogram.module.css';
import { type Card, cards } from './panels.ts';

function PinnedCard({ card }: { readonly card: Card }) {
  const { chartView } = useApp();
  const isLookingBack = useChartView((now) => now.iteration !== null);
  const close = () => chartView.change({ pinned: chartView.now.pinned.filter((area) => area !== card.area) });
  return (
    <li className={styles.pinnedCard}>
      {card.pictures.map(({ panel, label }) => (
        <div key={panel} className={styles.pair}>
          <PanelPicture panel={panel} label={label} />
          {isLookingBack && <PanelPicture panel={panel} label={`${label}, newest`} isLive />}
        </div>
      ))}
      <span className={styles.pinnedCaption}>
        <Formula tex={card.symbol} />
        {isLookingBack && <span className={styles.pinnedNote}>at this iteration, newest</span>}
        <IconButton icon={X} label={`Unpin ${card.name}`} onClick={close} />
      </span>
    </li>
  );
}

/** The panels that stay in view; of an iteration that is looked back at, beside what they show now. */
export function Pinned() {
  const pinned = useChartView((now) => now.pinned);
  if (pinned.length === 0) return null;
  return (
    <ul className={styles.pinned} aria-label="Panels kept in view">
      {cards.map((card) => (pinned.includes(card.area) ? <PinnedCard key={card.area} card={card} /> : null))}
    </ul>
  );
}

interface PictureProps {
  readonly panel: PanelName;
  readonly label: string;
  /** The newest iteration, whatever is looked back at. */
  readonly isLive?: boolean;
  /** Pixels of the screen for one of the picture; without it, as wide as there is room. */
  readonly zoom?: number;
}

/** A panel's picture at the iteration that is shown, pixel by pixel. */
export function PanelPicture({ panel, label, isLive = false, zoom }: PictureProps) {
  const drawn = useRef<ShownPanel | null | undefined>(undefined);
  const canvas = useFeed<HTMLCanvasElement>(['panels', 'view'], (element, feed, { iteration }) => {
    const found = feed.panel(isLive ? null : iteration, panel);
    element.toggleAttribute('data-empty', !found);
    if (found?.atlas === drawn.current?.atlas && found?.place === drawn.current?.place) return;
    drawn.current = found;
    const [width, height] = [found?.place.width ?? 1, found?.place.height ?? 1];
    // Setting a size also clears.
    element.width = width;
    element.height = height;
    if (zoom) element.style.width = `${width * zoom}px`;
    if (found) element.getContext('2d')?.drawImage(found.atlas, 0, found.place.y, width, height, 0, 0, width, height);
  });
  return (
    <canvas
      ref={canvas}
      className={zoom ? styles.enlarged : styles.picture}
      role="img"
      aria-label={label}
      data-panel={panel}
    />
  );
}

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

/** Histogram of a discriminator's logits of real and fake places, at the iteration that is shown. */
function Histogram({ label, real, fake }: HistogramProps) {
  const svg = useFeed<SVGSVGElement>(['panels', 'view'], (element, feed, { iteration }) => {
    const histograms = feed.frame(iteration)?.histograms ?? [];
    const shares = [real, fake].map((name) => histograms.find((each) => each.name === name)?.shares);
    const highest = Math.max(1e-6, ...shares.flatMap((each) => [...(each ?? [])]));
    element.querySelectorAll('[data-bars]').forEach((path, i) => {
      path.setAttribute('d', bars(shares[i], highest));
    });
  });
  return (
    <figure className={marks.histogram}>
      <svg
        ref={svg}
        className={marks.plot}
        viewBox={`0 0 ${histogramBins} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={label}
      >
        <path className={marks.real} data-bars="real" />
        <path className={marks.fake} data-bars="fake" />
        <path className={marks.zero} d={`M${histogramBins / 2} 0V${height}`} />
      </svg>
      <figcaption className={marks.scale}>
        <span>−{histogramRange}</span>
        <span>
          <i className={marks.fakeMark} aria-hidden="true" /> fake <i className={marks.realMark} aria-hidden="true" />{' '}
          real
        </span>
        <span>{histogramRange}</span>
      </figcaption>
    </figure>
  );
}

/** Its place, where there is room for the figure. */
export const place = (area: string) => ({ '--area': area }) as CSSProperties;

export function PanelCard({ card, onEnlarge }: { readonly card: Card; readonly onEnlarge: () => void }) {
  const { chartView } = useApp();
  const { area, symbol, name, sentence, phases, pictures, scores } = card;
  const isInset = (pictures.length > 1 && !scores) || undefined;
  const isPinned = useChartView(({ pinned }) => pinned.includes(area));
  const note = usePin();
  const keep = () => {
    const { pinned } = chartView.now;
    chartView.change({ pinned: isPinned ? pinned.filter((each) => each !== area) : [...pinned, area] });
  };
  return (
    <figure
      className={`${shared.figure} ${styles.card}`}
      style={place(area)}
      data-phases={phases.join(' ')}
      data-inset={isInset}
      title={sentence}
    >
      <div className={styles.pictures}>
        {pictures.map(({ panel, label, symbol: of }) => (
          <div key={panel} className={styles.frame}>
            <PanelPicture panel={panel} label={label} />
            {of && <Formula tex={of} />}
          </div>
        ))}
      </div>
      {scores && <Histogram label={`Histogram of the scores of ${symbol}`} {...scores} />}
      <figcaption className={styles.caption}>
        <h3 className={styles.name}>
          <Explained tex={symbol} /> {name}
        </h3>
        <div className={styles.tools} data-kept={isPinned || undefined}>
          <IconButton icon={Pin} label={`Keep ${name} in view`} pressed={isPinned} onClick={keep} />
          <IconButton icon={Maximize2} label={`Enlarge ${name}`} onClick={onEnlarge} />
          {note && (
            <IconButton icon={BookmarkPlus} label={`Pin ${name} to the notes`} onClick={() => void note(card)} />
          )}
        </div>
      </figcaption>
    </figure>
  );
}
