import {
  Blend,
  Brush,
  Columns2,
  Crop,
  Flame,
  Image,
  ImageUpscale,
  Keyboard,
  type LucideIcon,
  SquareSplitHorizontal,
} from 'lucide-react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { esrganNames, type UpscaleMethod } from '../../report/methods.ts';
import { useActions, useAppState } from '../../store/context.ts';
import { chosenMethod } from '../../store/engine.ts';
import { visibleIds } from '../../store/queue.ts';
import type { AppState } from '../../store/state.ts';
import { type CompareMode, compareModes } from '../../store/view.ts';
import { IconButton } from '../ui/buttons.tsx';
import { ShortcutsDialog } from '../ui/dialogs.tsx';
import { formatShare } from '../ui/format.ts';
import { EngineBanner } from '../ui/regions.tsx';
import { type PageLink, usePageLink } from '../ui/router.ts';
import { Showcase } from '../viewer/Showcase.tsx';
import { ModeSwitch, ZoomGroup } from '../viewer/toolbar.tsx';
import shapes from '../viewer/viewer.module.css';
import { upscaleShortcuts, usePageKeys, useUpscaleCommands } from './keys.ts';
import { QueuePanel } from './queue/QueuePanel.tsx';
import { Welcome } from './SampleGallery.tsx';
import { RunPlan } from './SettingsPanel.tsx';
import styles from './upscale.module.css';
import { canBlend } from './viewer/faithful.tsx';
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
  const framing = useAppState(({ view }) => view.framing);
  const protecting = useAppState(({ view }) => view.protecting);
  const mapping = useAppState(({ view }) => view.mapping);
  const isBlendable = useAppState(canBlend);
  const selected = useAppState(({ queue }) => queue.selected);
  const protectedShare = useAppState(({ queue }) => queue.items[queue.selected ?? '']?.protectedShare ?? 0);
  const isProtected = isBlendable && protectedShare > 0;
  const { setView, makeFaithful } = useActions();

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
          icon={Crop}
          label="Frame a part to upscale"
          pressed={framing}
          onClick={() => setView({ framing: !framing, protecting: false, mapping: false })}
        />
        <IconButton
          icon={Brush}
          label={`Paint where the picture stays faithful${isProtected ? `: ${formatShare(protectedShare)} protected` : ''}`}
          marked={isProtected}
          pressed={protecting && isBlendable}
          disabled={!isBlendable}
          onClick={() => setView({ protecting: !protecting, framing: false, mapping: false })}
        />
        <IconButton
          icon={Flame}
          label="Show what was invented"
          pressed={mapping && isBlendable}
          disabled={!isBlendable}
          onClick={() => {
            setView({ mapping: !mapping, protecting: false, framing: false });
            if (!mapping && selected !== null) makeFaithful(selected);
          }}
        />
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

const methodsOf = ({ engine: { ready } }: AppState): readonly UpscaleMethod[] => [
  ...(ready?.methods ?? []),
  ...esrganNames,
];

/** Method, seed and view stand in the address. */
export const upscaleLink: PageLink = {
  page: 'upscale',
  values({ engine, settings: { options }, view }) {
    if (!engine.ready) return null;
    return { method: chosenMethod(options.method, engine.ready), seed: String(options.seed), view: view.mode };
  },
  read(link, state, { setOptions, setView }) {
    const method = link.oneOf('method', methodsOf(state));
    const seed = link.seed();
    const mode = link.oneOf('view', compareModes);
    const { options } = state.settings;
    const change = { ...(method && { method }), ...(seed !== null && { seed }) };
    const shown = { ...options, method: chosenMethod(options.method, state.engine.ready) };
    if ((method && method !== shown.method) || (seed !== null && seed !== shown.seed)) setOptions(change);
    if (mode && mode !== state.view.mode) setView({ mode });
  },
};

/** Where the focused element goes with what it did, the focus moves to the image that is shown, else to the page. */
function useKeptFocus() {
  const page = useRef<HTMLDivElement>(null);
  const focused = useRef<Element | null>(null);
  const selected = useAppState(({ queue }) => queue.selected);
  const count = useAppState(({ queue }) => visibleIds(queue).length);
  useEffect(() => {
    const lost = focused.current !== null && !focused.current.isConnected;
    if (!lost || document.activeElement !== document.body) return;
    const next = page.current?.querySelector<HTMLElement>(
      selected !== null && count > 0 ? `[data-queue-item="${selected}"]` : 'input[type="file"]',
    );
    next?.focus({ preventScroll: true });
  }, [selected, count]);
  useEffect(() => {
    const keep = ({ target }: FocusEvent) => {
      focused.current = target instanceof Element ? target : null;
    };
    const element = page.current;
    element?.addEventListener('focusin', keep);
    return () => element?.removeEventListener('focusin', keep);
  }, []);
  return page;
}

export function UpscalePage() {
  const isEmpty = useAppState(({ queue }) => queue.selected === null && queue.reading.length === 0);
  const hasRefused = useAppState(({ queue }) => queue.refused.length > 0);
  const page = useKeptFocus();
  const [help, setHelp] = useState(false);
  const openHelp = useCallback(() => setHelp(true), []);
  usePageKeys(openHelp);
  usePageLink(upscaleLink);
  useUpscaleCommands(openHelp);

  return (
    <div ref={page} className={styles.page}>
      <h1 className="sr-only">Upscale</h1>
      <EngineBanner />
      <div className={styles.side}>
        {isEmpty && !hasRefused ? <Welcome /> : <QueuePanel />}
        <RunPlan />
      </div>
      {isEmpty ? <Showcase /> : <ViewerPanel onShortcuts={openHelp} />}
      <ShortcutsDialog groups={upscaleShortcuts} open={help} onOpenChange={setHelp} />
    </div>
  );
}
