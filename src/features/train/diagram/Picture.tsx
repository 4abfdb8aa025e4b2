import { useRef } from 'react';
import type { PanelName } from '../../../paper/names.ts';
import type { Frame } from '../../../protocol/train.ts';
import { useFeed } from '../use-feed.ts';
import styles from './Diagram.module.css';

interface PictureProps {
  readonly panel: PanelName;
  readonly label: string;
  /** The newest iteration, whatever is looked back at. */
  readonly isLive?: boolean;
  /** Pixels of the screen for one of the picture; without it, as wide as there is room. */
  readonly zoom?: number;
}

/** A panel's picture at the iteration that is shown, pixel by pixel. */
export function Picture({ panel, label, isLive = false, zoom }: PictureProps) {
  const drawn = useRef<Frame | null | undefined>(undefined);
  const canvas = useFeed<HTMLCanvasElement>(['panels', 'look'], (element, feed, { iteration }) => {
    const frame = feed.frame(isLive ? null : iteration);
    if (frame === drawn.current) return;
    drawn.current = frame;
    const place = frame?.places.find(({ name }) => name === panel);
    element.toggleAttribute('data-empty', !place);
    const [width, height] = [place?.width ?? 1, place?.height ?? 1];
    // Setting a size also clears.
    element.width = width;
    element.height = height;
    if (zoom) element.style.width = `${width * zoom}px`;
    if (frame && place)
      element.getContext('2d')?.drawImage(frame.atlas, 0, place.y, width, height, 0, 0, width, height);
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
