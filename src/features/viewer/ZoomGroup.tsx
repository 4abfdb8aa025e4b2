import { Maximize, ZoomIn, ZoomOut } from 'lucide-react';
import { IconButton } from '../ui/IconButton.tsx';
import { zoomStep } from './transform.ts';
import { ZoomField } from './ZoomField.tsx';
import styles from './ZoomGroup.module.css';

interface ZoomGroupProps {
  readonly zoom: number;
  readonly fit: boolean;
  readonly onZoom: (zoom: number) => void;
  readonly onFit: () => void;
}

export function ZoomGroup({ zoom, fit, onZoom, onFit }: ZoomGroupProps) {
  return (
    <div className={styles.group}>
      <IconButton icon={ZoomOut} label="Zoom out" keys="−" onClick={() => onZoom(zoomStep(zoom, -1))} />
      <ZoomField zoom={zoom} onZoom={onZoom} />
      <IconButton icon={ZoomIn} label="Zoom in" keys="+" onClick={() => onZoom(zoomStep(zoom, 1))} />
      <IconButton icon={Maximize} label="Fit" keys="0" pressed={fit} onClick={onFit} />
      <button
        type="button"
        className={styles.exact}
        aria-label="100 %"
        title="100 %: pixel for pixel (1)"
        onClick={() => onZoom(1)}
      >
        1:1
      </button>
    </div>
  );
}
