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
import type { CompareLayer } from '../../../protocol/compare.ts';
import { useActions, useAppState } from '../../../store/context.ts';
import { type ComparisonMode, shownPair } from '../../../store/view.ts';
import { IconButton } from '../../ui/buttons.tsx';
import { ModeSwitch, ZoomGroup } from '../../viewer/toolbar.tsx';
import shapes from '../../viewer/viewer.module.css';
import { ExportButtons } from '../export/ExportButtons.tsx';
import { layersOf, useComparePictures, useTitles } from '../use-compare.ts';
import styles from './stage.module.css';

const modes: Readonly<Record<ComparisonMode, { readonly label: string; readonly icon: LucideIcon }>> = {
  slider: { label: 'Slider', icon: SquareSplitHorizontal },
  'side-by-side': { label: 'Side by side', icon: Columns2 },
  blink: { label: 'Blink', icon: Eye },
  difference: { label: 'Difference', icon: Thermometer },
};

interface PictureSelectProps {
  readonly label: string;
  readonly value: CompareLayer;
  readonly layers: readonly CompareLayer[];
  readonly onChoose: (layer: CompareLayer) => void;
}

function PictureSelect({ label, value, layers, onChoose }: PictureSelectProps) {
  const titleOf = useTitles();
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
function Pair() {
  const compare = useAppState((state) => state.compare);
  const pictures = useComparePictures();
  const { setCompareView } = useActions();
  const { view } = compare;
  const layers = layersOf(compare, pictures.layers);
  const pair = shownPair(view, layers);
  if (!pair || view.mode === 'side-by-side') return null;
  const hold = (held: boolean) => () => setCompareView({ held });
  return (
    <div className={styles.pair}>
      <PictureSelect
        label="Left picture"
        value={pair[0]}
        layers={layers}
        onChoose={(left) => setCompareView({ left })}
      />
      <span className={styles.versus}>{view.mode === 'difference' ? '−' : '|'}</span>
      <PictureSelect
        label="Right picture"
        value={pair[1]}
        layers={layers}
        onChoose={(right) => setCompareView({ right })}
      />
      {view.mode === 'blink' && (
        <button
          type="button"
          className={styles.hold}
          aria-pressed={view.held}
          title="Hold: the right picture in the left one’s place (B)"
          onPointerDown={hold(true)}
          onPointerUp={hold(false)}
          onPointerLeave={hold(false)}
          onPointerCancel={hold(false)}
          onBlur={hold(false)}
          onKeyDown={(event) => event.key === ' ' && hold(true)()}
          onKeyUp={(event) => event.key === ' ' && hold(false)()}
          onContextMenu={(event) => event.preventDefault()}
        >
          Hold to blink
        </button>
      )}
    </div>
  );
}

export function CompareToolbar({ onShortcuts }: { readonly onShortcuts: () => void }) {
  const mode = useAppState(({ compare }) => compare.view.mode);
  const zoom = useAppState(({ compare }) => compare.view.zoom);
  const fit = useAppState(({ compare }) => compare.view.fit);
  const smooth = useAppState(({ compare }) => compare.view.smooth);
  const loupe = useAppState(({ compare }) => compare.view.loupe);
  const { setCompareView } = useActions();
  return (
    <div className={`${shapes.toolbar} ${styles.toolbar}`} role="toolbar" aria-label="Viewer">
      <ModeSwitch modes={modes} mode={mode} onMode={(next) => setCompareView({ mode: next, held: false })} />
      <Pair />
      <ZoomGroup
        zoom={zoom}
        fit={fit}
        onZoom={(value) => setCompareView({ zoom: value, fit: false })}
        onFit={() => setCompareView({ fit: true })}
      />
      <div className={shapes.group}>
        <IconButton
          icon={Search}
          label="Loupe"
          keys="L"
          pressed={loupe}
          onClick={() => setCompareView({ loupe: !loupe })}
        />
        <IconButton
          icon={Blend}
          label="Smooth pixels"
          keys="S"
          pressed={smooth}
          onClick={() => setCompareView({ smooth: !smooth })}
        />
        <ExportButtons />
        <IconButton icon={Keyboard} label="Keyboard shortcuts" keys="?" onClick={onShortcuts} />
      </div>
    </div>
  );
}
