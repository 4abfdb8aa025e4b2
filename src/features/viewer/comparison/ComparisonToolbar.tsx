import {
  Blend,
  Columns2,
  Eye,
  Keyboard,
  type LucideIcon,
  Search,
  SquareSplitHorizontal,
  Thermometer,
} from 'lucide-react';
import type { ReactNode } from 'react';
import type { CompareLayer } from '../../../protocol/compare.ts';
import type { CompareView, ComparisonMode } from '../../../store/view.ts';
import { IconButton } from '../../ui/buttons.tsx';
import { ModeSwitch, ZoomGroup } from '../toolbar.tsx';
import shapes from '../viewer.module.css';
import styles from './comparison.module.css';

const modes: Readonly<Record<ComparisonMode, { readonly label: string; readonly icon: LucideIcon }>> = {
  slider: { label: 'Slider', icon: SquareSplitHorizontal },
  'side-by-side': { label: 'Side by side', icon: Columns2 },
  blink: { label: 'Blink', icon: Eye },
  difference: { label: 'Difference', icon: Thermometer },
};

interface ToolbarProps {
  readonly view: CompareView;
  readonly onView: (change: Partial<CompareView>) => void;
  readonly pair: readonly [CompareLayer, CompareLayer] | null;
  /** Those that can be chosen. */
  readonly layers: readonly CompareLayer[];
  readonly titleOf: (layer: CompareLayer) => string;
  readonly onShortcuts: () => void;
  /** Tools of the page's own. */
  readonly children?: ReactNode;
}

interface PictureSelectProps {
  readonly label: string;
  readonly value: CompareLayer;
  readonly layers: readonly CompareLayer[];
  readonly titleOf: (layer: CompareLayer) => string;
  readonly onChoose: (layer: CompareLayer) => void;
}

function PictureSelect({ label, value, layers, titleOf, onChoose }: PictureSelectProps) {
  return (
    <select
      className={styles.select}
      aria-label={label}
      title={label}
      value={value}
      onChange={(event) => onChoose(event.target.value as CompareLayer)}
    >
      {layers.map((layer) => (
        <option key={layer} value={layer}>
          {titleOf(layer)}
        </option>
      ))}
    </select>
  );
}

/** The two pictures, and the way to compare them. */
function Pair({ view, onView, pair, layers, titleOf }: ToolbarProps) {
  if (!pair || view.mode === 'side-by-side') return null;
  const hold = (held: boolean) => () => onView({ held });
  return (
    <div className={styles.pair}>
      <PictureSelect
        label="Left picture"
        value={pair[0]}
        layers={layers}
        titleOf={titleOf}
        onChoose={(left) => onView({ left })}
      />
      <span className={styles.versus}>{view.mode === 'difference' ? '−' : '|'}</span>
      <PictureSelect
        label="Right picture"
        value={pair[1]}
        layers={layers}
        titleOf={titleOf}
        onChoose={(right) => onView({ right })}
      />
      {view.mode === 'blink' && (
        <button
          type="button"
          className={styles.hold}
          aria-pressed={view.held}
          title="Hold: the right picture in the left one’s place (B or Space)"
          onPointerDown={hold(true)}
          onPointerUp={hold(false)}
          onPointerLeave={hold(false)}
          onPointerCancel={hold(false)}
          onBlur={hold(false)}
          onKeyDown={(event) => event.key === ' ' && hold(true)()}
          onKeyUp={(event) => event.key === ' ' && hold(false)()}
          onContextMenu={(event) => event.preventDefault()}
        >
          Hold to blink (<kbd>B</kbd> or <kbd>Space</kbd>)
        </button>
      )}
    </div>
  );
}

export function ComparisonToolbar(props: ToolbarProps) {
  const { view, onView, onShortcuts, children } = props;
  const { mode, zoom, fit, smooth, loupe } = view;
  return (
    <div className={`${shapes.toolbar} ${styles.toolbar}`} role="toolbar" aria-label="Viewer">
      <ModeSwitch modes={modes} mode={mode} onMode={(next) => onView({ mode: next, held: false })} />
      <Pair {...props} />
      <ZoomGroup
        zoom={zoom}
        fit={fit}
        onZoom={(value) => onView({ zoom: value, fit: false })}
        onFit={() => onView({ fit: true })}
      />
      <div className={shapes.group}>
        <IconButton icon={Search} label="Loupe" keys="L" pressed={loupe} onClick={() => onView({ loupe: !loupe })} />
        <IconButton
          icon={Blend}
          label="Smooth pixels"
          keys="S"
          pressed={smooth}
          onClick={() => onView({ smooth: !smooth })}
        />
        {children}
        <IconButton icon={Keyboard} label="Keyboard shortcuts" keys="?" onClick={onShortcuts} />
      </div>
    </div>
  );
}
