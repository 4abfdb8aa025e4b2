import { Toggle } from '@base-ui/react/toggle';
import { ToggleGroup } from '@base-ui/react/toggle-group';
import {
  Blend,
  Columns2,
  Image,
  ImageUpscale,
  Keyboard,
  type LucideIcon,
  Maximize,
  SquareSplitHorizontal,
  ZoomIn,
  ZoomOut,
} from 'lucide-react';
import { useActions, useAppState } from '../../../store/context.ts';
import { type CompareMode, compareModes } from '../../../store/view.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { zoomStep } from './transform.ts';
import styles from './ViewerToolbar.module.css';
import { ZoomField } from './ZoomField.tsx';

const modes: Readonly<Record<CompareMode, { readonly label: string; readonly icon: LucideIcon }>> = {
  slider: { label: 'Slider', icon: SquareSplitHorizontal },
  'side-by-side': { label: 'Side by side', icon: Columns2 },
  output: { label: 'Output', icon: ImageUpscale },
  input: { label: 'Input', icon: Image },
};

function ModeSwitch() {
  const mode = useAppState(({ view }) => view.mode);
  const { setView } = useActions();
  return (
    <ToggleGroup
      className={styles.modes}
      aria-label="Compare by"
      value={[mode]}
      // Pressing the current mode again would leave none: it stays.
      onValueChange={([next]) => next && setView({ mode: next })}
    >
      {compareModes.map((value) => {
        const { label, icon: Icon } = modes[value];
        return (
          <Toggle key={value} value={value} className={styles.mode} aria-label={label} title={label}>
            <Icon size={16} aria-hidden="true" />
            <span className={styles.word}>{label}</span>
          </Toggle>
        );
      })}
    </ToggleGroup>
  );
}

export function ViewerToolbar({ onShortcuts }: { readonly onShortcuts: () => void }) {
  const zoom = useAppState(({ view }) => view.zoom);
  const fit = useAppState(({ view }) => view.fit);
  const smooth = useAppState(({ view }) => view.smooth);
  const { setView } = useActions();
  const zoomTo = (value: number) => setView({ zoom: value, fit: false });

  return (
    <div className={styles.toolbar} role="toolbar" aria-label="Viewer">
      <ModeSwitch />
      <div className={styles.group}>
        <IconButton icon={ZoomOut} label="Zoom out" keys="−" onClick={() => zoomTo(zoomStep(zoom, -1))} />
        <ZoomField />
        <IconButton icon={ZoomIn} label="Zoom in" keys="+" onClick={() => zoomTo(zoomStep(zoom, 1))} />
        <IconButton icon={Maximize} label="Fit" keys="0" pressed={fit} onClick={() => setView({ fit: true })} />
        <button
          type="button"
          className={styles.exact}
          aria-label="100 %"
          title="100 %: pixel for pixel (1)"
          onClick={() => zoomTo(1)}
        >
          1:1
        </button>
      </div>
      <div className={styles.group}>
        <IconButton
          icon={Blend}
          label="Smooth pixels"
          keys="S"
          pressed={smooth}
          onClick={() => setView({ smooth: !smooth })}
        />
        <IconButton icon={Keyboard} label="Keyboard shortcuts" keys="?" onClick={onShortcuts} />
      </div>
    </div>
  );
}
