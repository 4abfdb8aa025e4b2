import { useEffect, useRef } from 'react';
import type { Rect } from '../../../imaging/image.ts';
import { useApp, useAppState } from '../../../store/context.ts';
import { shownState } from '../../../store/queue.ts';
import type { AppState } from '../../../store/state.ts';
import type { AppModel } from '../../../store/store.ts';
import type { CompareMode } from '../../../store/view.ts';
import { SplitLine } from '../../viewer/SplitLine.tsx';
import { percentText } from '../../viewer/transform.ts';
import { arrowChange } from '../../viewer/view-keys.ts';
import shapes from '../../viewer/viewer.module.css';
import styles from './stage.module.css';
import { Viewer } from './viewer.ts';

/** A pan or zoom settles before the engine re-orders its tiles. */
const settleMilliseconds = 150;

const selectedImage = ({ queue }: AppState) =>
  queue.selected === null ? null : (queue.items[queue.selected]?.image ?? null);

/** Returns the function that ends it. */
function attachViewer(canvas: HTMLCanvasElement, { store, engine, addedFiles, actions }: AppModel): () => void {
  let shown: string | null = null;
  let isFileShown = false;
  let visible: Rect | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const tell = () => engine.send({ type: 'view', id: shown, visible });
  const viewer = new Viewer(canvas, store.getState().view, {
    changeView: actions.setView,
    showVisible(rect) {
      visible = rect;
      clearTimeout(timer);
      timer = setTimeout(tell, settleMilliseconds);
    },
    fail: (message) => actions.notify('warning', message),
  });

  /** The engine has not read the file yet: the page does. */
  const showFile = async (id: string) => {
    const bitmap = await addedFiles.picture(id);
    const item = store.getState().queue.items[id];
    if (!bitmap || !item?.isProvisional) return bitmap?.close();
    const { width, height } = item.image;
    viewer.draw({ type: 'picture', id, layer: 'input', rect: { x: 0, y: 0, width, height }, bitmap, reset: true });
  };
  const showSelected = (state: AppState) => {
    const image = selectedImage(state);
    const isFile = state.queue.items[image?.id ?? '']?.isProvisional === true;
    if ((image?.id ?? null) === shown) {
      if (isFile === isFileShown) return;
      // The engine has it now.
      isFileShown = isFile;
      if (image) viewer.update(image);
      engine.send({ type: 'view', id: null, visible: null });
      tell();
      return;
    }
    shown = image?.id ?? null;
    isFileShown = isFile;
    visible = null;
    clearTimeout(timer);
    viewer.show(image);
    tell();
    if (image && isFile) void showFile(image.id);
  };
  const stopState = store.subscribe((state, before) => {
    if (state.view !== before.view) viewer.setView(state.view);
    showSelected(state);
    if (state.queue.restores > before.queue.restores && before.queue.restores > 0 && shown !== null) {
      // A restarted engine doesn't know what is on screen.
      engine.send({ type: 'view', id: null, visible: null });
      tell();
    }
  });
  const stopPictures = engine.listen((event) => {
    if (event.type === 'picture') viewer.draw(event);
  });
  showSelected(store.getState());

  return () => {
    stopState();
    stopPictures();
    clearTimeout(timer);
    viewer.destroy();
    // No pictures while no one looks; coming back asks for them again.
    engine.send({ type: 'view', id: null, visible: null });
  };
}

const modeWords: Readonly<Record<CompareMode, string>> = {
  slider: 'before and after, divided by a line',
  'side-by-side': 'before and after, side by side',
  output: 'the upscaled image',
  input: 'the input',
};

/** The canvas, what lies over it, and its arrow keys. */
export function Stage() {
  const app = useApp();
  const canvas = useRef<HTMLCanvasElement>(null);
  const mode = useAppState(({ view }) => view.mode);
  const zoom = useAppState(({ view }) => percentText(view.zoom));
  const slider = useAppState(({ view }) => view.slider);
  const item = useAppState(({ queue }) => queue.items[queue.selected ?? '']);

  useEffect(() => (canvas.current ? attachViewer(canvas.current, app) : undefined), [app]);

  const press = (event: React.KeyboardEvent) => {
    const change = item && arrowChange(event.key, app.store.getState().view, item.image);
    if (!change || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    app.actions.setView(change);
  };
  const compares = mode === 'slider' || mode === 'side-by-side';
  const name = item?.image.name ?? 'no image';

  return (
    <div
      className={`${shapes.stage} ${styles.stage}`}
      role="application"
      aria-label="Image viewer"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: an application to screen readers, so that the arrow keys reach it
      tabIndex={0}
      onKeyDown={press}
    >
      <canvas
        ref={canvas}
        className={`${shapes.canvas} ${styles.canvas}`}
        role="img"
        aria-label={`${name}: ${modeWords[mode]}, at ${zoom} %`}
      />
      {mode === 'slider' && item && (
        <SplitLine
          slider={slider}
          before="before"
          after="after"
          onMove={(next) => app.actions.setView({ slider: next })}
        />
      )}
      {item && (
        <div className={styles.labels} data-mode={mode} aria-hidden="true">
          {mode !== 'output' && <span className={styles.label}>Input</span>}
          {mode !== 'input' && <span className={styles.label}>×4</span>}
        </div>
      )}
      {item && shownState(item) === 'ready' && compares && (
        <p className={styles.hint}>Not upscaled yet: both sides show the input.</p>
      )}
    </div>
  );
}
