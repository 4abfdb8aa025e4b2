import { Blend, Columns2, Image, ImageUpscale, Keyboard, type LucideIcon, SquareSplitHorizontal } from 'lucide-react';
import { useCallback, useState } from 'react';
import { useActions, useAppState } from '../../store/context.ts';
import type { CompareMode } from '../../store/view.ts';
import { IconButton } from '../ui/buttons.tsx';
import { ShortcutsDialog } from '../ui/dialogs.tsx';
import { EngineBanner } from '../ui/EngineBanner.tsx';
import { ModeSwitch, ZoomGroup } from '../viewer/toolbar.tsx';
import shapes from '../viewer/viewer.module.css';
import { upscaleShortcuts, usePageKeys } from './keys.ts';
import { QueuePanel } from './queue/QueuePanel.tsx';
import { EmptyState } from './SampleGallery.tsx';
import { SettingsPanel } from './SettingsPanel.tsx';
import styles from './upscale.module.css';
import { Stage } from './viewer/Stage.tsx';
import { ViewerFooter } from './viewer/ViewerFooter.tsx';

function ViewerPanel({ onShortcuts }: { readonly onShortcuts: () => void }) {
  return (
    <section className={styles.panel} aria-label="Viewer" data-viewer="">
      <ViewerToolbar onShortcuts={onShortcuts} />
      <Stage />
      <ViewerFooter />
    </section>
  );
}

const modes: Readonly<Record<CompareMode, { readonly label: string; readonly icon: LucideIcon }>> = {
  slider: { label: 'Slider', icon: SquareSplitHorizontal },
  'side-by-side': { label: 'Side by side', icon: Columns2 },
  output: { label: 'Output', icon: ImageUpscale },
  input: { label: 'Input', icon: Image },
};

function ViewerToolbar({ onShortcuts }: { readonly onShortcuts: () => void }) {
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

export function UpscalePage() {
  const empty = useAppState(({ queue }) => queue.selected === null);
  const [help, setHelp] = useState(false);
  const openHelp = useCallback(() => setHelp(true), []);
  usePageKeys(openHelp);

  return (
    <div className={styles.page}>
      <h1 className="sr-only">Upscale</h1>
      <EngineBanner />
      <div className={styles.panels}>
        <QueuePanel />
        {empty ? <EmptyState /> : <ViewerPanel onShortcuts={openHelp} />}
        <SettingsPanel />
      </div>
      <ShortcutsDialog groups={upscaleShortcuts} open={help} onOpenChange={setHelp} />
    </div>
  );
}
