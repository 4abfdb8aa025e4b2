import { Link } from 'lucide-react';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useStore } from 'zustand';
import type { CompareLayer } from '../../protocol/compare.ts';
import { type CompareView, comparisonModes, errorScales } from '../../store/view.ts';
import { CopyButton } from '../ui/buttons.tsx';
import { useCommands } from '../ui/commands.ts';
import { type ShortcutGroup, ShortcutsDialog } from '../ui/dialogs.tsx';
import { formatPsnr } from '../ui/format.ts';
import { type LinkReader, pageHref, useAddress } from '../ui/router.ts';
import { ComparisonStage, ErrorLegend } from '../viewer/comparison/ComparisonStage.tsx';
import { ComparisonToolbar } from '../viewer/comparison/ComparisonToolbar.tsx';
import shapes from '../viewer/comparison/comparison.module.css';
import { comparisonCommands, comparisonShortcuts, useComparisonKeys } from '../viewer/comparison/keys.ts';
import { clampCentre, parsePercent, percentText } from '../viewer/transform.ts';
import styles from './gallery.module.css';
import {
  degradationsOf,
  errorFacts,
  type GalleryState,
  gallery,
  imageOf,
  layersOf,
  nextDegradation,
  openGallery,
  pairOf,
  panesOf,
  picturesOf,
  setView,
  show,
  shownPicture,
  shownRuns,
  step,
  subjectOf,
} from './gallery.ts';
import { PicturePicker, ScoresTable } from './panels.tsx';

// The address: picture, set, pair, way to compare, and the place and zoom where it is not the whole picture.

/** "32.5,20.25", LR pixels. @returns null where it is no place */
function parsePlace(text: string): CompareView['centre'] | null {
  const [x = Number.NaN, y = Number.NaN, ...more] = text.split(',').map(Number);
  return Number.isFinite(x) && Number.isFinite(y) && more.length === 0 ? { x, y } : null;
}

const quarter = (value: number) => String(Math.round(4 * value) / 4);

/** Null before there is a picture. */
function galleryValues(state: GalleryState): Readonly<Record<string, string>> | null {
  const { picture, degradation, view } = state;
  const pair = pairOf(state);
  if (!pair) return null;
  const { mode, full, fit, zoom, centre } = view;
  return {
    picture,
    input: degradation,
    left: pair[0],
    right: pair[1],
    view: mode,
    ...(mode === 'difference' && { error: String(full) }),
    ...(!fit && { zoom: percentText(zoom), at: `${quarter(centre.x)},${quarter(centre.y)}` }),
  };
}

/** Takes a link's values over; those that are not to be had are noted by the reader. */
function readGalleryLink(link: LinkReader): void {
  const degradation = link.oneOf('input', degradationsOf(gallery.getState())) ?? gallery.getState().degradation;
  const names = picturesOf({ ...gallery.getState(), degradation }).map(({ name }) => name);
  const picture = link.oneOf('picture', names);
  show({ degradation, ...(picture && { picture }) });
  const state = gallery.getState();
  const layer = (name: string): CompareLayer | null => link.oneOf(name, layersOf(state));
  const [left, right, mode] = [layer('left'), layer('right'), link.oneOf('view', comparisonModes)];
  const full = link.take('error', (text) => errorScales.find((scale) => String(scale) === text) ?? null);
  const [zoom, place] = [link.take('zoom', parsePercent), link.take('at', parsePlace)];
  const image = shownPicture(state);
  setView({
    ...(left && { left }),
    ...(right && { right }),
    ...(mode && { mode }),
    ...(full && { full }),
    ...(zoom && { zoom, fit: false }),
    ...(place && image && { centre: clampCentre(place, imageOf(image)) }),
  });
}

const ownKeys: Readonly<Record<string, () => void>> = { ',': () => step(-1), '.': () => step(1), d: nextDegradation };

const pressOwn = (key: string): boolean => {
  ownKeys[key]?.();
  return key in ownKeys;
};

const keysNow = () => {
  const state = gallery.getState();
  return { view: state.view, pair: pairOf(state), layers: layersOf(state) };
};

const shortcuts: readonly ShortcutGroup[] = [
  {
    title: 'Gallery',
    shortcuts: [
      { keys: [',', '.'], does: 'Previous, next picture' },
      { keys: ['D'], does: 'Next way the input was made' },
    ],
  },
  ...comparisonShortcuts,
];

const inputTitles: Partial<Record<CompareLayer, string>> = { lr: 'Input', truth: 'Ground truth' };

/** The standard set's finished pictures: every method on every picture, computed beforehand. */
export function GalleryPage() {
  const state = useStore(gallery);
  const { view, index, fault, picture } = state;
  const [help, setHelp] = useState(false);
  const openHelp = useCallback(() => setHelp(true), []);
  const address = useMemo(
    () => ({
      page: 'gallery' as const,
      values: () => galleryValues(gallery.getState()),
      read: readGalleryLink,
      listen: gallery.subscribe,
      settle: 250,
    }),
    [],
  );
  useEffect(() => void openGallery(), []);
  useAddress(address);
  const pair = pairOf(state);
  const runs = shownRuns(state);
  const titleOf = (layer: CompareLayer) =>
    inputTitles[layer] ?? runs.find(({ method }) => method === layer)?.title ?? layer;
  useComparisonKeys(keysNow, setView, openHelp, pressOwn);
  useCommands(() => [
    { label: 'Next picture', keys: '.', run: () => step(1) },
    { label: 'Previous picture', keys: ',', run: () => step(-1) },
    { label: 'Next way the input was made', keys: 'D', run: nextDegradation },
    ...comparisonCommands(keysNow(), setView),
    ...picturesOf(gallery.getState()).map(({ name, title }) => ({
      label: `Show ${title}`,
      run: () => show({ picture: name }),
    })),
    { label: 'Show keyboard shortcuts', keys: '?', run: openHelp },
  ]);
  const shown = shownPicture(state);
  const scoresOf = (layer: CompareLayer) => runs.find(({ method }) => method === layer)?.scores[picture];

  if (!index || !shown)
    return (
      <div className={styles.empty}>
        <h1 className={styles.title}>Gallery</h1>
        <p role={fault ? 'alert' : 'status'}>{fault ?? (index ? 'This gallery has no pictures.' : 'Loading …')}</p>
        {fault && (
          <p>
            <a href={pageHref('compare')}>Compare</a> runs the methods on a picture of yours.
          </p>
        )}
      </div>
    );
  return (
    <div className={`${shapes.page} ${styles.page}`}>
      <h1 className="sr-only">Gallery</h1>
      <div className={shapes.panels}>
        <div className={`${shapes.side} ${styles.side}`}>
          <p className={styles.lead}>
            {index.pictures.length} test pictures through every method. Nothing is computed here.
          </p>
          <PicturePicker />
        </div>
        <div className={shapes.main}>
          <section className={shapes.viewer} aria-label="Viewer" data-viewer="gallery">
            <ComparisonToolbar
              view={view}
              onView={setView}
              pair={pair}
              layers={layersOf(state)}
              titleOf={titleOf}
              onShortcuts={openHelp}
            >
              <CopyButton icon={Link} label="Copy a link to this view" text={() => location.href} />
            </ComparisonToolbar>
            <ComparisonStage
              view={view}
              onView={setView}
              image={imageOf(shown)}
              pair={pair}
              several={panesOf(state)}
              titleOf={titleOf}
              factsOf={(layer) => {
                const scores = scoresOf(layer);
                return (
                  scores && (
                    <>
                      <span>{formatPsnr(scores.psnrY)}</span>
                      <span>LPIPS {scores.lpips.toFixed(3)}</span>
                    </>
                  )
                );
              }}
              legend={<ErrorLegend full={view.full} facts={errorFacts(state)} onFull={(full) => setView({ full })} />}
              subject={() => subjectOf(gallery.getState())}
              listen={gallery.subscribe}
            />
          </section>
          <div className={`${shapes.below} ${styles.below}`}>
            {fault && <p role="alert">{fault}</p>}
            <ScoresTable />
            <p className={styles.note}>
              {shown.title}: {shown.credit}
            </p>
          </div>
        </div>
      </div>
      <ShortcutsDialog groups={shortcuts} open={help} onOpenChange={setHelp} />
    </div>
  );
}
