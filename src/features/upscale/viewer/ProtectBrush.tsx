import { Brush, Check, Eraser, ScanText, Trash2, Undo2 } from 'lucide-react';
import { type RefObject, useEffect, useRef, useState } from 'react';
import { type ProtectMask, protectedShare } from '../../../imaging/detail.ts';
import { useApp, useAppState } from '../../../store/context.ts';
import type { QueueItem } from '../../../store/queue.ts';
import type { Point } from '../../../store/view.ts';
import { Button, IconButton } from '../../ui/buttons.tsx';
import { formatShare } from '../../ui/format.ts';
import styles from './protect-brush.module.css';
import shapes from './stage.module.css';
import type { Viewer } from './viewer.ts';

/** CSS pixels across. */
const brushSizes = { least: 8, first: 48, most: 240 } as const;

interface SuggestionProps {
  readonly mask: ProtectMask;
  readonly onAccept: () => void;
  readonly onRefuse: () => void;
}

/** Places that look like text, for the user to accept or not. */
function Suggestion({ mask, onAccept, onRefuse }: SuggestionProps) {
  const share = protectedShare(mask);
  return (
    <div className={styles.suggestion}>
      <p role="status">
        {share === 0
          ? 'Nothing here looks like text: paint it by hand.'
          : `${formatShare(share)} of the picture looks like text, in blue.`}
      </p>
      {share > 0 && (
        <>
          <Button look="primary" onClick={onAccept}>
            Protect these
          </Button>
          <Button onClick={onRefuse}>No</Button>
        </>
      )}
    </div>
  );
}

interface ProtectBrushProps {
  readonly viewer: RefObject<Viewer | null>;
  readonly item: QueueItem;
}

/**
 * Paints where the picture stays faithful. It lies over the picture, and the mask shows through it.
 *
 * The first stroke makes the faithful picture, as the first turn of the dial does.
 */
export function ProtectBrush({ viewer, item }: ProtectBrushProps) {
  const { engine, actions } = useApp();
  const zoom = useAppState(({ view }) => view.zoom);
  const [size, setSize] = useState<number>(brushSizes.first);
  const [erase, setErase] = useState(false);
  const [cursor, setCursor] = useState<Point | null>(null);
  const [canUndo, setCanUndo] = useState(false);
  const [suggestion, setSuggestion] = useState<ProtectMask | null>(null);
  const last = useRef<Point | null>(null);
  const find = useRef<HTMLButtonElement>(null);
  const { id } = item.image;

  useEffect(() => {
    const shown = viewer.current;
    shown?.showMask(true);
    return () => shown?.showMask(false);
  }, [viewer]);
  useEffect(() => {
    const stop = engine.listen((event) => {
      if (event.type !== 'protect' || event.id !== id) return;
      if (event.isSuggestion) setSuggestion(event.mask);
      else setCanUndo(viewer.current?.protect?.canUndo ?? false);
    });
    setCanUndo(viewer.current?.protect?.canUndo ?? false);
    return stop;
  }, [engine, id, viewer]);

  useEffect(() => {
    const shown = viewer.current;
    shown?.suggest(suggestion);
    return () => shown?.suggest(null);
  }, [viewer, suggestion]);

  const keep = () => {
    const layer = viewer.current?.protect;
    if (!layer) return;
    viewer.current?.maskChanged();
    setCanUndo(layer.canUndo);
    actions.setProtect(id, layer.mask());
  };
  /** Its buttons go: the focus stays in the bar. */
  const answer = () => {
    setSuggestion(null);
    find.current?.focus();
  };
  const accept = () => {
    if (suggestion) viewer.current?.protect?.add(suggestion);
    keep();
    answer();
  };
  const at = (event: React.PointerEvent): Point => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const paintTo = (place: Point) => {
    const to = viewer.current?.inputAt({ x: place.x * devicePixelRatio, y: place.y * devicePixelRatio });
    const layer = viewer.current?.protect;
    if (!to || !layer) return;
    // Device pixels of an LR pixel: four output pixels a side.
    layer.stroke(last.current ?? to, to, (size * devicePixelRatio) / 2 / (4 * zoom), erase);
    last.current = to;
    viewer.current?.maskChanged();
  };
  const begin = (event: React.PointerEvent) => {
    // A second finger would draw a line to the first.
    if (event.button !== 0 || !event.isPrimary) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    viewer.current?.protect?.begin();
    last.current = null;
    paintTo(at(event));
  };
  const move = (event: React.PointerEvent) => {
    if (!event.isPrimary) return;
    setCursor(at(event));
    if (event.currentTarget.hasPointerCapture(event.pointerId)) paintTo(at(event));
  };
  const undo = () => {
    viewer.current?.protect?.undo();
    keep();
  };
  const press = (event: React.KeyboardEvent) => {
    if (event.key === 'Escape' && suggestion) answer();
    else if (event.key === 'Escape') actions.setView({ protecting: false });
    else if (event.key.toLowerCase() === 'z' && (event.ctrlKey || event.metaKey)) undo();
    else return;
    event.preventDefault();
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the controls within
    <div onKeyDown={press}>
      <div
        className={styles.layer}
        data-protect-layer=""
        // Painting takes the focus, and with it the keys.
        tabIndex={-1}
        onPointerDown={begin}
        onPointerMove={move}
        onPointerUp={keep}
        onPointerCancel={keep}
        onPointerLeave={() => setCursor(null)}
      >
        {cursor && (
          <span className={styles.cursor} style={{ left: cursor.x, top: cursor.y, width: size, height: size }} />
        )}
      </div>
      <div className={`${shapes.floating} ${styles.bar}`} role="toolbar" aria-label="Protect">
        <IconButton icon={Brush} label="Protect by painting" pressed={!erase} onClick={() => setErase(false)} />
        <IconButton icon={Eraser} label="Erase protection" pressed={erase} onClick={() => setErase(true)} />
        <input
          type="range"
          aria-label="Brush size"
          min={brushSizes.least}
          max={brushSizes.most}
          value={size}
          aria-valuetext={`${size} pixels`}
          onChange={(event) => setSize(event.target.valueAsNumber)}
        />
        <Button ref={find} onClick={() => engine.send({ type: 'suggest-protect', id })}>
          <ScanText size={16} aria-hidden="true" />
          Find text
        </Button>
        <IconButton icon={Undo2} label="Undo" keys="Ctrl Z" disabled={!canUndo} onClick={undo} />
        <IconButton
          icon={Trash2}
          label="Protect nothing"
          onClick={() => {
            viewer.current?.protect?.clear();
            keep();
          }}
        />
        <IconButton icon={Check} label="Done" keys="Esc" onClick={() => actions.setView({ protecting: false })} />
        {suggestion && <Suggestion mask={suggestion} onAccept={accept} onRefuse={answer} />}
      </div>
    </div>
  );
}
