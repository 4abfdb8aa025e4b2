import { Blend, Columns2, Image, ImageUpscale, Keyboard, type LucideIcon, SquareSplitHorizontal } from 'lucide-react';
import { useActions, useAppState } from '../../../store/context.ts';
import type { CompareMode } from '../../../store/view.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { ModeSwitch } from '../../viewer/ModeSwitch.tsx';
import shapes from '../../viewer/viewer.module.css';
import { ZoomGroup } from '../../viewer/ZoomGroup.tsx';

const modes: Readonly<Record<CompareMode, { readonly label: string; readonly icon: LucideIcon }>> = {
  slider: { label: 'Slider', icon: SquareSplitHorizontal },
  'side-by-side': { label: 'Side by side', icon: Columns2 },
  output: { label: 'Output', icon: ImageUpscale },
  input: { label: 'Input', icon: Image },
};

export function ViewerToolbar({ onShortcuts }: { readonly onShortcuts: () => void }) {
  const mode = useAppState(({ view }) => view.mode);
  const zoom = useAppState(({ view }) => view.zoom);
  const fit = useAppState(({ view }) => view.fit);
  const smooth = useAppState(({ view }) => view.smooth);
  const { setView } = useActions();

  return (
    <div className={shapes.toolbar} role="toolbar" aria-label="Viewer">
      <ModeSwitch modes={modes} mode={mode} onMode={(next) => setView({ mode: next })} />
      <ZoomGroup
        zoom={zoom}
        fit={fit}
        onZoom={(value) => setView({ zoom: value, fit: false })}
        onFit={() => setView({ fit: true })}
      />
      <div className={shapes.group}>
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
