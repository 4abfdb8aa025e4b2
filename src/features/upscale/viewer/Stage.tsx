import { useEffect, useRef, useState } from 'react';
import { stem } from '../../../formats/names.ts';
import { fullDetail } from '../../../imaging/detail.ts';
import type { Rect } from '../../../imaging/image.ts';
import { useApp, useAppState } from '../../../store/context.ts';
import { isActive, type QueueItem, shownState } from '../../../store/queue.ts';
import { memoryExcess } from '../../../store/starts.ts';
import type { AppState } from '../../../store/state.ts';
import type { AppModel } from '../../../store/store.ts';
import type { CompareMode, Point } from '../../../store/view.ts';
import { arrowChange, takesArrows } from '../../viewer/controls.ts';
import { SplitLine } from '../../viewer/sliders.tsx';
import { percentText } from '../../viewer/transform.ts';
import shapes from '../../viewer/viewer.module.css';
import { canBlend, DetailDial, InventionLegend } from './faithful.tsx';
import { ProtectBrush } from './ProtectBrush.tsx';
import styles from './stage.module.css';
import { LongWork } from './ViewerFooter.tsx';
import { Viewer } from './viewer.ts';

/** A pan or zoom settles before the engine re-orders its tiles. */
const settleMilliseconds = 150;

const selectedImage = ({ queue }: AppState) =>
  queue.selected === null ? null : (queue.items[queue.selected]?.image ?? null);

interface AttachedViewer {
  readonly viewer: Viewer;
  readonly detach: () => void;
}

/** @param onVisible told the LR pixels on screen, once they settle */
function attachViewer(
  canvas: HTMLCanvasElement,
  { store, engine, addedFiles, actions }: AppModel,
  onVisible: (visible: Rect | null) => void,
): AttachedViewer {
  let shown: string | null = null;
  let isFileShown = false;
  let visible: Rect | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const tell = () => {
    engine.send({ type: 'view', id: shown, visible });
    onVisible(visible);
  };
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
    viewer.setDetail(state.queue.items[image?.id ?? '']?.detail ?? fullDetail);
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
    if (event.type === 'protect' && event.id === shown && !event.isSuggestion) {
      viewer.protect?.restore(event.mask);
      viewer.maskChanged();
    }
    if (event.type === 'invention') viewer.drawInvention(event);
  });
  showSelected(store.getState());

  const detach = () => {
    stopState();
    stopPictures();
    clearTimeout(timer);
    viewer.destroy();
    // No pictures while no one looks; coming back asks for them again.
    engine.send({ type: 'view', id: null, visible: null });
  };
  return { viewer, detach };
}

const modeWords: Readonly<Record<CompareMode, string>> = {
  slider: 'before and after, divided by a line',
  'side-by-side': 'before and after, side by side',
  output: 'the upscaled image',
  input: 'the input',
};

/** Of the pane where the result is, or is to be: the input shows through until then. */
function resultLabel(item: QueueItem): string {
  const state = shownState(item);
  if (state === 'done') return '×4';
  if (isActive(state)) return state === 'waiting' ? '×4: waiting …' : '×4: computing …';
  return state === 'paused' ? '×4: not finished' : '×4: not computed yet';
}

/** Lies over the picture while a part of it is framed. @param onFrame two corners, device pixels of the canvas */
function FrameLayer({ onFrame }: { readonly onFrame: (a: Point, b: Point) => void }) {
  const [corners, setCorners] = useState<readonly [Point, Point] | null>(null);
  const at = (event: React.PointerEvent<HTMLDivElement>): Point => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const begin = (event: React.PointerEvent<HTMLDivElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    setCorners([at(event), at(event)]);
  };
  const drag = (event: React.PointerEvent<HTMLDivElement>) => {
    if (corners && event.currentTarget.hasPointerCapture(event.pointerId)) setCorners([corners[0], at(event)]);
  };
  const end = () => {
    if (!corners) return;
    const [a, b] = corners.map(({ x, y }) => ({ x: x * devicePixelRatio, y: y * devicePixelRatio })) as [Point, Point];
    onFrame(a, b);
  };
  const [a, b] = corners ?? [];
  return (
    <div className={styles.frameLayer} onPointerDown={begin} onPointerMove={drag} onPointerUp={end}>
      {a && b ? (
        <div
          className={styles.frame}
          style={{
            left: Math.min(a.x, b.x),
            top: Math.min(a.y, b.y),
            width: Math.abs(a.x - b.x),
            height: Math.abs(a.y - b.y),
          }}
        />
      ) : (
        <p className={styles.frameHint}>Drag a frame around the part to upscale.</p>
      )}
    </div>
  );
}

/** The canvas, what lies over it, and its arrow keys. */
export function Stage() {
  const app = useApp();
  const canvas = useRef<HTMLCanvasElement>(null);
  const mode = useAppState(({ view }) => view.mode);
  const zoom = useAppState(({ view }) => percentText(view.zoom));
  const slider = useAppState(({ view }) => view.slider);
  const item = useAppState(({ queue }) => queue.items[queue.selected ?? '']);

  const framing = useAppState(({ view }) => view.framing);
  const protecting = useAppState((state) => state.view.protecting && canBlend(state));
  const mapping = useAppState((state) => state.view.mapping && canBlend(state));
  const viewer = useRef<Viewer>(null);
  const [visible, setVisible] = useState<Rect | null>(null);
  const [framed, setFramed] = useState<Rect | null>(null);

  useEffect(() => {
    if (!canvas.current) return;
    const attached = attachViewer(canvas.current, app, setVisible);
    viewer.current = attached.viewer;
    return attached.detach;
  }, [app]);
  const { id = '', name = 'no image' } = item?.image ?? {};
  // biome-ignore lint/correctness/useExhaustiveDependencies: a frame goes with its picture, and with its tool
  useEffect(() => setFramed(null), [framing, id]);

  const addPart = async (rect: Rect, scale: number) => {
    const part = await viewer.current?.cut(rect, scale);
    if (!part || !item) return;
    const ending = scale === 1 ? `part-${rect.width}x${rect.height}` : 'half';
    app.actions.setView({ framing: false });
    const file = new File([part], `${stem(item.image.name)}-${ending}.png`, { type: part.type });
    // Its time stood on the button. The memory of a part of a picture that is too large is not known yet.
    app.actions.addFiles([file], memoryExcess(item.prediction) === null);
  };

  const press = (event: React.KeyboardEvent) => {
    const change = item && arrowChange(event.key, app.store.getState().view, item.image);
    if (!change || takesArrows(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    app.actions.setView(change);
  };

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
      {mode === 'slider' && item && !framing && !protecting && (
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
          {mode !== 'input' && <span className={styles.label}>{resultLabel(item)}</span>}
        </div>
      )}
      {framing && item && (
        <FrameLayer key={id} onFrame={(a, b) => setFramed(viewer.current?.rectBetween(a, b) ?? null)} />
      )}
      {protecting && item && <ProtectBrush key={id} viewer={viewer} item={item} />}
      {mapping && item && <InventionLegend key={id} viewer={viewer} item={item} />}
      <DetailDial />
      <LongWork visible={visible} framed={framed} onPart={(rect, scale) => void addPart(rect, scale)} />
    </div>
  );
}
